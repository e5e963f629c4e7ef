// Nodes of the Plans view, and how plans and tasks are grouped.

import { Uri, workspace } from "vscode";
import { Item, PlanStatus, SetCoverage } from "../server/api";

export type Node = GroupNode | PlanNode | SectionNode | ItemNode;

/** Plans with a common state, folder or document set. */
export interface GroupNode {
  kind: "group";
  /** Path in the tree. VS Code uses it as ID to keep expanded nodes expanded after a refresh. */
  key: string;
  label: string;
  icon: string;
  isCollapsed: boolean;
  plans: PlanNode[];
}

export interface PlanNode {
  kind: "plan";
  key: string;
  uri: Uri;
  plan: PlanStatus;
  parent?: GroupNode;
}

/** Tasks of a section that is not a phase, such as prerequisites and success criteria. */
export interface SectionNode {
  kind: "section";
  key: string;
  uri: Uri;
  title: string;
  items: Item[];
  parent: PlanNode;
}

export interface ItemNode {
  kind: "item";
  key: string;
  uri: Uri;
  item: Item;
  parent: PlanNode | SectionNode | ItemNode;
}

export const GROUPINGS = { state: "State", folder: "Folder", set: "Set", none: "None" } as const;
export type Grouping = keyof typeof GROUPINGS;

/** Groups plans. If all plans are in one group, the group is omitted and the plans are at the top level. */
export function grouped(plans: PlanNode[], grouping: Grouping, sets: readonly SetCoverage[]): (GroupNode | PlanNode)[] {
  if (grouping === "none") return plans;
  const groups = new Map<string, GroupNode>();
  for (const node of plans) {
    const { label, icon, isCollapsed = false } = groupOf(node, grouping, sets);
    const key = `${grouping}:${label}`;
    const group = groups.get(key) ?? { kind: "group", key, label, icon, isCollapsed, plans: [] };
    groups.set(key, group);
    group.plans.push(node);
    node.parent = group;
  }
  const all = [...groups.values()];
  if (grouping === "state") {
    const order = Object.values(STATE_GROUPS).map(({ label }) => label);
    all.sort((a, b) => order.indexOf(a.label) - order.indexOf(b.label));
  }
  const [only] = all;
  if (all.length !== 1 || only === undefined) return all;
  for (const node of plans) delete node.parent;
  return plans;
}

interface Group {
  label: string;
  icon: string;
  isCollapsed?: boolean;
}

const STATE_GROUPS = {
  active: { label: "Active", icon: "play-circle" },
  open: { label: "Not Started", icon: "circle-large-outline" },
  deferred: { label: "Deferred", icon: "watch" },
  done: { label: "Done", icon: "pass", isCollapsed: true },
  archived: { label: "Archived", icon: "archive", isCollapsed: true },
} satisfies Record<string, Group>;

function groupOf({ uri, plan }: PlanNode, grouping: Grouping, sets: readonly SetCoverage[]): Group {
  if (grouping === "state") return STATE_GROUPS[stateGroup(plan)];
  const folder = workspace.asRelativePath(Uri.joinPath(uri, ".."));
  const workspaceFolder = workspace.getWorkspaceFolder(uri);
  const isRoot = workspaceFolder?.uri.toString() === Uri.joinPath(uri, "..").toString();
  const byFolder = { label: isRoot ? workspaceFolder.name : folder, icon: "folder" };
  if (grouping === "folder") return byFolder;
  const set = sets.find(({ documents }) => documents.some((document) => document.uri === uri.toString()));
  return set ? { label: `${set.path || "."} (${set.family})`, icon: "layers" } : { label: "Other Plans", icon: "files" };
}

function stateGroup(plan: PlanStatus): keyof typeof STATE_GROUPS {
  if (plan.archived) return "archived";
  if (plan.state === "done" || plan.state === "cancelled" || (plan.total > 0 && plan.done === plan.total)) return "done";
  if (plan.state === "deferred") return "deferred";
  return plan.done > 0 || plan.state === "active" || plan.state === "blocked" ? "active" : "open";
}

/** Returns the nodes of a plan's phases and tasks. Tasks outside of phases are below their section. */
export function planChildren(parent: PlanNode, items: readonly Item[]): (SectionNode | ItemNode)[] {
  const hasPhases = items.some(({ kind }) => kind === "phase");
  const sections = new Set(items.map(({ section }) => section ?? ""));
  if (!hasPhases && sections.size <= 1) return itemNodes(parent, items);
  const nodes: (SectionNode | Item)[] = [];
  for (const item of items) {
    const last = nodes.at(-1);
    if (item.kind === "phase" || !item.section) {
      nodes.push(item);
    } else if (last?.kind === "section" && last.title === item.section) {
      last.items.push(item);
    } else {
      const key = `${parent.key}/section:${item.section}#${nodes.length}`;
      nodes.push({ kind: "section", key, uri: parent.uri, title: item.section, items: [item], parent });
    }
  }
  const direct = itemNodes(parent, nodes.filter((node): node is Item => node.kind !== "section"));
  return nodes.map((node) => (node.kind === "section" ? node : direct.shift())).filter((node) => node !== undefined);
}

/** Returns the nodes of items. Items with the same name get different keys by their order. */
export function itemNodes(parent: ItemNode["parent"], items: readonly Item[]): ItemNode[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const name = item.id ?? item.title;
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    return { kind: "item", uri: parent.uri, item, key: `${parent.key}/${name}#${number}`, parent };
  });
}

/** Returns the title of a plan without a prefix such as `Implementation Plan:`. */
export function shortTitle({ title, path }: { title: string | null; path: string }): string {
  if (title === null) return path.slice(path.lastIndexOf("/") + 1);
  return title.replace(/^[^:]{0,40}\bplan\s*:\s+/iu, "") || title;
}

/** Returns ID and title, for example `Phase 1: Ground` or `1.2 Level the ground`. */
export function itemLabel({ kind, id, title }: Item): string {
  if (!id) return title || "(no text)";
  const name = `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
  if (!title) return name;
  return kind === "phase" ? `${name}: ${title}` : `${name} ${title}`;
}

/** Returns a date as `YYYY-MM-DD`, in local time. */
export function isoDate(date: Date): string {
  const [month, day] = [date.getMonth() + 1, date.getDate()].map((number) => String(number).padStart(2, "0"));
  return `${date.getFullYear()}-${month}-${day}`;
}

/** Returns whether an item has a due date in the past and is not done. */
export function isOverdue({ due, state }: Item): boolean {
  const date = /\d{4}-\d{2}-\d{2}/.exec(due ?? "")?.[0];
  return date !== undefined && !isOver(state) && date < isoDate(new Date());
}

/** Returns whether no work is left. */
export function isOver(state: Item["state"]): boolean {
  return state === "done" || state === "cancelled";
}

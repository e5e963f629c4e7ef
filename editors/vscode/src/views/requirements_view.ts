// The Requirements view: the requirements of each document set, with the tasks that refer to them.

import { Disposable, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from "vscode";
import { Requirement, RequirementState, RequirementTask, ServerApi, SetCoverage } from "../server/api";
import { PlanChanges } from "./changes";
import { registerServerTree, ServerTree } from "./server_tree";
import { coloredIcon, StateIcon, stateIcon } from "./tree_items";

type RequirementNode =
  | { kind: "set"; set: SetCoverage; requirements: Requirement[] }
  | { kind: "requirement"; set: SetCoverage; requirement: Requirement; uri: Uri | undefined; line: number; label: string }
  | { kind: "requirementTask"; task: RequirementTask; uri: Uri | undefined; line: number; label: string };

export function registerRequirementsView(api: ServerApi, changes: PlanChanges): Disposable {
  return registerServerTree("plansmith.requirements", new RequirementsTree(api, "coverage"), changes);
}

class RequirementsTree extends ServerTree<SetCoverage, RequirementNode> {
  protected load(api: ServerApi): Promise<SetCoverage[]> {
    return api.coverage();
  }

  protected roots(sets: readonly SetCoverage[]): RequirementNode[] {
    return sets.map((set) => ({ kind: "set", set, requirements: set.requirements }));
  }

  protected childrenOf(node: RequirementNode): RequirementNode[] {
    if (node.kind === "set") return childrenOf(node.set, null);
    if (node.kind === "requirementTask") return [];
    return [...childrenOf(node.set, node.requirement.id), ...node.requirement.tasks.map(taskNode)];
  }

  getTreeItem(node: RequirementNode): TreeItem {
    switch (node.kind) {
      case "set":
        return setItem(node.set);
      case "requirement":
        return requirementItem(node);
      case "requirementTask":
        return taskItem(node);
    }
  }
}

/** Returns the requirements that are parts of `parent`, or those that are not parts of another one if it is `null`. */
function childrenOf(set: SetCoverage, parent: string | null): RequirementNode[] {
  const ids = new Set(set.requirements.map(({ id }) => id));
  const isChild = (requirement: Requirement): boolean =>
    parent === null ? requirement.parent === null || !ids.has(requirement.parent) : requirement.parent === parent;
  return set.requirements.filter(isChild).map((requirement) => ({
    kind: "requirement",
    set,
    requirement,
    uri: requirement.uri === null ? undefined : Uri.parse(requirement.uri),
    line: requirement.line - 1,
    label: `${requirement.id} ${requirement.title}`.trim(),
  }));
}

function taskNode(task: RequirementTask): RequirementNode {
  const label = [task.id, task.title].filter(Boolean).join(" ");
  return { kind: "requirementTask", task, uri: task.uri === null ? undefined : Uri.parse(task.uri), line: task.line - 1, label };
}

function setItem({ path, family, kinds, requirements }: SetCoverage): TreeItem {
  // A requirement with parts, such as criteria, is counted by its parts.
  const parents = new Set(requirements.map(({ parent }) => parent));
  const counted = requirements.filter(({ id }) => !parents.has(id));
  const referenced = counted.filter(({ state }) => state !== "not_referenced");
  const item = new TreeItem(`${referenced.length}/${counted.length} ${path.slice(path.lastIndexOf("/") + 1) || family}`, TreeItemCollapsibleState.Expanded);
  item.id = `${family}:${path}`;
  item.description = family;
  item.iconPath = new ThemeIcon("layers");
  item.tooltip = [path, ...kinds.map((kind) => `${kind.kind}: ${kind.referenced} of ${kind.total} referenced, ${kind.done} done`)].join("\n");
  item.contextValue = "set";
  return item;
}

const STATES: Record<RequirementState, StateIcon & { text: string }> = {
  not_referenced: { icon: "circle-large-outline", color: "charts.orange", text: "not referenced" },
  open: { icon: "circle-large-outline", text: "open" },
  active: { icon: "play-circle", color: "charts.blue", text: "active" },
  done: { icon: "pass", color: "charts.green", text: "done" },
};

function requirementItem(node: RequirementNode & { kind: "requirement" }): TreeItem {
  const { requirement, set, label } = node;
  const hasChildren = requirement.tasks.length > 0 || set.requirements.some(({ parent }) => parent === requirement.id);
  const item = new TreeItem(label, hasChildren ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None);
  const state = STATES[requirement.state];
  item.id = `${set.family}:${set.path}:${requirement.uri ?? ""}:${requirement.line}:${requirement.id}`;
  item.iconPath = coloredIcon(state);
  item.description = [state.text, requirement.priority].filter(Boolean).join(" · ");
  item.tooltip = `${label}\n${requirement.kind}: ${state.text}`;
  item.contextValue = "requirement";
  if (node.uri !== undefined) item.command = { command: "plansmith.openPlanItem", title: "Go to Requirement", arguments: [target(node)] };
  return item;
}

function taskItem(node: RequirementNode & { kind: "requirementTask" }): TreeItem {
  const item = new TreeItem(node.label);
  item.iconPath = stateIcon(node.task.state);
  item.description = node.task.state;
  item.contextValue = "requirementTask";
  if (node.uri !== undefined) item.command = { command: "plansmith.openPlanItem", title: "Go to Task", arguments: [target(node)] };
  return item;
}

/** Returns the argument of commands that open a place. */
function target({ uri, line, label }: { uri: Uri | undefined; line: number; label: string }): unknown {
  return { uri, line, label };
}

// How plans, phases and tasks look in the view "Plans".

import { ThemeIcon, TreeItem, TreeItemCheckboxState, TreeItemCollapsibleState } from "vscode";
import type { ItemNode, PlanNode } from "./plans_tree";
import { Item, State } from "./server_api";

export function ofPlan({ uri, plan }: PlanNode): TreeItem {
  const item = new TreeItem(plan.title ?? plan.path, TreeItemCollapsibleState.Collapsed);
  item.id = uri.toString();
  item.iconPath = new ThemeIcon("checklist");
  item.description = [`${plan.done}/${plan.total}`, plan.status].filter(Boolean).join(" · ");
  item.tooltip = `${plan.path}: ${plan.done} of ${plan.total} tasks done`;
  item.contextValue = "plan";
  item.command = { command: "vscode.open", title: "Open", arguments: [uri] };
  return item;
}

export function ofItem(node: ItemNode): TreeItem {
  const { item, key } = node;
  const title = named(item);
  const open = item.state === "done" ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded;
  const row = new TreeItem(title, item.children.length > 0 ? open : TreeItemCollapsibleState.None);
  row.id = key;
  const progress = item.children.length > 0 && item.total > 0 ? `${item.done}/${item.total}` : "";
  if (item.kind === "task") {
    row.checkboxState = item.state === "done" ? TreeItemCheckboxState.Checked : TreeItemCheckboxState.Unchecked;
    const said = item.state === "open" || item.state === "done" ? undefined : item.state;
    row.description = [said, progress].filter(Boolean).join(" · ");
  } else {
    row.iconPath = new ThemeIcon(PHASE_ICONS[item.state ?? "open"]);
    row.description = progress;
  }
  row.tooltip = [`${title}: ${item.state ?? "open"}`, progress && `${progress} done`].filter(Boolean).join(", ");
  row.contextValue = item.kind;
  row.command = { command: "plansmith.openPlanItem", title: "Go There", arguments: [node] };
  return row;
}

/** `Phase 1: Ground`, `1.2: Level the ground`. */
function named({ id, title }: Item): string {
  return id ? `${id.charAt(0).toUpperCase()}${id.slice(1)}: ${title}` : title;
}

const PHASE_ICONS: Record<State, string> = {
  open: "circle-large-outline",
  active: "play-circle",
  blocked: "error",
  done: "pass",
  deferred: "watch",
  cancelled: "circle-slash",
};

// Tree items of the Plans view: labels, icons, descriptions and tooltips of plans, phases and tasks.

import { ThemeIcon, TreeItem, TreeItemCheckboxState, TreeItemCollapsibleState } from "vscode";
import type { ItemNode, PlanNode } from "./plans_tree";
import { Item, State } from "./server_api";

export function planTreeItem({ uri, plan }: PlanNode): TreeItem {
  const item = new TreeItem(plan.title ?? plan.path, TreeItemCollapsibleState.Collapsed);
  item.id = uri.toString();
  item.iconPath = new ThemeIcon("checklist");
  item.description = [`${plan.done}/${plan.total}`, plan.status].filter(Boolean).join(" · ");
  item.tooltip = `${plan.path}: ${plan.done} of ${plan.total} tasks done`;
  item.contextValue = "plan";
  item.command = { command: "vscode.open", title: "Open", arguments: [uri] };
  return item;
}

export function itemTreeItem(node: ItemNode): TreeItem {
  const { item, key } = node;
  const label = labelOf(item);
  const collapsibleState = item.state === "done" ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded;
  const treeItem = new TreeItem(label, item.children.length > 0 ? collapsibleState : TreeItemCollapsibleState.None);
  treeItem.id = key;
  const progress = item.children.length > 0 && item.total > 0 ? `${item.done}/${item.total}` : "";
  if (item.kind === "task") {
    treeItem.checkboxState = item.state === "done" ? TreeItemCheckboxState.Checked : TreeItemCheckboxState.Unchecked;
    // The checkbox shows open and done already.
    const state = item.state === "open" || item.state === "done" ? undefined : item.state;
    treeItem.description = [state, progress].filter(Boolean).join(" · ");
  } else {
    treeItem.iconPath = new ThemeIcon(PHASE_ICONS[item.state ?? "open"]);
    treeItem.description = progress;
  }
  treeItem.tooltip = [`${label}: ${item.state ?? "open"}`, progress && `${progress} done`].filter(Boolean).join(", ");
  treeItem.contextValue = item.kind;
  treeItem.command = { command: "plansmith.openPlanItem", title: "Go to Task", arguments: [node] };
  return treeItem;
}

/** Returns ID and title, for example `Phase 1: Ground` or `1.2: Level the ground`. */
function labelOf({ id, title }: Item): string {
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

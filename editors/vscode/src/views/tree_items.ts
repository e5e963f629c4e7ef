// Tree items of the Plans view: labels, icons, descriptions and tooltips of plans, phases and tasks.

import {
  Disposable,
  FileDecoration,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCheckboxState,
  TreeItemCollapsibleState,
  Uri,
  window,
} from "vscode";
import { PlanStatus, State } from "../server/api";
import { GroupNode, isOverdue, isOver, itemLabel, ItemNode, Node, PlanNode, SectionNode, shortTitle } from "./nodes";

const { Collapsed, Expanded, None } = TreeItemCollapsibleState;

export function treeItem(node: Node): TreeItem {
  switch (node.kind) {
    case "group":
      return groupItem(node);
    case "plan":
      return planItem(node);
    case "section":
      return sectionItem(node);
    case "item":
      return itemItem(node);
  }
}

function groupItem({ key, label, icon, isCollapsed, plans }: GroupNode): TreeItem {
  const item = new TreeItem(label, isCollapsed ? Collapsed : Expanded);
  item.id = key;
  item.iconPath = new ThemeIcon(icon);
  item.description = String(plans.length);
  item.contextValue = "group";
  return item;
}

function planItem({ key, uri, plan }: PlanNode): TreeItem {
  // The progress is at the start, because a narrow view cuts the end.
  const progress = plan.total > 0 ? `${plan.done}/${plan.total} ` : "";
  const item = new TreeItem(progress + shortTitle(plan), Collapsed);
  item.id = key;
  item.iconPath = planIcon(plan);
  item.description = [lateness(plan), plan.status].filter(Boolean).join(" · ");
  item.tooltip = planTooltip(plan);
  item.contextValue = "plan";
  item.command = { command: "vscode.open", title: "Open Plan", arguments: [uri] };
  item.accessibilityInformation = { label: `${shortTitle(plan)}, ${plan.done} of ${plan.total} tasks done, ${item.description}` };
  return item;
}

function sectionItem({ key, title, items }: SectionNode): TreeItem {
  const done = items.filter(({ state }) => state === "done").length;
  const item = new TreeItem(`${done}/${items.length} ${title}`, Collapsed);
  item.id = key;
  item.iconPath = new ThemeIcon("list-unordered");
  item.contextValue = "section";
  return item;
}

function itemItem(node: ItemNode): TreeItem {
  const { item, key } = node;
  const hasProgress = item.children.length > 0 && item.total > 0;
  const label = `${hasProgress ? `${item.done}/${item.total} ` : ""}${itemLabel(item)}`;
  const collapsibleState = item.children.length === 0 ? None : isOver(item.state) ? Collapsed : Expanded;
  const result = new TreeItem(label, collapsibleState);
  result.id = key;
  if (item.kind === "task") {
    result.checkboxState = {
      state: item.state === "done" ? TreeItemCheckboxState.Checked : TreeItemCheckboxState.Unchecked,
      accessibilityInformation: { label: `${itemLabel(item)}, done` },
    };
    const parent = node.parent.kind === "item" ? node.parent.item : undefined;
    // The checkbox shows open and done already, and the parent its owner.
    const state = item.state === "open" || item.state === "done" ? undefined : item.state;
    const owner = item.owner === parent?.owner ? undefined : item.owner;
    const due = item.due && (isOverdue(item) ? `overdue since ${item.due}` : `due ${item.due}`);
    result.description = [state, owner, isOver(item.state) ? undefined : due, item.estimate].filter(Boolean).join(" · ");
  } else {
    result.iconPath = stateIcon(item.state ?? "open");
  }
  // VS Code shows the icon of a file for a URI without an icon. The checkbox is sufficient for open and done tasks.
  if (isOverdue(item)) result.iconPath = coloredIcon({ icon: "warning", color: "charts.red" });
  else if (item.kind === "task" && item.state !== "open" && item.state !== "done" && item.state !== null) result.iconPath = stateIcon(item.state);
  if (result.iconPath !== undefined) {
    result.resourceUri = Uri.from({ scheme: DECORATED, path: `/${isOverdue(item) ? "overdue" : (item.state ?? "open")}` });
  }
  result.tooltip = itemTooltip(node);
  result.contextValue = item.kind;
  result.command = { command: "plansmith.openPlanItem", title: "Go to Task", arguments: [node] };
  return result;
}

function itemTooltip({ item }: ItemNode): MarkdownString {
  const text = new MarkdownString();
  // `appendText` prevents Markdown in titles and field values from being rendered.
  text.appendMarkdown("**").appendText(itemLabel(item)).appendMarkdown("**");
  const facts = [
    item.state ?? "open",
    item.children.length > 0 && item.total > 0 ? `${item.done} of ${item.total} done` : undefined,
    item.owner && `owner: ${item.owner}`,
    item.due && `due: ${item.due}`,
    item.estimate && `estimate: ${item.estimate}`,
  ];
  text.appendMarkdown("\n\n").appendText(facts.filter(Boolean).join(" · "));
  return text;
}

function planTooltip(plan: PlanStatus): MarkdownString {
  const text = new MarkdownString();
  text.appendMarkdown("**").appendText(plan.title ?? plan.path).appendMarkdown("**\n\n");
  text.appendText(`${plan.done} of ${plan.total} tasks done${plan.status === null ? "" : ` · ${plan.status}`}`);
  if (plan.target !== null) text.appendMarkdown("\n\n").appendText([`Target: ${plan.target}`, lateness(plan)].filter(Boolean).join(", "));
  const [next] = plan.next;
  if (next !== undefined) text.appendMarkdown("\n\nNext: ").appendText(`${next.id ?? ""} ${next.title}`.trim());
  text.appendMarkdown("\n\n").appendText(plan.path);
  return text;
}

function lateness({ overdue_days: days }: PlanStatus): string | undefined {
  return days === null || days <= 0 ? undefined : `${days} ${days === 1 ? "day" : "days"} overdue`;
}

export interface StateIcon {
  icon: string;
  /** ID of a theme color. */
  color?: string;
}

const ICONS: Record<State, StateIcon> = {
  open: { icon: "circle-large-outline" },
  active: { icon: "play-circle", color: "charts.blue" },
  blocked: { icon: "error", color: "charts.red" },
  done: { icon: "pass", color: "charts.green" },
  deferred: { icon: "watch", color: "charts.orange" },
  cancelled: { icon: "circle-slash", color: "disabledForeground" },
};

/** Returns the icon of a state. */
export function stateIcon(state: State): ThemeIcon {
  return coloredIcon(ICONS[state]);
}

/** Returns an icon in its color. */
export function coloredIcon({ icon, color }: StateIcon): ThemeIcon {
  return new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color));
}

/** Returns a pie of the done tasks, or the icon of a state that is more important than the progress. */
function planIcon(plan: PlanStatus): NonNullable<TreeItem["iconPath"]> {
  if (plan.total > 0 && plan.done === plan.total) return stateIcon("done");
  if (plan.state === "deferred" || plan.state === "cancelled" || plan.state === "done") return stateIcon(plan.state);
  const share = plan.total === 0 ? 0 : plan.done / plan.total;
  const isLate = plan.overdue_days !== null && plan.overdue_days > 0;
  const isRed = isLate || plan.state === "blocked";
  return {
    light: pie(share, isRed ? "#b01011" : "#1a85ff", isRed ? "#b01011" : "#616161"),
    dark: pie(share, isRed ? "#f14c4c" : "#3794ff", isRed ? "#f14c4c" : "#c5c5c5"),
  };
}

function pie(share: number, fill: string, line: string): Uri {
  const angle = 2 * Math.PI * share;
  const [x, y] = [8 + 4.5 * Math.sin(angle), 8 - 4.5 * Math.cos(angle)].map((value) => value.toFixed(2));
  const slice = share === 0 ? "" : `<path fill="${fill}" d="M8 8V3.5A4.5 4.5 0 ${share > 0.5 ? 1 : 0} 1 ${x} ${y}z"/>`;
  const circle = `<circle cx="8" cy="8" r="6.25" fill="none" stroke="${line}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">${circle}${slice}</svg>`;
  return Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`);
}

/** Scheme of the URIs of phases and tasks, with their state as path, which determines the color of their labels. */
const DECORATED = "plansmith-item";

const DECORATIONS: Record<string, FileDecoration> = {
  "/active": new FileDecoration("▸", "Active", new ThemeColor("charts.blue")),
  "/blocked": new FileDecoration("!", "Blocked", new ThemeColor("list.errorForeground")),
  "/overdue": new FileDecoration("!", "Overdue", new ThemeColor("list.errorForeground")),
  "/done": new FileDecoration(undefined, undefined, new ThemeColor("descriptionForeground")),
  "/cancelled": new FileDecoration(undefined, undefined, new ThemeColor("disabledForeground")),
  "/deferred": new FileDecoration(undefined, undefined, new ThemeColor("descriptionForeground")),
};

/** Registers the colors of labels. */
export function registerDecorations(): Disposable {
  return window.registerFileDecorationProvider({
    provideFileDecoration: ({ scheme, path }) => (scheme === DECORATED ? DECORATIONS[path] : undefined),
  });
}

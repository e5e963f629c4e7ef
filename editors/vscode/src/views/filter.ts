// Filters of the Plans view.

import { QuickPickItem, QuickPickItemKind, window } from "vscode";
import { Item } from "../server/api";
import { isOver, isOverdue } from "./nodes";

const FILTERS = { all: "All tasks", open: "Unfinished tasks", blocked: "Blocked tasks", overdue: "Overdue tasks" } as const;

/** A fixed filter, or the tasks of an owner as `owner:NAME`. */
export type Filter = keyof typeof FILTERS | `owner:${string}`;

export function isFilter(value: unknown): value is Filter {
  return typeof value === "string" && (value in FILTERS || value.startsWith("owner:"));
}

/** Returns the name of a filter for the title of the view; empty if everything is shown. */
export function filterName(filter: Filter): string {
  if (filter === "all") return "";
  return isOwner(filter) ? filter.slice("owner:".length) : FILTERS[filter].toLowerCase();
}

/** Returns whether an item or one of its descendants passes the filter. */
export function passes(item: Item, filter: Filter): boolean {
  if (filter === "all" || item.children.some((child) => passes(child, filter))) return true;
  if (filter === "blocked") return item.state === "blocked";
  if (filter === "overdue") return isOverdue(item);
  if (isOwner(filter)) return item.kind === "task" && item.owner === filter.slice("owner:".length);
  return !isOver(item.state);
}

function isOwner(filter: Filter): filter is `owner:${string}` {
  return filter.startsWith("owner:");
}

interface FilterItem extends QuickPickItem {
  filter?: Filter;
}

/** Prompts for a filter. */
export async function pickFilter(current: Filter, owners: readonly string[]): Promise<Filter | undefined> {
  const item = (filter: Filter, label: string): FilterItem => ({ filter, label, description: filter === current ? "current" : "" });
  const items: FilterItem[] = (Object.keys(FILTERS) as (keyof typeof FILTERS)[]).map((filter) => item(filter, FILTERS[filter]));
  if (owners.length > 0) items.push({ label: "Owners", kind: QuickPickItemKind.Separator });
  items.push(...owners.map((owner) => item(`owner:${owner}`, owner)));
  return (await window.showQuickPick(items, { title: "Filter Plans", placeHolder: "Tasks shown in the Plans view" }))?.filter;
}

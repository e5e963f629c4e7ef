// Prompts for the owner, the due date or the estimate of a task.

import { QuickPickItem, Uri, window } from "vscode";
import { Item, ServerApi, TaskField } from "../server/api";
import { isoDate } from "./nodes";

interface ValueItem extends QuickPickItem {
  /** `undefined` to prompt for another value. */
  value?: string;
}

const TITLES: Record<TaskField, string> = { owner: "Assign Task", due: "Set Due Date", estimate: "Set Estimate" };

/** Prompts for a value. `current` is the value of the task, if it has one. */
export async function pickFieldValue(api: ServerApi, field: TaskField, uri: Uri, current: string | undefined): Promise<string | undefined> {
  const title = TITLES[field];
  const known = field === "due" ? dates() : fieldValues(await api.items(uri), field).map((value): ValueItem => ({ label: value, value }));
  if (known.length > 0) {
    const others: ValueItem = { label: "$(edit) Another Value…", alwaysShow: true };
    const chosen = await window.showQuickPick([...known, others], { title, placeHolder: current === undefined ? "" : `Now: ${current}` });
    if (chosen?.value !== undefined || chosen === undefined) return chosen?.value;
  }
  const prompt = { owner: "Name of the owner", due: "Date, for example 2026-03-31", estimate: "Duration, for example 3 days" }[field];
  const value = await window.showInputBox({ title, prompt, value: current ?? "", validateInput: (text) => problemOf(field, text.trim()) });
  return value?.trim();
}

/** Returns the values of a field in a plan, those of most tasks first. */
function fieldValues(items: readonly Item[], field: TaskField): string[] {
  const counts = new Map<string, number>();
  const pending = [...items];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const value = item[field];
    if (item.kind === "task" && value) counts.set(value, (counts.get(value) ?? 0) + 1);
    pending.push(...item.children);
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b)).map(([value]) => value);
}

function dates(): ValueItem[] {
  const after = (days: number): string => {
    const date = new Date();
    date.setDate(date.getDate() + days);
    return isoDate(date);
  };
  const item = (label: string, days: number): ValueItem => ({ label, description: after(days), value: after(days) });
  return [item("Today", 0), item("Tomorrow", 1), item("In a week", 7), item("In two weeks", 14)];
}

function problemOf(field: TaskField, text: string): string | undefined {
  if (text === "") return "Enter a value";
  if (field !== "due") return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
  return isDate ? undefined : "Enter a date as YYYY-MM-DD";
}

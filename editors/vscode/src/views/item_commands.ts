// Commands of the context menus of the views: for plans, phases and tasks.

import { Disposable, env, Position, Range, TextDocument, Uri, ViewColumn, window, workspace } from "vscode";
import { editPlan } from "../edit_plan";
import { registerCommand } from "../register_command";
import { Item, ServerApi, State, STATES, TaskField, toRange } from "../server/api";
import { pickFieldValue } from "./field_input";
import { itemLabel, Node, shortTitle } from "./nodes";

/** A place in a plan to which the views refer. */
interface Target {
  uri: Uri;
  /** Starts at 0. */
  line: number;
  label: string;
}

export function registerItemCommands(api: ServerApi): Disposable {
  /** Changes the tasks of a menu command, plan by plan. */
  const changeTasks = async (node: unknown, selected: unknown, change: (document: TextDocument, ranges: Range[]) => Promise<number>): Promise<void> => {
    const tasks = taskTargets(node, selected);
    for (const key of new Set(tasks.map(({ uri }) => uri.toString()))) {
      const [first, ...others] = tasks.filter(({ uri }) => uri.toString() === key);
      if (first === undefined) continue;
      await editPlan(first.uri, (document) => change(document, [first, ...others].map(({ line }) => new Range(line, 0, line, 0))));
    }
  };
  const setState = (state: State): Disposable =>
    registerCommand(`setItemState.${state}`, (node, selected) => changeTasks(node, selected, (document, ranges) => api.setState(document, ranges, state)));
  const setField = (name: string, field: TaskField): Disposable =>
    registerCommand(name, async (node, selected) => {
      const tasks = taskTargets(node, selected);
      const [first] = tasks;
      if (first === undefined) return;
      const value = await pickFieldValue(api, field, first.uri, tasks.length === 1 ? fieldOf(node, field) : undefined);
      if (value !== undefined) await changeTasks(node, selected, (document, ranges) => api.setField(document, ranges, field, value));
    });
  return Disposable.from(
    ...STATES.map(setState),
    setField("setItemOwner", "owner"),
    setField("setItemDueDate", "due"),
    setField("setItemEstimate", "estimate"),
    registerCommand("openPlanItem", (node) => open(targetOf(node))),
    registerCommand("openToSide", (node) => open(targetOf(node), ViewColumn.Beside)),
    registerCommand("copyLink", async (node) => {
      const target = targetOf(node);
      if (target === undefined) return;
      const path = encodeURI(workspace.asRelativePath(target.uri, false));
      // VS Code and code hosts understand line numbers in this form.
      await env.clipboard.writeText(`[${target.label.replace(/[\\[\]]/g, "\\$&")}](${path}${target.line > 0 ? `#L${target.line + 1}` : ""})`);
    }),
  );
}

/** Returns the phases and tasks of a menu command: the selected ones if the clicked one is among them. */
function taskTargets(node: unknown, selected: unknown): Target[] {
  const nodes = Array.isArray(selected) && selected.length > 0 ? (selected as unknown[]) : [node];
  const areTasks = nodes.filter((candidate) => {
    const kind = (candidate as Node | undefined)?.kind;
    return kind === "item" || (candidate as Partial<Target> | undefined)?.line !== undefined;
  });
  return areTasks.map(targetOf).filter((target) => target !== undefined);
}

/** Returns the current value of a field of a node, which is a node of the Plans view or of the Ready view. */
function fieldOf(node: unknown, field: TaskField): string | undefined {
  const { item, task } = node as { item?: Item; task?: Partial<Pick<Item, TaskField>> };
  return (item ?? task)?.[field] ?? undefined;
}

async function open(target: Target | undefined, viewColumn?: ViewColumn): Promise<void> {
  if (target === undefined) return;
  const at = new Position(target.line, 0);
  const column = viewColumn === undefined ? {} : { viewColumn };
  await window.showTextDocument(target.uri, { selection: toRange({ start: at, end: at }), ...column });
}

/** Returns the place of a node of a view. Nodes of other views than the Plans view are places themselves. */
function targetOf(node: unknown): Target | undefined {
  const known = node as Node | Target | undefined;
  if (known === undefined) return undefined;
  if ("line" in known) return known;
  switch (known.kind) {
    case "group":
      return undefined;
    case "plan":
      return { uri: known.uri, line: 0, label: shortTitle(known.plan) };
    case "section":
      return { uri: known.uri, line: Math.max(0, (known.items[0]?.selectionRange.start.line ?? 0) - 1), label: known.title };
    case "item":
      return { uri: known.uri, line: known.item.selectionRange.start.line, label: itemLabel(known.item) };
  }
}

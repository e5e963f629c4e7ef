// Commands of the context menus of the views: for plans, phases and tasks.

import { Disposable, env, Position, Uri, ViewColumn, window, workspace } from "vscode";
import { editPlan } from "../edit_plan";
import { registerCommand } from "../register_command";
import { ServerApi, State, STATES, toRange } from "../server/api";
import { itemLabel, ItemNode, Node, shortTitle } from "./nodes";

/** A place in a plan to which the views refer. */
interface Target {
  uri: Uri;
  /** Starts at 0. */
  line: number;
  label: string;
}

export function registerItemCommands(api: ServerApi): Disposable {
  const setState = (state: State): Disposable =>
    registerCommand(`setItemState.${state}`, async (node, selected) => {
      const items = itemNodes(node, selected);
      for (const uri of new Set(items.map((item) => item.uri))) {
        const ranges = items.filter((item) => item.uri === uri).map(({ item }) => toRange(item.selectionRange));
        await editPlan(uri, (document) => api.setState(document, ranges, state));
      }
    });
  return Disposable.from(
    ...STATES.map(setState),
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

/** Returns the items of a menu command: the selected ones if the clicked one is among them. */
function itemNodes(node: unknown, selected: unknown): ItemNode[] {
  const nodes = Array.isArray(selected) && selected.length > 0 ? (selected as unknown[]) : [node];
  return nodes.filter((candidate): candidate is ItemNode => (candidate as Node | undefined)?.kind === "item");
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

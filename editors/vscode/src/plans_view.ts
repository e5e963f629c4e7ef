// The Plans view in the Explorer: a tree of plans, phases and tasks with checkboxes.

import { Disposable, TreeItemCheckboxState, Uri, window, workspace } from "vscode";
import { debounced } from "./debounce";
import { Filter, ItemNode, Node, PlansTree } from "./plans_tree";
import { registerCommand } from "./register_command";
import { Server } from "./server";
import { ServerApi, toRange } from "./server_api";

const FILTERS: Record<Filter, string> = {
  all: "All tasks",
  open: "Unfinished tasks",
  blocked: "Blocked tasks",
};

export function registerPlansView(server: Server, api: ServerApi): Disposable {
  const tree = new PlansTree(api);
  const view = window.createTreeView<Node>("plansmith.plans", {
    treeDataProvider: tree,
    showCollapseAll: true,
    // Checking a task does not change its subtasks.
    manageCheckboxStateManually: true,
  });
  const refresh = debounced(() => tree.refresh(), 500);
  const changedUris = new Map<string, Uri>();
  const refreshChanged = debounced(() => {
    const uris = [...changedUris.values()];
    changedUris.clear();
    return tree.refreshPlans(uris);
  }, 500);
  const markChanged = (uri: Uri): void => {
    changedUris.set(uri.toString(), uri);
    refreshChanged();
  };
  const files = workspace.createFileSystemWatcher("**/*.{md,markdown}");
  return Disposable.from(
    tree,
    view,
    refresh,
    refreshChanged,
    files,
    server.onDidChange(refresh),
    files.onDidCreate(refresh),
    files.onDidChange(markChanged),
    files.onDidDelete(refresh),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.languageId === "markdown" && contentChanges.length > 0) markChanged(document.uri);
    }),
    view.onDidChangeCheckboxState(async ({ items }) => {
      for (const [node, state] of items) await tree.setChecked(node, state === TreeItemCheckboxState.Checked);
    }),
    registerCommand("refreshPlans", () => tree.refresh()),
    registerCommand("filterPlans", async (requested) => {
      const chosen = isFilter(requested) ? requested : await pickFilter(tree.filter);
      if (chosen === undefined) return;
      tree.filter = chosen;
      view.description = chosen === "all" ? "" : chosen;
    }),
    registerCommand("openPlanItem", (node) => {
      const { uri, item } = node as ItemNode;
      const { start } = toRange(item.selectionRange);
      return window.showTextDocument(uri, { selection: toRange({ start, end: start }) });
    }),
  );
}

function isFilter(value: unknown): value is Filter {
  return typeof value === "string" && value in FILTERS;
}

async function pickFilter(current: Filter): Promise<Filter | undefined> {
  const items = (Object.keys(FILTERS) as Filter[]).map((filter) => ({
    filter,
    label: FILTERS[filter],
    description: filter === current ? "current" : "",
  }));
  return (await window.showQuickPick(items, { placeHolder: "Tasks shown in the Plans view" }))?.filter;
}

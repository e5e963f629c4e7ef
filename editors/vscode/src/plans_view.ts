// The view "Plans" in the explorer: plans, their phases and tasks, with boxes to tick.

import { Disposable, TreeItemCheckboxState, Uri, window, workspace } from "vscode";
import { debounced } from "./debounce";
import { Filter, ItemNode, Node, Plans } from "./plans_tree";
import { command } from "./report";
import { Server } from "./server";
import { ServerApi, toRange } from "./server_api";

const FILTERS: Record<Filter, string> = {
  all: "All tasks",
  open: "Tasks that are not done",
  blocked: "Tasks that are blocked",
};

export function showPlans(server: Server, api: ServerApi): Disposable {
  const plans = new Plans(api);
  const view = window.createTreeView<Node>("plansmith.plans", {
    treeDataProvider: plans,
    showCollapseAll: true,
    // A task's box speaks for itself: parts stay as they are.
    manageCheckboxStateManually: true,
  });
  const refresh = debounced(() => plans.refresh(), 500);
  const touched = new Map<string, Uri>();
  const refreshTouched = debounced(() => {
    const uris = [...touched.values()];
    touched.clear();
    return plans.refreshThese(uris);
  }, 500);
  const touch = (uri: Uri): void => {
    touched.set(uri.toString(), uri);
    refreshTouched();
  };
  const files = workspace.createFileSystemWatcher("**/*.{md,markdown}");
  return Disposable.from(
    plans,
    view,
    refresh,
    refreshTouched,
    files,
    server.onDidChange(refresh),
    files.onDidCreate(refresh),
    files.onDidChange(touch),
    files.onDidDelete(refresh),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.languageId === "markdown" && contentChanges.length > 0) touch(document.uri);
    }),
    view.onDidChangeCheckboxState(async ({ items }) => {
      for (const [node, box] of items) await plans.tick(node, box === TreeItemCheckboxState.Checked);
    }),
    command("refreshPlans", () => plans.refresh()),
    command("filterPlans", async (wanted) => {
      const chosen = isFilter(wanted) ? wanted : await pickFilter(plans.filter);
      if (chosen === undefined) return;
      plans.filter = chosen;
      view.description = chosen === "all" ? "" : chosen;
    }),
    command("openPlanItem", (node) => {
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
    description: filter === current ? "shown now" : "",
  }));
  return (await window.showQuickPick(items, { placeHolder: "What the view Plans shows" }))?.filter;
}

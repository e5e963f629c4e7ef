// The Plans view: a tree of plans, phases and tasks with checkboxes.

import { commands, Disposable, ExtensionContext, TreeCheckboxChangeEvent, TreeItemCheckboxState, window, workspace } from "vscode";
import { editPlan } from "../edit_plan";
import { registerCommand, showError } from "../register_command";
import { ServerApi, toRange } from "../server/api";
import { PlanChanges } from "./changes";
import { PlansDragAndDrop } from "./drag_and_drop";
import { filterName, isFilter, pickFilter } from "./filter";
import { Grouping, GROUPINGS, Node } from "./nodes";
import { PlansTree } from "./plans_tree";
import { registerDecorations } from "./tree_items";

export function registerPlansView(context: ExtensionContext, api: ServerApi, changes: PlanChanges): Disposable {
  const tree = new PlansTree(api, context.workspaceState);
  const view = window.createTreeView<Node>("plansmith.plans", {
    treeDataProvider: tree,
    dragAndDropController: new PlansDragAndDrop(api),
    canSelectMany: true,
    showCollapseAll: true,
    // Checking a task does not change its subtasks.
    manageCheckboxStateManually: true,
  });
  const showFilter = (): void => {
    view.description = filterName(tree.filter);
    void commands.executeCommand("setContext", "plansmith.isFiltered", tree.filter !== "all");
  };
  // Whether the active plan is to be revealed as soon as it is listed. A refresh alone does not move the view.
  let isRevealPending = true;
  const revealActive = async (): Promise<void> => {
    const uri = window.activeTextEditor?.document.uri;
    if (uri === undefined || !view.visible || workspace.getConfiguration("explorer").get("autoReveal") === false) return;
    const node = tree.planNode(uri);
    isRevealPending = node === undefined;
    if (node === undefined) return;
    // A task of the plan that is selected already is more precise.
    if (view.selection.some((selected) => "uri" in selected && selected.uri.toString() === node.uri.toString())) return;
    await view.reveal(node, { select: true, focus: false, expand: false });
  };
  const setChecked = async ({ items }: TreeCheckboxChangeEvent<Node>): Promise<void> => {
    for (const [node, state] of items) {
      if (node.kind !== "item") continue;
      const target = state === TreeItemCheckboxState.Checked ? "done" : "open";
      const range = toRange(node.item.selectionRange);
      await editPlan(node.uri, (document) => api.setState(document, [range], target)).catch(showError);
    }
    // Also if the plan did not change: this resets the checkbox to the state of the task.
    tree.refresh();
  };
  showFilter();
  return Disposable.from(
    tree,
    view,
    registerDecorations(),
    changes.onAll(() => tree.refresh()),
    changes.onPlans((uris) => tree.refreshPlans(uris)),
    tree.onDidLoad(() => {
      if (isRevealPending) setTimeout(() => void revealActive());
    }),
    window.onDidChangeActiveTextEditor(() => void revealActive()),
    view.onDidChangeVisibility(() => void revealActive()),
    view.onDidChangeCheckboxState((event) => void setChecked(event)),
    registerCommand("refreshPlans", () => tree.refresh()),
    registerCommand("filterPlans", async (requested) => {
      const chosen = isFilter(requested) ? requested : await pickFilter(tree.filter, await tree.owners());
      if (chosen === undefined) return;
      await tree.setFilter(chosen);
      showFilter();
    }),
    registerCommand("clearFilter", async () => {
      await tree.setFilter("all");
      showFilter();
    }),
    registerCommand("groupPlans", async (requested) => {
      const chosen = typeof requested === "string" && requested in GROUPINGS ? (requested as Grouping) : await pickGrouping(tree.grouping);
      if (chosen !== undefined) await tree.setGrouping(chosen);
    }),
  );
}

async function pickGrouping(current: Grouping): Promise<Grouping | undefined> {
  const items = (Object.keys(GROUPINGS) as Grouping[]).map((grouping) => ({
    grouping,
    label: GROUPINGS[grouping],
    description: grouping === current ? "current" : "",
  }));
  return (await window.showQuickPick(items, { title: "Group Plans", placeHolder: "Groups in the Plans view" }))?.grouping;
}

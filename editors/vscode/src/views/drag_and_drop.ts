// Drag and drop in the Plans view: moves tasks and phases within their plan. Plans can be dragged into editors.

import { DataTransfer, DataTransferItem, TreeDragAndDropController, window } from "vscode";
import { editPlan } from "../edit_plan";
import { Destination, ServerApi, toRange } from "../server/api";
import { ItemNode, Node } from "./nodes";

const TREE = "application/vnd.code.tree.plansmith.plans";
const FILES = "text/uri-list";

export class PlansDragAndDrop implements TreeDragAndDropController<Node> {
  readonly dragMimeTypes = [TREE, FILES];
  readonly dropMimeTypes = [TREE];

  constructor(private readonly api: ServerApi) {}

  handleDrag(nodes: readonly Node[], transfer: DataTransfer): void {
    transfer.set(TREE, new DataTransferItem(nodes));
    const plans = nodes.filter((node) => node.kind === "plan");
    if (plans.length > 0) transfer.set(FILES, new DataTransferItem(plans.map(({ uri }) => uri.toString()).join("\r\n")));
  }

  async handleDrop(target: Node | undefined, transfer: DataTransfer): Promise<void> {
    const dragged: unknown = transfer.get(TREE)?.value;
    const [moved] = Array.isArray(dragged) ? (dragged as Node[]) : [];
    if (moved?.kind !== "item" || target === undefined || target.kind === "group" || target === moved) return;
    if (Array.isArray(dragged) && dragged.length > 1) {
      refuse("cannot move several tasks at once; drag one task");
      return;
    }
    if (target.kind !== "item" || target.uri.toString() !== moved.uri.toString()) {
      refuse("cannot move a task out of its plan; drop it on a task or phase of the same plan");
      return;
    }
    const item = toRange(moved.item.selectionRange).start;
    const place = toRange(target.item.selectionRange).start;
    try {
      await editPlan(moved.uri, (document) => this.api.moveItem(document, item, place, destination(moved, target)));
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Returns the destination of an item dropped on a target: for a task, into a phase; otherwise the position of the target. */
function destination(moved: ItemNode, target: ItemNode): Destination {
  if (moved.item.kind === "task" && target.item.kind === "phase") return "into";
  return moved.item.range.start.line < target.item.range.start.line ? "after" : "before";
}

function refuse(reason: string): void {
  void window.showWarningMessage(`Plansmith: ${reason}.`);
}

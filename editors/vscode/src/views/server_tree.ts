// Base of views whose data is one response of the server.

import { Disposable, EventEmitter, TreeDataProvider, TreeItem, window } from "vscode";
import { ServerApi } from "../server/api";
import { PlanChanges } from "./changes";

export abstract class ServerTree<Data, Node> implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<undefined>();
  private data: Data[] | undefined;
  readonly onDidChangeTreeData = this.changed.event;

  /** The view is empty if the server does not support `command`. */
  constructor(
    private readonly api: ServerApi,
    private readonly command: string,
  ) {}

  /** Requests the data from the server. */
  protected abstract load(api: ServerApi): Promise<Data[]>;
  protected abstract roots(data: readonly Data[]): Node[];
  protected abstract childrenOf(node: Node): Node[];
  abstract getTreeItem(node: Node): TreeItem;

  async getChildren(node?: Node): Promise<Node[]> {
    if (node !== undefined) return this.childrenOf(node);
    // After a refresh, the data has been loaded already.
    this.data ??= await this.request();
    return this.roots(this.data);
  }

  /** Updates the view if the data has changed. A view that was not opened yet has no data. */
  async refresh(): Promise<void> {
    if (this.data === undefined) return;
    const data = await this.request();
    if (JSON.stringify(data) === JSON.stringify(this.data)) return;
    this.data = data;
    this.changed.fire(undefined);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async request(): Promise<Data[]> {
    // While the server starts, the view shows a progress bar.
    await this.api.settled();
    return this.api.supports(this.command) ? this.load(this.api).catch(() => []) : [];
  }
}

/** Registers a view that is refreshed with all plans, because a change of one plan can affect what it shows of others. */
export function registerServerTree<Data, Node>(id: string, tree: ServerTree<Data, Node>, changes: PlanChanges): Disposable {
  return Disposable.from(
    window.createTreeView(id, { treeDataProvider: tree, showCollapseAll: true }),
    tree,
    changes.onAll(() => tree.refresh()),
    changes.onPlans(() => tree.refresh()),
  );
}

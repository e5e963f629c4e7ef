// Data of the Plans view: the plans of the workspace with their phases and tasks.

import { Disposable, EventEmitter, TreeDataProvider, TreeItem, Uri, window } from "vscode";
import { itemTreeItem, planTreeItem } from "./plan_tree_items";
import { Item, PlanStatus, ServerApi, toRange, uriOf } from "./server_api";
import { setTaskState } from "./set_task_state";

export type Filter = "all" | "open" | "blocked";

export type Node = PlanNode | ItemNode;

export interface PlanNode {
  kind: "plan";
  uri: Uri;
  plan: PlanStatus;
}

export interface ItemNode {
  kind: "item";
  uri: Uri;
  item: Item;
  /** Path in the tree. VS Code uses it as ID to keep expanded nodes expanded after a refresh. */
  key: string;
}

/** Maximum number of changed plans that are refreshed one by one. With more, the whole tree is refreshed. */
const MAX_SINGLE_REFRESHES = 20;

export class PlansTree implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<Node | undefined>();
  private currentFilter: Filter = "all";
  /** The listed plans by URI. */
  private readonly listed = new Map<string, PlanNode>();
  private isLoaded = false;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly api: ServerApi) {}

  get filter(): Filter {
    return this.currentFilter;
  }

  set filter(filter: Filter) {
    this.currentFilter = filter;
    this.refresh();
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  /** Refreshes the given plans only, so that an edit in one plan does not request the status of all others. */
  async refreshPlans(uris: readonly Uri[]): Promise<void> {
    // The view was not opened yet.
    if (!this.isLoaded) return;
    if (this.currentFilter !== "all" || uris.length > MAX_SINGLE_REFRESHES) {
      this.refresh();
      return;
    }
    for (const uri of uris) {
      const node = this.listed.get(uri.toString());
      const [plan] = await this.api.status(uri).catch(() => []);
      if (node !== undefined && plan !== undefined) {
        node.plan = plan;
        this.changed.fire(node);
      } else if (node !== undefined || plan !== undefined) {
        // A file became a plan or is not a plan any more.
        this.refresh();
        return;
      }
    }
  }

  dispose(): void {
    this.changed.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    try {
      if (node === undefined) return await this.plans();
      if (node.kind === "plan") {
        const items = await this.api.items(node.uri);
        return this.nodes(node.uri, items, node.uri.toString());
      }
      return this.nodes(node.uri, node.item.children, node.key);
    } catch {
      // The server is stopping or does not support the command. The welcome view offers help.
      return [];
    }
  }

  getTreeItem(node: Node): TreeItem {
    return node.kind === "plan" ? planTreeItem(node) : itemTreeItem(node);
  }

  /** Sets a task to done or open after its checkbox was toggled in the view. */
  async setChecked(node: Node, checked: boolean): Promise<void> {
    if (node.kind !== "item") return;
    try {
      await setTaskState(this.api, node.uri, toRange(node.item.selectionRange), checked ? "done" : "open");
    } catch (error) {
      void window.showErrorMessage(`Plansmith: ${error instanceof Error ? error.message : String(error)}.`);
    }
    // Also if the plan did not change: this resets the checkbox to the state of the task.
    this.refresh();
  }

  private async plans(): Promise<Node[]> {
    this.isLoaded = true;
    this.listed.clear();
    if (!this.api.supports("status")) return [];
    const nodes: PlanNode[] = [];
    for (const plan of await this.api.status()) {
      const uri = uriOf(plan);
      if (uri !== undefined && (this.currentFilter === "all" || plan.done < plan.total)) nodes.push({ kind: "plan", uri, plan });
    }
    for (const node of nodes) this.listed.set(node.uri.toString(), node);
    if (this.currentFilter !== "blocked") return nodes;
    const hasBlocked = await Promise.all(
      nodes.map(async (node) => (await this.api.items(node.uri)).some((item) => passes(item, "blocked"))),
    );
    return nodes.filter((_, index) => hasBlocked[index]);
  }

  private nodes(uri: Uri, items: Item[], parent: string): ItemNode[] {
    // Items with the same name get different keys by their order.
    const counts = new Map<string, number>();
    const nodes = items.map((item): ItemNode => {
      const name = item.id ?? item.title;
      const number = (counts.get(name) ?? 0) + 1;
      counts.set(name, number);
      return { kind: "item", uri, item, key: `${parent}/${name}#${number}` };
    });
    return nodes.filter(({ item }) => passes(item, this.currentFilter));
  }
}

/** Returns whether an item or one of its descendants passes the filter. */
function passes(item: Item, filter: Filter): boolean {
  if (filter === "all" || item.children.some((child) => passes(child, filter))) return true;
  if (filter === "blocked") return item.state === "blocked";
  return item.state !== "done" && item.state !== "cancelled";
}

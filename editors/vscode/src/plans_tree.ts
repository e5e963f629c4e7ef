// What the view "Plans" shows: which plans, and what is below them.

import { Disposable, EventEmitter, TreeDataProvider, TreeItem, Uri, window } from "vscode";
import { ofItem, ofPlan } from "./plan_rows";
import { Item, PlanStatus, ServerApi, toRange, uriOf } from "./server_api";
import { setStateInFile } from "./state_in_file";

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
  /** Where it stands in the tree, so that VS Code keeps open what is open after a refresh. */
  key: string;
}

/** So many plans are asked for one by one. */
const MOST_AT_ONCE = 20;

export class Plans implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<Node | undefined>();
  private shown: Filter = "all";
  /** The plans on the screen, by URI. */
  private readonly listed = new Map<string, PlanNode>();
  private wasAsked = false;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly api: ServerApi) {}

  get filter(): Filter {
    return this.shown;
  }

  set filter(filter: Filter) {
    this.shown = filter;
    this.refresh();
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  /** Shows anew what has changed: a keystroke in one plan is no reason to ask for all others again. */
  async refreshThese(uris: readonly Uri[]): Promise<void> {
    // Before anyone has looked there is nothing to refresh.
    if (!this.wasAsked) return;
    if (this.shown !== "all" || uris.length > MOST_AT_ONCE) {
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
        // A plan more or less.
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
      // The server stops or does not know the question; the view's welcome says what to do.
      return [];
    }
  }

  getTreeItem(node: Node): TreeItem {
    return node.kind === "plan" ? ofPlan(node) : ofItem(node);
  }

  /** Sets a task done or open, as its box says. */
  async tick(node: Node, done: boolean): Promise<void> {
    if (node.kind !== "item") return;
    try {
      await setStateInFile(this.api, node.uri, toRange(node.item.selectionRange), done ? "done" : "open");
    } catch (error) {
      void window.showErrorMessage(`Plansmith: ${error instanceof Error ? error.message : String(error)}.`);
    }
    // Also where nothing changed: the box goes back to what the document says.
    this.refresh();
  }

  private async plans(): Promise<Node[]> {
    this.wasAsked = true;
    this.listed.clear();
    if (!this.api.knows("status")) return [];
    const found: PlanNode[] = [];
    for (const plan of await this.api.status()) {
      const uri = uriOf(plan);
      if (uri !== undefined && (this.shown === "all" || plan.done < plan.total)) found.push({ kind: "plan", uri, plan });
    }
    for (const node of found) this.listed.set(node.uri.toString(), node);
    if (this.shown !== "blocked") return found;
    const blocked = await Promise.all(
      found.map(async (node) => (await this.api.items(node.uri)).some((item) => passes(item, "blocked"))),
    );
    return found.filter((_, index) => blocked[index]);
  }

  private nodes(uri: Uri, items: Item[], parent: string): ItemNode[] {
    // Two items may have the same name: they are told apart by their order.
    const seen = new Map<string, number>();
    const nodes = items.map((item): ItemNode => {
      const name = item.id ?? item.title;
      const number = (seen.get(name) ?? 0) + 1;
      seen.set(name, number);
      return { kind: "item", uri, item, key: `${parent}/${name}#${number}` };
    });
    return nodes.filter(({ item }) => passes(item, this.shown));
  }
}

/** Whether something is shown: what fits itself or holds something that does. */
function passes(item: Item, filter: Filter): boolean {
  if (filter === "all" || item.children.some((child) => passes(child, filter))) return true;
  if (filter === "blocked") return item.state === "blocked";
  return item.state !== "done" && item.state !== "cancelled";
}

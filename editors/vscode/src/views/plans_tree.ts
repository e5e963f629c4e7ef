// Data of the Plans view: the plans of the workspace with their phases and tasks.

import { Disposable, EventEmitter, Memento, TreeDataProvider, TreeItem, Uri } from "vscode";
import { SetCoverage, ServerApi, uriOf } from "../server/api";
import { Filter, isFilter, passes } from "./filter";
import { Grouping, grouped, GROUPINGS, itemNodes, Node, planChildren, PlanNode } from "./nodes";
import { treeItem } from "./tree_items";

/** Maximum number of changed plans that are refreshed one by one. With more, the whole tree is refreshed. */
const MAX_SINGLE_REFRESHES = 20;

export class PlansTree implements TreeDataProvider<Node>, Disposable {
  private readonly changed = new EventEmitter<Node | undefined>();
  /** The listed plans by URI. */
  private readonly listed = new Map<string, PlanNode>();
  /** The phases and tasks of expanded plans as JSON, by the key of the plan. */
  private readonly items = new Map<string, string>();
  private readonly loaded = new EventEmitter<void>();
  private isLoaded = false;

  readonly onDidChangeTreeData = this.changed.event;
  /** Fires when the list of plans has been loaded, before VS Code shows it. */
  readonly onDidLoad = this.loaded.event;

  /** Filter and grouping are kept in `state`. */
  constructor(
    private readonly api: ServerApi,
    private readonly state: Memento,
  ) {}

  get filter(): Filter {
    const stored = this.state.get("plans.filter");
    return isFilter(stored) ? stored : "all";
  }

  get grouping(): Grouping {
    const stored = this.state.get<string>("plans.grouping") ?? "state";
    return stored in GROUPINGS ? (stored as Grouping) : "state";
  }

  async setFilter(filter: Filter): Promise<void> {
    await this.state.update("plans.filter", filter);
    this.refresh();
  }

  async setGrouping(grouping: Grouping): Promise<void> {
    await this.state.update("plans.grouping", grouping);
    this.refresh();
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  /** Returns the node of a plan if it is listed. */
  planNode(uri: Uri): PlanNode | undefined {
    return this.listed.get(uri.toString());
  }

  /** Returns the owners of tasks in all listed plans, sorted. */
  async owners(): Promise<string[]> {
    const owners = new Set<string>();
    const plans = await Promise.all([...this.listed.values()].map(({ uri }) => this.api.items(uri).catch(() => [])));
    const pending = plans.flat();
    for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
      if (item.owner) owners.add(item.owner);
      pending.push(...item.children);
    }
    return [...owners].sort((a, b) => a.localeCompare(b));
  }

  /** Refreshes the given plans only, so that an edit in one plan does not request the status of all others. */
  async refreshPlans(uris: readonly Uri[]): Promise<void> {
    // The view was not opened yet.
    if (!this.isLoaded) return;
    if (this.filter !== "all" || uris.length > MAX_SINGLE_REFRESHES) {
      this.refresh();
      return;
    }
    for (const uri of uris) {
      const node = this.planNode(uri);
      const [plan] = await this.api.status(uri).catch(() => []);
      const isMoved = node && plan && groupKey(node.plan) !== groupKey(plan);
      if (node !== undefined && plan !== undefined && !isMoved) {
        // Most edits change neither the tasks nor their lines.
        const items = this.items.get(node.key);
        const isSame = JSON.stringify(plan) === JSON.stringify(node.plan);
        if (isSame && (items === undefined || items === JSON.stringify(await this.api.items(uri).catch(() => [])))) continue;
        node.plan = plan;
        this.changed.fire(node);
      } else if (node !== undefined || plan !== undefined) {
        // A file became a plan, is not a plan any more or belongs to another group.
        this.refresh();
        return;
      }
    }
  }

  dispose(): void {
    this.changed.dispose();
    this.loaded.dispose();
  }

  async getChildren(node?: Node): Promise<Node[]> {
    try {
      if (node === undefined) return await this.roots();
      if (node.kind === "group") return node.plans;
      const passing = (children: Node[]): Node[] => children.filter((child) => this.isShown(child));
      if (node.kind === "plan") {
        const items = await this.api.items(node.uri);
        this.items.set(node.key, JSON.stringify(items));
        return passing(planChildren(node, items));
      }
      return passing(itemNodes(node, node.kind === "section" ? node.items : node.item.children));
    } catch {
      // The server is stopping or does not support the command. The welcome view offers help.
      return [];
    }
  }

  getTreeItem(node: Node): TreeItem {
    return treeItem(node);
  }

  getParent(node: Node): Node | undefined {
    return node.kind === "group" ? undefined : node.parent;
  }

  private isShown(node: Node): boolean {
    if (node.kind === "item") return passes(node.item, this.filter);
    return node.kind !== "section" || node.items.some((item) => passes(item, this.filter));
  }

  private async roots(): Promise<Node[]> {
    this.isLoaded = true;
    // While the server starts, the view shows a progress bar.
    await this.api.settled();
    if (!this.api.supports("status")) return [];
    const nodes = await this.plans();
    this.listed.clear();
    this.items.clear();
    for (const node of nodes) this.listed.set(node.uri.toString(), node);
    const groups = grouped(nodes, this.grouping, await this.sets());
    this.loaded.fire();
    return groups;
  }

  private async plans(): Promise<PlanNode[]> {
    const nodes: PlanNode[] = [];
    for (const plan of await this.api.status(undefined, true)) {
      const uri = uriOf(plan);
      if (uri !== undefined) nodes.push({ kind: "plan", key: uri.toString(), uri, plan });
    }
    const { filter } = this;
    if (filter === "all") return nodes;
    const areShown = await Promise.all(
      nodes.map(async ({ uri, plan }) => !plan.archived && (await this.api.items(uri)).some((item) => passes(item, filter))),
    );
    return nodes.filter((_, index) => areShown[index]);
  }

  private async sets(): Promise<SetCoverage[]> {
    return this.grouping === "set" && this.api.supports("coverage") ? this.api.coverage() : [];
  }
}

/** Returns a key of the values that determine the group of a plan when plans are grouped by state. */
function groupKey({ state, done, total }: PlanNode["plan"]): string {
  return [state, done === 0, done === total].join();
}

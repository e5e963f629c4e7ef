// The view "Plans" in the explorer: plans, their phases and tasks, with boxes to tick.

import {
  commands,
  Disposable,
  EventEmitter,
  ThemeIcon,
  TreeDataProvider,
  TreeItem,
  TreeItemCheckboxState,
  TreeItemCollapsibleState,
  Uri,
  window,
  workspace,
} from "vscode";
import { debounced } from "./debounce";
import { command } from "./report";
import { Server } from "./server";
import { Item, PlanStatus, ServerApi, State, toRange, uriOf } from "./server_api";
import { setStateInFile } from "./state_in_file";

type Filter = "all" | "open" | "blocked";

const FILTERS: Record<Filter, string> = {
  all: "All tasks",
  open: "Tasks that are not done",
  blocked: "Tasks that are blocked",
};

type Node = PlanNode | ItemNode;

interface PlanNode {
  kind: "plan";
  uri: Uri;
  plan: PlanStatus;
}

interface ItemNode {
  kind: "item";
  uri: Uri;
  item: Item;
  /** Where it stands in the tree, so that VS Code keeps open what is open after a refresh. */
  key: string;
}

/** So many plans are asked for one by one. */
const MOST_AT_ONCE = 20;

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
      await commands.executeCommand("setContext", "plansmith.isFiltered", chosen !== "all");
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

class Plans implements TreeDataProvider<Node>, Disposable {
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

function ofPlan({ uri, plan }: PlanNode): TreeItem {
  const item = new TreeItem(plan.title ?? plan.path, TreeItemCollapsibleState.Collapsed);
  item.id = uri.toString();
  item.iconPath = new ThemeIcon("checklist");
  item.description = [`${plan.done}/${plan.total}`, plan.status].filter(Boolean).join(" · ");
  item.tooltip = `${plan.path}: ${plan.done} of ${plan.total} tasks done`;
  item.contextValue = "plan";
  item.command = { command: "vscode.open", title: "Open", arguments: [uri] };
  return item;
}

function ofItem(node: ItemNode): TreeItem {
  const { item, key } = node;
  const title = named(item);
  const open = item.state === "done" ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded;
  const row = new TreeItem(title, item.children.length > 0 ? open : TreeItemCollapsibleState.None);
  row.id = key;
  const progress = item.children.length > 0 && item.total > 0 ? `${item.done}/${item.total}` : "";
  if (item.kind === "task") {
    row.checkboxState = item.state === "done" ? TreeItemCheckboxState.Checked : TreeItemCheckboxState.Unchecked;
    const said = item.state === "open" || item.state === "done" ? undefined : item.state;
    row.description = [said, progress].filter(Boolean).join(" · ");
  } else {
    row.iconPath = new ThemeIcon(PHASE_ICONS[item.state ?? "open"]);
    row.description = progress;
  }
  row.tooltip = [`${title}: ${item.state ?? "open"}`, progress && `${progress} done`].filter(Boolean).join(", ");
  row.contextValue = item.kind;
  row.command = { command: "plansmith.openPlanItem", title: "Go There", arguments: [node] };
  return row;
}

/** `Phase 1: Ground`, `1.2: Level the ground`. */
function named({ id, title }: Item): string {
  return id ? `${id.charAt(0).toUpperCase()}${id.slice(1)}: ${title}` : title;
}

const PHASE_ICONS: Record<State, string> = {
  open: "circle-large-outline",
  active: "play-circle",
  blocked: "error",
  done: "pass",
  deferred: "watch",
  cancelled: "circle-slash",
};

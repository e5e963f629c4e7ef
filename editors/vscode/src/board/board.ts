// Board of a plan: columns by state, cards by phase or owner. Moving a card changes the state of its task in the text.

import { Disposable, ExtensionContext, Range, Uri, ViewColumn, WebviewPanel, window } from "vscode";
import { activeMarkdown } from "../current_plan";
import { editPlan } from "../edit_plan";
import { registerCommand, showError } from "../register_command";
import { ServerApi, ServerNotRunning, State, STATES, toRange } from "../server/api";
import { PlanChanges } from "../views/changes";
import { isOverdue, itemLabel, shortTitle } from "../views/nodes";
import { uriOfTarget, webviewPage } from "../webview_page";
import { cardsOf, TaskCard } from "./model";
import { BODY, STYLE } from "./page";

const VIEW_TYPE = "plansmith.board";

/** State of a board, which the page keeps for the next session. */
interface StoredState {
  uri: string;
}

/** Messages of the page (`webview/board.ts`). */
type PageMessage =
  | { type: "ready" }
  | { type: "open"; key: string; toSide: boolean }
  | { type: "setState"; key: string; state: string };

export function registerBoards(context: ExtensionContext, api: ServerApi, changes: PlanChanges): Disposable {
  const boards = new Map<string, BoardPanel>();
  const options = { enableScripts: true, localResourceRoots: [Uri.joinPath(context.extensionUri, "out")] };
  const add = (panel: WebviewPanel, uri: Uri): void => {
    const key = uri.toString();
    const board = new BoardPanel(context, api, panel, uri);
    boards.set(key, board);
    panel.onDidDispose(() => boards.delete(key));
  };
  return Disposable.from(
    registerCommand("showBoard", (target) => {
      const uri = uriOfTarget(target) ?? activeMarkdown()?.uri;
      if (uri === undefined) throw new Error("open a plan first");
      if (!api.isRunning) throw new ServerNotRunning();
      const existing = boards.get(uri.toString());
      if (existing !== undefined) existing.panel.reveal();
      else add(window.createWebviewPanel(VIEW_TYPE, "", ViewColumn.Active, options), uri);
    }),
    window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, state: StoredState | undefined) => {
        panel.webview.options = options;
        if (state === undefined) panel.dispose();
        else add(panel, Uri.parse(state.uri));
        await Promise.resolve();
      },
    }),
    changes.onAll(() => boards.forEach((board) => void board.refresh())),
    changes.onPlans((uris) => uris.forEach((uri) => void boards.get(uri.toString())?.refresh())),
    new Disposable(() => {
      for (const { panel } of boards.values()) panel.dispose();
    }),
  );
}

class BoardPanel {
  private cards: TaskCard[] = [];

  constructor(
    context: ExtensionContext,
    private readonly api: ServerApi,
    readonly panel: WebviewPanel,
    private readonly uri: Uri,
  ) {
    panel.title = `Board: ${uri.path.slice(uri.path.lastIndexOf("/") + 1)}`;
    panel.webview.onDidReceiveMessage((message: PageMessage) => void this.receive(message).catch(showError));
    panel.onDidChangeViewState(() => void this.refresh());
    const state: StoredState = { uri: uri.toString() };
    panel.webview.html = webviewPage(context, panel.webview, { script: "board", style: STYLE, title: panel.title, body: BODY, state });
  }

  async refresh(): Promise<void> {
    // While the server is not running, the current cards stay.
    await this.api.settled();
    if (!this.api.isRunning || !this.panel.visible) return;
    try {
      const [[plan], items] = await Promise.all([this.api.status(this.uri), this.api.items(this.uri)]);
      this.cards = cardsOf(items, { label: itemLabel, isOverdue });
      const title = plan === undefined ? this.panel.title : shortTitle(plan);
      const board = { title, done: plan?.done ?? 0, total: plan?.total ?? 0, cards: this.cards.map(({ card }) => card) };
      await this.panel.webview.postMessage({ type: "board", board });
    } catch (error) {
      await this.panel.webview.postMessage({ type: "error", reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private async receive(message: PageMessage): Promise<void> {
    if (message.type === "ready") return this.refresh();
    const item = this.cards.find(({ card }) => card.key === message.key)?.item;
    if (item === undefined) return this.refresh();
    if (message.type === "open") {
      const { start } = toRange(item.selectionRange);
      const viewColumn = message.toSide ? ViewColumn.Beside : ViewColumn.Active;
      await window.showTextDocument(this.uri, { selection: new Range(start, start), viewColumn });
      return;
    }
    const state = STATES.find((state): state is State => state === message.state);
    if (state === undefined) return;
    try {
      await editPlan(this.uri, (document) => this.api.setState(document, [toRange(item.selectionRange)], state));
    } finally {
      // Also if the plan did not change: this moves the card back.
      await this.refresh();
    }
  }
}

// Diagrams of a plan next to its text: dependency graph and timeline.

import { Disposable, ExtensionContext, Range, Uri, ViewColumn, WebviewPanel, window, workspace } from "vscode";
import { activeMarkdown } from "../current_plan";
import { debounced } from "../debounce";
import { registerCommand } from "../register_command";
import { DiagramKind, ServerApi, ServerNotRunning } from "../server/api";
import { Server } from "../server/server";
import { escaped, uriOfTarget, webviewPage } from "../webview_page";
import { Baseline, chooseBaseline } from "./baseline";
import { inlineDiagram, STYLE, TOOLBAR } from "./page";

const TITLES: Record<DiagramKind, string> = { dependencies: "Graph", timeline: "Timeline" };
const VIEW_TYPE = "plansmith.preview";

/** State of a preview, which the page keeps for the next session. */
interface StoredState {
  uri: string;
  kind: DiagramKind;
}

/** Messages of the page (`webview/diagram.ts`). */
type PageMessage =
  | { type: "size"; width: number }
  | { type: "open"; line: number; toSide: boolean }
  | { type: "onlyPhases"; value: boolean };

export function registerPreviews(context: ExtensionContext, server: Server, api: ServerApi): Disposable {
  const previews = new Map<string, Preview>();
  const add = (panel: WebviewPanel, uri: Uri, kind: DiagramKind): void => {
    const key = `${kind} ${uri.toString()}`;
    const preview = new Preview(context, api, panel, uri, kind);
    previews.set(key, preview);
    panel.onDidDispose(() => {
      preview.dispose();
      previews.delete(key);
    });
  };
  const show = (kind: DiagramKind, target: unknown): void => {
    const uri = uriOfTarget(target) ?? activeMarkdown()?.uri;
    if (uri === undefined) throw new Error("open a plan first");
    if (!api.isRunning) throw new ServerNotRunning();
    const existing = previews.get(`${kind} ${uri.toString()}`);
    if (existing !== undefined) {
      existing.panel.reveal();
      return;
    }
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    add(window.createWebviewPanel(VIEW_TYPE, "", column, Preview.options(context)), uri, kind);
  };
  const post = (message: { type: string }): void => {
    for (const { panel } of previews.values()) if (panel.active) void panel.webview.postMessage(message);
  };
  return Disposable.from(
    registerCommand("showGraph", (target) => show("dependencies", target)),
    registerCommand("showTimeline", (target) => show("timeline", target)),
    registerCommand("compareTimeline", async (target) => {
      const uri = uriOfTarget(target) ?? activeMarkdown()?.uri;
      if (uri === undefined) throw new Error("open a plan first");
      const baseline = await chooseBaseline(uri);
      if (baseline === undefined) return;
      show("timeline", uri);
      await previews.get(`timeline ${uri.toString()}`)?.setBaseline(baseline);
    }),
    registerCommand("toggleFitToWidth", () => post({ type: "toggleFit" })),
    registerCommand("zoomIn", () => post({ type: "zoomIn" })),
    registerCommand("zoomOut", () => post({ type: "zoomOut" })),
    window.registerWebviewPanelSerializer(VIEW_TYPE, {
      // Panels of an earlier version have no state.
      deserializeWebviewPanel: async (panel, state: StoredState | undefined) => {
        panel.webview.options = Preview.options(context);
        if (state === undefined) panel.dispose();
        else add(panel, Uri.parse(state.uri), state.kind);
        await Promise.resolve();
      },
    }),
    server.onDidChange(() => previews.forEach((preview) => preview.refreshSoon())),
    new Disposable(() => {
      for (const { panel } of previews.values()) panel.dispose();
    }),
  );
}

class Preview implements Disposable {
  readonly refreshSoon = debounced(() => this.refresh(), 400);
  private readonly subscription: Disposable;
  /** Width of the panel in pixels; `undefined` until the page has been loaded. */
  private width: number | undefined;
  /** Whether the user has chosen phases instead of tasks. By default, phases are shown only if there are too many tasks. */
  private onlyPhases: boolean | undefined;
  /** Another version of the plan, whose dates the timeline also shows. */
  private baseline: Baseline = null;

  constructor(
    context: ExtensionContext,
    private readonly api: ServerApi,
    readonly panel: WebviewPanel,
    private readonly uri: Uri,
    private readonly kind: DiagramKind,
  ) {
    const name = uri.path.slice(uri.path.lastIndexOf("/") + 1);
    panel.title = `${TITLES[kind]}: ${name}`;
    this.subscription = Disposable.from(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (this.isShown(document.uri) && contentChanges.length > 0) this.refreshSoon();
      }),
      window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
        if (this.isShown(textEditor.document.uri)) this.select(selections[0]?.active.line);
      }),
      panel.webview.onDidReceiveMessage((message: PageMessage) => void this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (panel.visible) this.refreshSoon();
      }),
    );
    const state: StoredState = { uri: uri.toString(), kind };
    const body = `<header><h1>${escaped(panel.title)}</h1><div id="toolbar" role="toolbar" aria-label="Diagram">${TOOLBAR}</div></header><main id="diagram"></main>`;
    panel.webview.html = webviewPage(context, panel.webview, { script: "diagram", style: STYLE, title: panel.title, body, state });
  }

  static options(context: ExtensionContext): { enableScripts: boolean; localResourceRoots: Uri[] } {
    return { enableScripts: true, localResourceRoots: [Uri.joinPath(context.extensionUri, "out")] };
  }

  async refresh(): Promise<void> {
    // While the server is not running, the current diagram stays.
    if (!this.api.isRunning || this.width === undefined || !this.panel.visible) return;
    try {
      const { svg, onlyPhases } = await this.api.diagram(this.uri, this.kind, this.width, this.onlyPhases, this.baseline);
      const isReduced = onlyPhases && this.onlyPhases === undefined;
      await this.panel.webview.postMessage({ type: "diagram", svg: inlineDiagram(svg), onlyPhases, isReduced });
      const editor = window.visibleTextEditors.find(({ document }) => this.isShown(document.uri));
      this.select(editor?.selection.active.line);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.panel.webview.postMessage({ type: "error", reason });
    }
  }

  /** Shows the dates of another version of the plan in the timeline. */
  async setBaseline(baseline: Baseline): Promise<void> {
    this.baseline = baseline;
    await this.refresh();
  }

  dispose(): void {
    this.subscription.dispose();
    this.refreshSoon.dispose();
  }

  private isShown(uri: Uri): boolean {
    return uri.toString() === this.uri.toString();
  }

  /** Marks the box or bar of the task in a line. */
  private select(line: number | undefined): void {
    if (line !== undefined) void this.panel.webview.postMessage({ type: "select", line });
  }

  private async receive(message: PageMessage): Promise<void> {
    switch (message.type) {
      case "size": {
        const isFirst = this.width === undefined;
        this.width = message.width;
        if (isFirst) await this.refresh();
        else this.refreshSoon();
        break;
      }
      case "open": {
        const selection = new Range(message.line, 0, message.line, 0);
        const existing = window.visibleTextEditors.find(({ document }) => this.isShown(document.uri));
        const viewColumn = message.toSide ? ViewColumn.Beside : (existing?.viewColumn ?? ViewColumn.One);
        await window.showTextDocument(this.uri, { selection, viewColumn });
        break;
      }
      case "onlyPhases":
        this.onlyPhases = message.value;
        await this.refresh();
        break;
    }
  }
}

// Diagrams of a plan next to its text: dependency graph and timeline.

import { Disposable, Uri, ViewColumn, WebviewPanel, window, workspace } from "vscode";
import { activeMarkdown } from "./current_plan";
import { debounced } from "./debounce";
import { diagramPage, errorPage } from "./preview_page";
import { registerCommand } from "./register_command";
import { Server } from "./server";
import { DiagramKind, ServerApi, ServerNotRunning } from "./server_api";

const TITLES: Record<DiagramKind, string> = { dependencies: "Graph", timeline: "Timeline" };

export function registerPreviews(server: Server, api: ServerApi): Disposable {
  const previews = new Map<string, Preview>();
  const show = async (kind: DiagramKind, target: unknown): Promise<void> => {
    const uri = uriOfTarget(target) ?? activeMarkdown()?.uri;
    if (uri === undefined) throw new Error("open a plan first");
    if (!api.isRunning) throw new ServerNotRunning();
    const key = `${kind} ${uri.toString()}`;
    const existing = previews.get(key);
    if (existing !== undefined) {
      existing.panel.reveal();
      return;
    }
    const preview = new Preview(api, uri, kind);
    previews.set(key, preview);
    preview.panel.onDidDispose(() => {
      preview.dispose();
      previews.delete(key);
    });
    await preview.refresh();
  };
  return Disposable.from(
    registerCommand("showGraph", (target) => show("dependencies", target)),
    registerCommand("showTimeline", (target) => show("timeline", target)),
    registerCommand("toggleFitToWidth", () => {
      for (const preview of previews.values()) if (preview.panel.active) preview.toggleFitToWidth();
    }),
    server.onDidChange(() => previews.forEach((preview) => preview.refreshSoon())),
    new Disposable(() => {
      for (const { panel } of previews.values()) panel.dispose();
    }),
  );
}

/** Returns the URI of a menu command's argument: a file, or a node of the Plans view. */
function uriOfTarget(target: unknown): Uri | undefined {
  if (target instanceof Uri) return target;
  const uri = (target as { uri?: unknown } | undefined)?.uri;
  return uri instanceof Uri ? uri : undefined;
}

class Preview implements Disposable {
  readonly panel: WebviewPanel;
  readonly refreshSoon = debounced(() => this.refresh(), 400);
  private readonly subscription: Disposable;
  private fitsToWidth = false;

  constructor(
    private readonly api: ServerApi,
    private readonly uri: Uri,
    private readonly kind: DiagramKind,
  ) {
    const name = uri.path.slice(uri.path.lastIndexOf("/") + 1);
    // The page contains one diagram; it needs no scripts or files.
    const options = { enableScripts: false, localResourceRoots: [] };
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    this.panel = window.createWebviewPanel("plansmith.preview", `${TITLES[kind]}: ${name}`, column, options);
    this.subscription = workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.uri.toString() === uri.toString() && contentChanges.length > 0) this.refreshSoon();
    });
  }

  async refresh(): Promise<void> {
    const html = await this.render();
    if (html !== undefined) this.panel.webview.html = html;
  }

  /** Switches between fitting the diagram to the width of the panel and showing it at full size. */
  toggleFitToWidth(): void {
    this.fitsToWidth = !this.fitsToWidth;
    void this.refresh();
  }

  dispose(): void {
    this.subscription.dispose();
    this.refreshSoon.dispose();
  }

  /** Returns the page, or `undefined` to keep the current one while the server is not running. */
  private async render(): Promise<string | undefined> {
    if (!this.api.isRunning) return undefined;
    try {
      return diagramPage(await this.api.diagram(this.uri, this.kind, "svg"), this.fitsToWidth);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      try {
        return errorPage(reason, await this.api.diagram(this.uri, this.kind, "mermaid"));
      } catch {
        return errorPage(reason);
      }
    }
  }
}

// Who waits for whom, and the timeline: a plan as a drawing beside it.

import { Disposable, Uri, ViewColumn, WebviewPanel, window, workspace } from "vscode";
import { activeMarkdown } from "./current_plan";
import { debounced } from "./debounce";
import { explained, page } from "./preview_page";
import { command } from "./report";
import { Server } from "./server";
import { Drawing, NotRunning, ServerApi } from "./server_api";

const TITLES: Record<Drawing, string> = { dependencies: "Graph", timeline: "Timeline" };

export function registerPreviews(server: Server, api: ServerApi): Disposable {
  const previews = new Map<string, Preview>();
  const show = async (drawing: Drawing, target: unknown): Promise<void> => {
    const uri = uriOfTarget(target) ?? activeMarkdown()?.uri;
    if (uri === undefined) throw new Error("open a plan first");
    if (!api.isRunning) throw new NotRunning();
    const key = `${drawing} ${uri.toString()}`;
    const shown = previews.get(key);
    if (shown !== undefined) {
      shown.panel.reveal();
      return;
    }
    const preview = new Preview(api, uri, drawing);
    previews.set(key, preview);
    preview.panel.onDidDispose(() => {
      preview.dispose();
      previews.delete(key);
    });
    await preview.refresh();
  };
  return Disposable.from(
    command("showGraph", (target) => show("dependencies", target)),
    command("showTimeline", (target) => show("timeline", target)),
    command("fitPreview", () => {
      for (const preview of previews.values()) if (preview.panel.active) preview.fit();
    }),
    server.onDidChange(() => previews.forEach((preview) => preview.refreshSoon())),
    new Disposable(() => {
      for (const { panel } of previews.values()) panel.dispose();
    }),
  );
}

/** The file of a menu in the explorer or editor, or the plan of a row in the view "Plans". */
function uriOfTarget(target: unknown): Uri | undefined {
  if (target instanceof Uri) return target;
  const uri = (target as { uri?: unknown } | undefined)?.uri;
  return uri instanceof Uri ? uri : undefined;
}

class Preview implements Disposable {
  readonly panel: WebviewPanel;
  readonly refreshSoon = debounced(() => this.refresh(), 400);
  private readonly listening: Disposable;
  private fits = false;

  constructor(
    private readonly api: ServerApi,
    private readonly uri: Uri,
    private readonly drawing: Drawing,
  ) {
    const name = uri.path.slice(uri.path.lastIndexOf("/") + 1);
    // No script and no file may be loaded: the page is one drawing.
    const options = { enableScripts: false, localResourceRoots: [] };
    const place = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    this.panel = window.createWebviewPanel("plansmith.preview", `${TITLES[drawing]}: ${name}`, place, options);
    this.listening = workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.uri.toString() === uri.toString() && contentChanges.length > 0) this.refreshSoon();
    });
  }

  async refresh(): Promise<void> {
    const html = await this.rendered();
    if (html !== undefined) this.panel.webview.html = html;
  }

  /** As wide as the panel, so that all of it is seen, or in its own size, so that it can be read. */
  fit(): void {
    this.fits = !this.fits;
    void this.refresh();
  }

  dispose(): void {
    this.listening.dispose();
    this.refreshSoon.dispose();
  }

  /** Nothing where what is shown should stay, since the server is about to come back. */
  private async rendered(): Promise<string | undefined> {
    if (!this.api.isRunning) return undefined;
    try {
      return page(await this.api.drawing(this.uri, this.drawing, "svg"), this.fits);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      try {
        return explained(reason, await this.api.drawing(this.uri, this.drawing, "mermaid"));
      } catch {
        return explained(reason);
      }
    }
  }
}

// The plan in the active editor: source of the status bar and of the context key `plansmith.isPlan`.

import { commands, Disposable, EventEmitter, TextDocument, Uri, window, workspace } from "vscode";
import { debounced } from "./debounce";
import { Server } from "./server/server";
import { PlanStatus, ServerApi } from "./server/api";

export class CurrentPlan implements Disposable {
  private readonly changed = new EventEmitter<PlanStatus | undefined>();
  private readonly subscriptions: { dispose(): unknown }[];
  private readonly refreshSoon = debounced(() => this.refresh(), 300);

  /** Fires with the status of the plan in the active editor, or `undefined` if it does not show a plan. */
  readonly onDidChange = this.changed.event;

  constructor(
    server: Server,
    private readonly api: ServerApi,
  ) {
    this.subscriptions = [
      this.changed,
      this.refreshSoon,
      server.onDidChange(() => this.refreshSoon()),
      window.onDidChangeActiveTextEditor(() => void this.refresh()),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document === activeMarkdown()) this.refreshSoon();
      }),
    ];
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => void subscription.dispose());
  }

  private async refresh(): Promise<void> {
    const document = activeMarkdown();
    const plan = document && (await this.statusOf(document.uri));
    if (document !== activeMarkdown()) return;
    // Older servers cannot distinguish plans from other documents, so every Markdown file may be a plan.
    const mayBePlan = document !== undefined && this.api.isRunning && !this.api.supports("status");
    await commands.executeCommand("setContext", "plansmith.isPlan", plan !== undefined || mayBePlan);
    this.changed.fire(plan);
  }

  private async statusOf(uri: Uri): Promise<PlanStatus | undefined> {
    if (!this.api.supports("status")) return undefined;
    try {
      return (await this.api.status(uri))[0];
    } catch {
      // The document was closed in the meantime, or the server is stopping.
      return undefined;
    }
  }
}

export function activeMarkdown(): TextDocument | undefined {
  const document = window.activeTextEditor?.document;
  return document?.languageId === "markdown" ? document : undefined;
}

// The plan in the active editor: what the status bar shows and keybindings ask for.

import { commands, Disposable, EventEmitter, TextDocument, Uri, window, workspace } from "vscode";
import { debounced } from "./debounce";
import { Server } from "./server";
import { PlanStatus, ServerApi } from "./server_api";

export class CurrentPlan implements Disposable {
  private readonly changed = new EventEmitter<PlanStatus | undefined>();
  private readonly subscriptions: { dispose(): unknown }[];
  private readonly refreshSoon = debounced(() => this.refresh(), 300);

  /** The status of the plan in the active editor, or nothing if there is none. */
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
    // An older server cannot tell plans from other documents: then every Markdown file may be one.
    const mayBePlan = document !== undefined && this.api.isRunning && !this.api.knows("status");
    await commands.executeCommand("setContext", "plansmith.isPlan", plan !== undefined || mayBePlan);
    this.changed.fire(plan);
  }

  private async statusOf(uri: Uri): Promise<PlanStatus | undefined> {
    if (!this.api.knows("status")) return undefined;
    try {
      return (await this.api.status(uri))[0];
    } catch {
      // Closed meanwhile, or the server stops: there is nothing to show.
      return undefined;
    }
  }
}

export function activeMarkdown(): TextDocument | undefined {
  const document = window.activeTextEditor?.document;
  return document?.languageId === "markdown" ? document : undefined;
}

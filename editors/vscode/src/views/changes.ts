// Events for the views when plans in the workspace change: all plans, or single ones.

import { Disposable, EventEmitter, Uri, workspace } from "vscode";
import { debounced } from "../debounce";
import { Server } from "../server/server";

/** Delay in milliseconds, so that a view is refreshed once for several edits. */
const DELAY = 500;

export class PlanChanges implements Disposable {
  private readonly all = new EventEmitter<void>();
  private readonly plans = new EventEmitter<readonly Uri[]>();
  private readonly pending = new Map<string, Uri>();
  private readonly fireAll = debounced(() => this.all.fire(), DELAY);
  private readonly firePlans = debounced(() => {
    const uris = [...this.pending.values()];
    this.pending.clear();
    this.plans.fire(uris);
  }, DELAY);
  private readonly subscription: Disposable;

  /** Fires when files are created or deleted, and when the server has started or stopped. */
  readonly onAll = this.all.event;
  /** Fires with the URIs of the files whose text has changed. */
  readonly onPlans = this.plans.event;

  constructor(server: Server) {
    const files = workspace.createFileSystemWatcher("**/*.{md,markdown}");
    const change = (uri: Uri): void => {
      this.pending.set(uri.toString(), uri);
      this.firePlans();
    };
    this.subscription = Disposable.from(
      this.all,
      this.plans,
      this.fireAll,
      this.firePlans,
      files,
      server.onDidChange(() => this.fireAll()),
      files.onDidCreate(() => this.fireAll()),
      files.onDidDelete(() => this.fireAll()),
      files.onDidChange(change),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document.languageId === "markdown" && contentChanges.length > 0) change(document.uri);
      }),
    );
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

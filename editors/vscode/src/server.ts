// The running server: start, stop, and who wants to know.

import { commands, Disposable, EventEmitter, ExtensionContext, LogOutputChannel, window, workspace } from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";
import { besideMarkdown } from "./beside_markdown";
import { findServer, isOlder, OLDEST_SERVER, versionOf } from "./server_location";

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  private readonly changed = new EventEmitter<void>();
  private readonly log: LogOutputChannel = window.createOutputChannel("Plansmith", { log: true });
  private readonly trace = window.createOutputChannel("Plansmith Trace");
  /** Starts and stops happen one after the other, whoever asks for them. */
  private queue: Promise<void> = Promise.resolve();
  private isStopping = false;

  /** The server has started or stopped. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly context: ExtensionContext) {}

  /** The client, while the server runs. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  restart(): Promise<void> {
    this.isStopping = true;
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  showLog(): void {
    this.log.show();
  }

  dispose(): void {
    this.changed.dispose();
    this.log.dispose();
    this.trace.dispose();
  }

  private inTurn(task: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(task, task);
    return this.queue;
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.isStopping = true;
    try {
      await client?.dispose();
    } catch (error) {
      // A server that is gone already cannot be asked to stop.
      this.log.warn(`stopping the server: ${String(error)}`);
    }
    this.changed.fire();
  }

  private async startNow(): Promise<void> {
    if (this.client !== undefined) return;
    this.isStopping = false;
    const location = findServer(this.context);
    if (location === undefined) {
      void this.explainMissing("Plansmith needs the program `plansmith`, and there is none on the PATH.");
      return;
    }
    const { program, origin } = location;
    let version: string;
    try {
      version = await versionOf(program);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.error(`${reason} (from ${origin})`);
      void this.explainMissing(`Plansmith cannot start its server: ${reason} (from ${origin}).`);
      return;
    }
    this.log.info(`plansmith ${version} at ${program}, from ${origin}`);
    if (isOlder(version, OLDEST_SERVER)) {
      void window.showWarningMessage(
        `Plansmith: the server at ${program} is version ${version}. This extension expects ${OLDEST_SERVER} or later; some of its commands will not work until you update it.`,
      );
    }
    const client = new LanguageClient(
      "plansmith",
      "Plansmith",
      { command: program, args: ["server"] },
      {
        // Documents of other kinds, such as the two sides of a diff, are no files to work on.
        documentSelector: ["file", "untitled"].map((scheme) => ({ scheme, language: "markdown" })),
        initializationOptions: workspace.getConfiguration("plansmith"),
        middleware: {
          ...besideMarkdown,
          workspace: {
            // A server that is about to be stopped need not hear of the setting that stops it.
            didChangeConfiguration: (sections, next) => (this.isStopping ? Promise.resolve() : next(sections)),
          },
        },
        outputChannel: this.log,
        traceOutputChannel: this.trace,
      },
    );
    this.client = client;
    client.onDidChangeState(() => this.changed.fire());
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      void this.explainMissing(`Plansmith: the server at ${program} does not start: ${String(error)}`);
    }
  }

  /** Says what is missing and offers what helps. Not to be awaited: a message may stand as long as the user likes. */
  private async explainMissing(message: string): Promise<void> {
    const [help, settings, log] = ["How to Install", "Open Settings", "Show Log"];
    const chosen = await window.showErrorMessage(message, help, settings, log);
    if (chosen === help) {
      const walkthrough = `${this.context.extension.id}#plansmith.start`;
      await commands.executeCommand("workbench.action.openWalkthrough", walkthrough, false);
    } else if (chosen === settings) {
      await commands.executeCommand("workbench.action.openSettings", "plansmith.server.path");
    } else if (chosen === log) {
      this.showLog();
    }
  }
}

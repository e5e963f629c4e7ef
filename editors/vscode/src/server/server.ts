// Lifecycle of the server: starting, stopping and reporting errors at start.

import { commands, Disposable, EventEmitter, ExtensionContext, LogOutputChannel, window, workspace } from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";
import { markdownMiddleware } from "./markdown_middleware";
import { findServer, isOlder, MIN_SERVER_VERSION, readVersion, searchedFolders } from "./location";

export class Server implements Disposable {
  private client: LanguageClient | undefined;
  private readonly changed = new EventEmitter<void>();
  private readonly log: LogOutputChannel = window.createOutputChannel("Plansmith", { log: true });
  private readonly trace = window.createOutputChannel("Plansmith Trace");
  /** The pending starts and stops, which run one after the other. */
  private queue: Promise<void> = Promise.resolve();
  private isStopping = false;

  /** Fires when the server has started or stopped. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly context: ExtensionContext) {
    this.changed.event(() => void this.updateContext());
  }

  /** The client if the server is running. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** Resolves when no start or stop is pending. */
  async settled(): Promise<void> {
    await this.queue;
  }

  start(): Promise<void> {
    return this.enqueue(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.stopNow());
  }

  restart(): Promise<void> {
    this.isStopping = true;
    return this.enqueue(async () => {
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

  private enqueue(task: () => Promise<void>): Promise<void> {
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
      // Fails if the server process has already ended.
      this.log.warn(`cannot stop the server: ${String(error)}`);
    }
    this.changed.fire();
  }

  private async startNow(): Promise<void> {
    if (this.client !== undefined) return;
    this.isStopping = false;
    await this.updateContext("starting");
    const location = findServer(this.context);
    if (location === undefined) {
      this.log.error(`server not found; searched in ${searchedFolders(this.context).join(", ")}`);
      this.changed.fire();
      void this.offerHelp("Plansmith: server not found. Install the program plansmith or set plansmith.server.path.");
      return;
    }
    const { program, origin } = location;
    let version: string;
    try {
      version = await readVersion(program);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.error(`${reason} (from ${origin})`);
      this.changed.fire();
      void this.offerHelp(`Plansmith: cannot start the server: ${reason} (from ${origin})`);
      return;
    }
    this.log.info(`plansmith ${version}: ${program} (from ${origin})`);
    if (isOlder(version, MIN_SERVER_VERSION)) {
      void window.showWarningMessage(
        `Plansmith: the server ${program} has version ${version}, but this extension requires ${MIN_SERVER_VERSION} or later. Some commands do not work until you update the server.`,
      );
    }
    const client = new LanguageClient(
      "plansmith",
      "Plansmith",
      { command: program, args: ["server"] },
      {
        // Files and new documents only, not for example the `git:` documents of a diff.
        documentSelector: ["file", "untitled"].map((scheme) => ({ scheme, language: "markdown" })),
        initializationOptions: workspace.getConfiguration("plansmith"),
        middleware: {
          ...markdownMiddleware,
          workspace: {
            // A server that is about to stop does not need the setting that caused the stop.
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
      this.log.error(`cannot start the server ${program}: ${String(error)}`);
      this.changed.fire();
      void this.offerHelp(`Plansmith: cannot start the server ${program}: ${String(error)}`);
    }
  }

  /** Sets the context key `plansmith.server` to `starting`, `running` or `stopped`. Views and the walkthrough depend on it. */
  private async updateContext(state: "starting" | "running" | "stopped" = this.running ? "running" : "stopped"): Promise<void> {
    await commands.executeCommand("setContext", "plansmith.server", state);
  }

  /** Shows an error with buttons that help. Do not await it: it resolves only when the user closes the message. */
  private async offerHelp(message: string): Promise<void> {
    const [help, settings, log] = ["How to Install", "Open Settings", "Show Log"];
    const chosen = await window.showErrorMessage(message, help, settings, log);
    if (chosen === help) {
      const walkthrough = `${this.context.extension.id}#start`;
      await commands.executeCommand("workbench.action.openWalkthrough", walkthrough, false);
    } else if (chosen === settings) {
      await commands.executeCommand("workbench.action.openSettings", "plansmith.server.path");
    } else if (chosen === log) {
      this.showLog();
    }
  }
}

// The extension: finds the server, starts it, and hands commands on to it.

import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { commands, ExtensionContext, window, workspace } from "vscode";
import { ExecuteCommandRequest, LanguageClient } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand("plansmith.restartServer", restart),
    commands.registerCommand("plansmith.toggleTask", () => changeTasks("toggleTask", {})),
    commands.registerCommand("plansmith.cycleTask", () => changeTasks("cycleTask", {})),
    commands.registerCommand("plansmith.setState", setState),
    commands.registerCommand("plansmith.completeTask", () =>
      changeTasks("setState", { state: "done", keepBooks: true }),
    ),
    workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("plansmith.server.path")) await restart();
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function start(): Promise<void> {
  const command = findServer();
  if (command === undefined) {
    // Not awaited: the message may stand as long as the user likes.
    void explainMissingServer();
    return;
  }
  client = new LanguageClient(
    "plansmith",
    "Plansmith",
    { command, args: ["server"] },
    {
      documentSelector: [{ language: "markdown" }],
      initializationOptions: workspace.getConfiguration("plansmith"),
      synchronize: { configurationSection: "plansmith" },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    void window.showErrorMessage(`Plansmith: ${command} does not start: ${String(error)}`);
  }
}

async function explainMissingServer(): Promise<void> {
  const settings = "Open Settings";
  const chosen = await window.showErrorMessage(
    "Plansmith: there is no `plansmith` program on the PATH. Install it, or give its place in the setting plansmith.server.path or in the variable PLANSMITH_SERVER.",
    settings,
  );
  if (chosen === settings) await commands.executeCommand("workbench.action.openSettings", "plansmith.server.path");
}

async function restart(): Promise<void> {
  await client?.dispose();
  client = undefined;
  await start();
}

/** The setting, else the environment, else the path. */
function findServer(): string | undefined {
  const configured = workspace.getConfiguration("plansmith").get<string>("server.path") || process.env["PLANSMITH_SERVER"];
  if (configured) return configured;
  const names = process.platform === "win32" ? ["plansmith.exe"] : ["plansmith"];
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter(isAbsolute)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
}

async function setState(): Promise<void> {
  const states = ["open", "active", "blocked", "done", "deferred", "cancelled"];
  const state = await window.showQuickPick(states, { placeHolder: "The state of the selected tasks" });
  if (state !== undefined) await changeTasks("setState", { state });
}

/** Has the server change the tasks of the selections. */
async function changeTasks(command: string, options: Record<string, unknown>): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  if (client === undefined) return explainMissingServer();
  const converter = client.code2ProtocolConverter;
  await client.sendRequest(ExecuteCommandRequest.type, {
    command: `plansmith.server.${command}`,
    arguments: [
      {
        textDocument: converter.asTextDocumentIdentifier(editor.document),
        ranges: editor.selections.map((selection) => converter.asRange(selection)),
        ...options,
      },
    ],
  });
}

// Registration of commands, with one way to show their errors.

import { commands, Disposable, window } from "vscode";
import { ServerNotRunning } from "./server_api";

/** Registers the command `plansmith.NAME`. Errors of `run` are shown to the user. */
export function registerCommand(name: string, run: (argument: unknown) => unknown): Disposable {
  return commands.registerCommand(`plansmith.${name}`, async (argument: unknown) => {
    try {
      await run(argument);
    } catch (error) {
      void showError(error);
    }
  });
}

async function showError(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const start = "Start Server";
  const buttons = error instanceof ServerNotRunning ? [start] : [];
  const chosen = await window.showErrorMessage(`Plansmith: ${message}.`.replace(/\.\.$/, "."), ...buttons);
  if (chosen === start) await commands.executeCommand("plansmith.restartServer");
}

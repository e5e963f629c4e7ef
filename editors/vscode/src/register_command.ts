// Registration of commands, with one way to show their errors.

import { commands, Disposable, window } from "vscode";
import { ServerNotRunning } from "./server/api";

/**
 * Registers the command `plansmith.NAME`. In the menu of a view, its arguments are the node and all selected nodes. Errors of
 * `run` are shown to the user.
 */
export function registerCommand(name: string, run: (argument: unknown, selected: unknown) => unknown): Disposable {
  return commands.registerCommand(`plansmith.${name}`, async (argument: unknown, selected: unknown) => {
    try {
      await run(argument, selected);
    } catch (error) {
      void showError(error);
    }
  });
}

/** Shows an error, with a button that helps if there is one. */
export async function showError(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const start = "Start Server";
  const buttons = error instanceof ServerNotRunning ? [start] : [];
  const chosen = await window.showErrorMessage(`Plansmith: ${message}.`.replace(/\.\.$/, "."), ...buttons);
  if (chosen === start) await commands.executeCommand("plansmith.restartServer");
}

// Failures of commands, said once and in one way.

import { commands, Disposable, window } from "vscode";
import { NotRunning } from "./server_api";

/** Registers a command whose failure is told to the user. */
export function command(name: string, run: (argument: unknown) => unknown): Disposable {
  return commands.registerCommand(`plansmith.${name}`, async (argument: unknown) => {
    try {
      await run(argument);
    } catch (error) {
      void tell(error);
    }
  });
}

async function tell(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const start = "Start the Server";
  const offered = error instanceof NotRunning ? [start] : [];
  const chosen = await window.showErrorMessage(`Plansmith: ${message}.`.replace(/\.\.$/, "."), ...offered);
  if (chosen === start) await commands.executeCommand("plansmith.restartServer");
}

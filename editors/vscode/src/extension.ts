// The extension: what there is, and how it hangs together.

import { ExtensionContext, workspace } from "vscode";
import { registerCommands } from "./commands";
import { CurrentPlan } from "./current_plan";
import { registerNewPlan } from "./new_plan";
import { showPlans } from "./plans_view";
import { registerPreviews } from "./preview";
import { command } from "./report";
import { Server } from "./server";
import { ServerApi } from "./server_api";
import { showStatusBar } from "./status_bar";

let server: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const running = (server = new Server(context));
  const api = new ServerApi(running);
  const current = new CurrentPlan(running, api);
  context.subscriptions.push(
    running,
    current,
    showStatusBar(current),
    showPlans(running, api),
    registerPreviews(running, api),
    registerNewPlan(api),
    ...registerCommands(api),
    command("restartServer", () => running.restart()),
    command("stopServer", () => running.stop()),
    command("showOutput", () => running.showLog()),
    workspace.onDidChangeConfiguration((change) => {
      if (RESTARTING.some((setting) => change.affectsConfiguration(setting))) void running.restart();
    }),
    workspace.onDidGrantWorkspaceTrust(() => {
      // Only now a workspace's own choice of the server counts.
      if (workspace.getConfiguration("plansmith").inspect("server.path")?.workspaceValue) void running.restart();
    }),
  );
  await running.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** Settings that the server has to know when it starts; all others it learns while it runs. */
const RESTARTING = ["plansmith.server.path", "plansmith.diagnostics.scope"];

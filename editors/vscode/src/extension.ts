// Entry point of the extension: creates its parts and connects them.

import { ExtensionContext, workspace } from "vscode";
import { registerCommands } from "./commands";
import { CurrentPlan } from "./current_plan";
import { registerNewPlan } from "./new_plan";
import { registerPlansView } from "./plans_view";
import { registerPreviews } from "./preview";
import { registerCommand } from "./register_command";
import { Server } from "./server";
import { ServerApi } from "./server_api";
import { registerStatusBar } from "./status_bar";
import { registerSyntaxTrees } from "./syntax_tree";

let activeServer: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const server = (activeServer = new Server(context));
  const api = new ServerApi(server);
  const currentPlan = new CurrentPlan(server, api);
  context.subscriptions.push(
    server,
    currentPlan,
    registerStatusBar(currentPlan),
    registerPlansView(server, api),
    registerPreviews(server, api),
    registerSyntaxTrees(server, api),
    registerNewPlan(api),
    ...registerCommands(api),
    registerCommand("restartServer", () => server.restart()),
    registerCommand("stopServer", () => server.stop()),
    registerCommand("showOutput", () => server.showLog()),
    workspace.onDidChangeConfiguration((change) => {
      if (RESTART_SETTINGS.some((setting) => change.affectsConfiguration(setting))) void server.restart();
    }),
    workspace.onDidGrantWorkspaceTrust(() => {
      // VS Code ignores the workspace's own server path until the workspace is trusted.
      if (workspace.getConfiguration("plansmith").inspect("server.path")?.workspaceValue) void server.restart();
    }),
  );
  await server.start();
}

export async function deactivate(): Promise<void> {
  await activeServer?.stop();
}

/** Settings that require a restart of the server. All others take effect while it runs. */
const RESTART_SETTINGS = ["plansmith.server.path", "plansmith.diagnostics.scope"];

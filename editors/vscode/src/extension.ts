// Entry point of the extension: creates its parts and connects them.
//
// `server/` starts the server and has the interface to its commands; `views/` has the views of the activity bar; `diagrams/` and
// `board/` have the panels, and `webview/` the scripts that run in them.

import { ExtensionContext, workspace } from "vscode";
import { registerMcpServers } from "./agents/mcp";
import { registerTools } from "./agents/tools";
import { registerBoards } from "./board/board";
import { registerCommands } from "./commands";
import { CurrentPlan } from "./current_plan";
import { registerPreviews } from "./diagrams/preview";
import { registerNewPlan } from "./new_plan";
import { registerCommand } from "./register_command";
import { ServerApi } from "./server/api";
import { Server } from "./server/server";
import { registerStatusBar } from "./status_bar";
import { registerSyntaxTrees } from "./syntax_tree";
import { PlanChanges } from "./views/changes";
import { registerItemCommands } from "./views/item_commands";
import { registerPlansView } from "./views/plans_view";
import { registerReadyView } from "./views/ready_view";
import { registerRequirementsView } from "./views/requirements_view";

let activeServer: Server | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const server = (activeServer = new Server(context));
  const api = new ServerApi(server);
  const currentPlan = new CurrentPlan(server, api);
  const changes = new PlanChanges(server);
  // Started first: views wait for it before they report that no plans were found.
  const started = server.start();
  context.subscriptions.push(
    server,
    currentPlan,
    changes,
    registerStatusBar(currentPlan),
    registerPlansView(context, api, changes),
    registerReadyView(api, changes),
    registerRequirementsView(api, changes),
    registerItemCommands(api),
    registerPreviews(context, server, api),
    registerBoards(context, api, changes),
    registerSyntaxTrees(server, api),
    registerTools(api),
    registerMcpServers(context, server),
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
  await started;
}

export async function deactivate(): Promise<void> {
  await activeServer?.stop();
}

/** Settings that require a restart of the server. All others take effect while it runs. */
const RESTART_SETTINGS = ["plansmith.server.path", "plansmith.diagnostics.scope"];

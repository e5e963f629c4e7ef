// Offers the server's MCP server (`plansmith mcp`) to agents in the editor, one for each workspace folder.

import { Disposable, EventEmitter, ExtensionContext, lm, McpStdioServerDefinition, workspace } from "vscode";
import { findServer, readVersion } from "../server/location";
import { Server } from "../server/server";

export function registerMcpServers(context: ExtensionContext, server: Server): Disposable {
  const changed = new EventEmitter<void>();
  return Disposable.from(
    changed,
    server.onDidChange(() => changed.fire()),
    workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("plansmith.mcp.enable")) changed.fire();
    }),
    lm.registerMcpServerDefinitionProvider("plansmith", {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: async () => {
        const location = findServer(context);
        // The tools of the extension do the same, so the MCP server is off by default.
        if (location === undefined || !workspace.getConfiguration("plansmith").get("mcp.enable")) return [];
        const version = await readVersion(location.program);
        const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
        return folders.map(({ name, uri }) => {
          const label = folders.length > 1 ? `Plansmith (${name})` : "Plansmith";
          const definition = new McpStdioServerDefinition(label, location.program, ["mcp", "--write"], {}, version);
          definition.cwd = uri;
          return definition;
        });
      },
    }),
  );
}

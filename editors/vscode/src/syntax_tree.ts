// Syntax trees of Markdown documents next to their text, as read-only documents that follow edits.

import { Disposable, EventEmitter, Uri, ViewColumn, window, workspace } from "vscode";
import { activeMarkdown } from "./current_plan";
import { debounced } from "./debounce";
import { registerCommand } from "./register_command";
import { Server } from "./server/server";
import { ServerApi, ServerNotRunning } from "./server/api";

const SCHEME = "plansmith-syntax-tree";

export function registerSyntaxTrees(server: Server, api: ServerApi): Disposable {
  const changed = new EventEmitter<Uri>();
  const refreshSoon = debounced(() => {
    for (const { uri } of workspace.textDocuments) if (uri.scheme === SCHEME) changed.fire(uri);
  }, 200);
  const show = async (): Promise<void> => {
    const uri = activeMarkdown()?.uri;
    if (uri === undefined) throw new Error("open a Markdown document first");
    if (!api.isRunning) throw new ServerNotRunning();
    // The path is the title of the editor; the query is the document of the tree.
    const tree = Uri.from({ scheme: SCHEME, path: `${uri.path}.syntax-tree`, query: uri.toString() });
    const document = await workspace.openTextDocument(tree);
    await window.showTextDocument(document, { viewColumn: ViewColumn.Beside, preserveFocus: true, preview: false });
  };
  const provider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async (uri: Uri): Promise<string> =>
      api.isRunning ? indented((await api.syntaxTree(Uri.parse(uri.query))) ?? "") : "",
  };
  return Disposable.from(
    changed,
    refreshSoon,
    workspace.registerTextDocumentContentProvider(SCHEME, provider),
    registerCommand("showSyntaxTree", show),
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (document.uri.scheme !== SCHEME && contentChanges.length > 0) refreshSoon();
    }),
    server.onDidChange(refreshSoon),
  );
}

/** Converts `(name start end child...)` to one indented line per node. */
function indented(tree: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const [, name, start, end, closing] of tree.matchAll(/\((\S+) (\d+) (\d+)(\)*)/g)) {
    lines.push(`${"  ".repeat(depth)}${name} [${start}, ${end}]`);
    depth += 1 - (closing?.length ?? 0);
  }
  return lines.join("\n");
}

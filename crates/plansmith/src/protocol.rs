//! What of the Language Server Protocol the server speaks: the list behind `docs/protocol.md`. Tests hold it against the
//! real server and the protocol's meta model.

/// A message of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name in the protocol.
    pub name: &'static str,
    /// Who sends it.
    pub from: Sent,
    /// What it does with plans, or under which condition it is sent.
    pub says: &'static str,
}

/// Who sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A request of the client.
    Client,
    /// A notification of the client.
    ClientTold,
    /// A request of the server.
    Server,
    /// A notification of the server.
    ServerTold,
}

use Sent::{Client, ClientTold, Server, ServerTold};

const fn method(name: &'static str, from: Sent, says: &'static str) -> Method {
    Method { name, from, says }
}

/// All of them, in the order of the specification.
pub const METHODS: &[Method] = &[
    method("initialize", Client, "positions in UTF-8, UTF-16 or UTF-32, as the client offers"),
    method("initialized", ClientTold, "registers watchers and settings, begins to read the workspace"),
    method("shutdown", Client, ""),
    method("exit", ClientTold, "code 0 after `shutdown`, else 1"),
    method("$/cancelRequest", ClientTold, "at once, for every request"),
    method("$/progress", ServerTold, "while the workspace is read"),
    method("window/workDoneProgress/create", Server, "where the client shows progress"),
    method("window/workDoneProgress/cancel", ClientTold, "stops reading the workspace"),
    method("client/registerCapability", Server, "watchers, settings, formatting"),
    method("client/unregisterCapability", Server, "formatting, when settings turn it off"),
    method("textDocument/didOpen", ClientTold, ""),
    method("textDocument/didChange", ClientTold, "incremental"),
    method("textDocument/didClose", ClientTold, ""),
    method(
        "textDocument/definition",
        Client,
        "numbers, headings, milestones, bars, links, paths with lines; as links where the client takes them",
    ),
    method("textDocument/typeDefinition", Client, "the line of the template that asked for it"),
    method("textDocument/references", Client, "across documents"),
    method("textDocument/prepareCallHierarchy", Client, "a phase or task"),
    method("callHierarchy/incomingCalls", Client, "those that wait for it"),
    method("callHierarchy/outgoingCalls", Client, "those that it waits for"),
    method("textDocument/documentHighlight", Client, ""),
    method("textDocument/documentLink", Client, "links and paths in backticks that lead somewhere"),
    method("documentLink/resolve", Client, "title, status and progress of what a link leads to"),
    method("textDocument/hover", Client, "Markdown or plain text"),
    method("textDocument/codeLens", Client, ""),
    method("textDocument/foldingRange", Client, "phases that are done fold as regions"),
    method("textDocument/selectionRange", Client, ""),
    method("textDocument/documentSymbol", Client, "as a tree, or flat"),
    method("textDocument/semanticTokens/full", Client, "ids, references, cancelled items, placeholders"),
    method("textDocument/semanticTokens/range", Client, ""),
    method("textDocument/inlayHint", Client, ""),
    method("textDocument/completion", Client, "snippets where the client takes them"),
    method("completionItem/resolve", Client, "documentation"),
    method(
        "textDocument/publishDiagnostics",
        ServerTold,
        "where the client does not pull; always for settings and templates",
    ),
    method("textDocument/diagnostic", Client, "with result ids"),
    method(
        "workspace/diagnostic",
        Client,
        "with `plansmith.diagnostics.scope` set to `workspace`; a long poll",
    ),
    method("workspace/diagnostic/refresh", Server, "where the client can"),
    method("textDocument/codeAction", Client, ""),
    method("codeAction/resolve", Client, "edits that take several readings"),
    method("textDocument/formatting", Client, "with `plansmith.format.enable`"),
    method("textDocument/rangeFormatting", Client, "with `plansmith.format.enable`"),
    method("textDocument/onTypeFormatting", Client, "with `plansmith.onType.enable`"),
    method("textDocument/prepareRename", Client, ""),
    method(
        "textDocument/rename",
        Client,
        "numbers, names, people, milestones, headings, with all that refers to them",
    ),
    method("workspace/symbol", Client, "plans, headings, phases and tasks of all files"),
    method("workspaceSymbol/resolve", Client, "the range, where the client can ask for it"),
    method("workspace/configuration", Server, "the section `plansmith`"),
    method("workspace/didChangeConfiguration", ClientTold, ""),
    method("workspace/didChangeWorkspaceFolders", ClientTold, ""),
    method("workspace/didChangeWatchedFiles", ClientTold, "without it the server watches by itself"),
    method("workspace/willRenameFiles", Client, "links follow"),
    method("workspace/didRenameFiles", ClientTold, ""),
    method("workspace/didCreateFiles", ClientTold, "offers a template for an empty file among plans"),
    method("workspace/willDeleteFiles", Client, "what links to a file that goes"),
    method("workspace/didDeleteFiles", ClientTold, ""),
    method("workspace/executeCommand", Client, "see [editing](editing.md#for-keybindings)"),
    method("workspace/applyEdit", Server, "what commands change, with versions"),
    method("workspace/inlayHint/refresh", Server, "when settings or another file change what is shown"),
    method("workspace/codeLens/refresh", Server, "the same"),
    method("workspace/semanticTokens/refresh", Server, "the same"),
    method("window/showDocument", Server, "for commands with `show`"),
    method("window/showMessage", ServerTold, "wrong settings, files that are left out"),
    method("window/showMessageRequest", Server, "asks whether an empty file shall become a plan"),
];

/// The page that lists them.
pub fn page() -> String {
    let mut page = String::from(
        "# Protocol\n\nWhat of the [Language Server Protocol 3.17](https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/) the server speaks. Every message of the server in the tests is checked against the protocol's meta model.\n",
    );
    let parts = [
        (Client, "Requests of the client"),
        (ClientTold, "Notifications of the client"),
        (Server, "Requests of the server"),
        (ServerTold, "Notifications of the server"),
    ];
    for (from, title) in parts {
        page.push_str(&format!("\n## {title}\n\n| message | |\n| --- | --- |\n"));
        for method in METHODS.iter().filter(|method| method.from == from) {
            page.push_str(&format!("| `{}` | {} |\n", method.name, method.says));
        }
    }
    page
}

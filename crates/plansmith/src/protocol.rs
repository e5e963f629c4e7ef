//! The methods of the Language Server Protocol that the server supports: the source of `docs/protocol.md`. Tests compare
//! the list with the running server and the protocol's meta model.

/// A method of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Name in the protocol.
    pub name: &'static str,
    /// Sender, and whether the method has a response.
    pub kind: MessageKind,
    /// Effect of the message, or the condition under which it is sent. May be empty.
    pub description: &'static str,
}

/// Sender of a message, and whether it has a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// A request from the client.
    ClientRequest,
    /// A notification from the client.
    ClientNotification,
    /// A request from the server.
    ServerRequest,
    /// A notification from the server.
    ServerNotification,
}

use MessageKind::{ClientNotification, ClientRequest, ServerNotification, ServerRequest};

const fn method(name: &'static str, kind: MessageKind, description: &'static str) -> Method {
    Method { name, kind, description }
}

/// All supported methods, in the order of the specification.
pub const METHODS: &[Method] = &[
    method("initialize", ClientRequest, "positions in UTF-8, UTF-16 or UTF-32, depending on the client"),
    method(
        "initialized",
        ClientNotification,
        "registers watchers and settings, starts indexing the workspace",
    ),
    method("shutdown", ClientRequest, ""),
    method("exit", ClientNotification, "exit code 0 after `shutdown`, otherwise 1"),
    method("$/cancelRequest", ClientNotification, "takes effect immediately, for all requests"),
    method("$/progress", ServerNotification, "while the workspace is indexed"),
    method("window/workDoneProgress/create", ServerRequest, "if the client supports work done progress"),
    method("window/workDoneProgress/cancel", ClientNotification, "stops indexing the workspace"),
    method(
        "client/registerCapability",
        ServerRequest,
        "registers file watchers, settings changes and formatting",
    ),
    method("client/unregisterCapability", ServerRequest, "unregisters formatting when settings disable it"),
    method("textDocument/didOpen", ClientNotification, ""),
    method("textDocument/didChange", ClientNotification, "incremental"),
    method("textDocument/didClose", ClientNotification, ""),
    method(
        "textDocument/didSave",
        ClientNotification,
        "allows commands such as `plansmith set` to change the file again",
    ),
    method(
        "textDocument/definition",
        ClientRequest,
        "task IDs, headings, requirements, milestones, Gantt tasks, links, paths with line numbers; as location links if the client supports them",
    ),
    method("textDocument/typeDefinition", ClientRequest, "the template line for a heading, field or cell"),
    method("textDocument/references", ClientRequest, "across documents"),
    method("textDocument/prepareCallHierarchy", ClientRequest, "a phase or task"),
    method("callHierarchy/incomingCalls", ClientRequest, "dependents of a phase or task"),
    method("callHierarchy/outgoingCalls", ClientRequest, "dependencies of a phase or task"),
    method("textDocument/documentHighlight", ClientRequest, ""),
    method("textDocument/documentLink", ClientRequest, "links, and paths in backticks if the file exists"),
    method("documentLink/resolve", ClientRequest, "title, status and progress of the target"),
    method("textDocument/hover", ClientRequest, "Markdown or plain text"),
    method("textDocument/codeLens", ClientRequest, ""),
    method("textDocument/foldingRange", ClientRequest, "done phases fold as regions"),
    method("textDocument/selectionRange", ClientRequest, ""),
    method("textDocument/documentSymbol", ClientRequest, "as a tree or a list"),
    method(
        "textDocument/semanticTokens/full",
        ClientRequest,
        "IDs, references, placeholders, titles of done, blocked and cancelled tasks",
    ),
    method("textDocument/semanticTokens/range", ClientRequest, ""),
    method("textDocument/inlayHint", ClientRequest, ""),
    method("textDocument/completion", ClientRequest, "snippets if the client supports them"),
    method("completionItem/resolve", ClientRequest, "documentation"),
    method(
        "textDocument/publishDiagnostics",
        ServerNotification,
        "if the client does not pull diagnostics; always for settings files and profiles",
    ),
    method("textDocument/diagnostic", ClientRequest, "with result IDs"),
    method(
        "workspace/diagnostic",
        ClientRequest,
        "if `plansmith.diagnostics.scope` is `workspace`; long polling",
    ),
    method("workspace/diagnostic/refresh", ServerRequest, "if the client supports it"),
    method("textDocument/codeAction", ClientRequest, ""),
    method("codeAction/resolve", ClientRequest, "computes expensive edits when the user selects an action"),
    method("textDocument/formatting", ClientRequest, "if `plansmith.format.enable` is set"),
    method("textDocument/rangeFormatting", ClientRequest, "if `plansmith.format.enable` is set"),
    method("textDocument/onTypeFormatting", ClientRequest, "if `plansmith.onType.enable` is set"),
    method("textDocument/prepareRename", ClientRequest, ""),
    method(
        "textDocument/rename",
        ClientRequest,
        "task IDs, names, people, milestones, headings and requirements, with all references",
    ),
    method("workspace/symbol", ClientRequest, "plans, headings, phases, tasks and requirements of all files"),
    method("workspaceSymbol/resolve", ClientRequest, "computes the range, if the client supports it"),
    method("workspace/configuration", ServerRequest, "requests the section `plansmith`"),
    method("workspace/didChangeConfiguration", ClientNotification, ""),
    method("workspace/didChangeWorkspaceFolders", ClientNotification, ""),
    method(
        "workspace/didChangeWatchedFiles",
        ClientNotification,
        "if the client reports file changes; otherwise the server watches files",
    ),
    method("workspace/willRenameFiles", ClientRequest, "updates links to renamed files"),
    method("workspace/didRenameFiles", ClientNotification, ""),
    method(
        "workspace/didCreateFiles",
        ClientNotification,
        "offers a template for an empty file next to plans",
    ),
    method("workspace/willDeleteFiles", ClientRequest, "replaces links to a deleted file with their text"),
    method("workspace/didDeleteFiles", ClientNotification, ""),
    method("workspace/executeCommand", ClientRequest, "see [editing](editing.md#for-keybindings)"),
    method("workspace/applyEdit", ServerRequest, "edits of commands, with document versions"),
    method(
        "workspace/inlayHint/refresh",
        ServerRequest,
        "after changes to settings or other files that affect hints",
    ),
    method(
        "workspace/codeLens/refresh",
        ServerRequest,
        "after changes to settings or other files that affect lenses",
    ),
    method(
        "workspace/semanticTokens/refresh",
        ServerRequest,
        "after changes to settings or other files that affect tokens",
    ),
    method("window/showDocument", ServerRequest, "for commands with `show`"),
    method("window/showMessage", ServerNotification, "reports invalid settings and skipped files"),
    method("window/showMessageRequest", ServerRequest, "offers to fill an empty file from a template"),
];

/// Section of the page about requests that are not part of the protocol.
const EXTENSION_REQUESTS: &str = r##"
## Extensions

### `plansmith/syntaxTree`

Returns the Markdown syntax tree of an open document, whether it is a plan or not. The tree includes all edits sent before the request.

| parameter | type | meaning |
| --- | --- | --- |
| `textDocument` | `TextDocumentIdentifier` | the document |
| `range` | `Range`, optional | only nodes that touch this range are returned |

The result is `{version, tree}`, or `null` if the document is not open. `version` is the version of the document. `tree` is a string: each node is written as `(name start end child...)`, with byte offsets (UTF-8) in the document. For `# A *b*` followed by a newline, it is:

```text
(document 0 8 (section 0 8 (atx_heading 0 8 (atx_h1_marker 0 1) (inline 2 7 (emphasis 4 7 (emphasis_delimiter 4 5) (emphasis_delimiter 6 7))))))
```

The node names come from [tree-sitter's Markdown grammars](https://github.com/tree-sitter-grammars/tree-sitter-markdown). Inline nodes are children of their block. The tree has one `section` for each part of the document from one ATX heading to the next; sections are not nested. Line prefixes in block quotes and lists (`block_continuation`) are omitted. HTML blocks, link reference definitions and checkboxes come from Plansmith's own parser. A part of more than 2 MiB without such a heading has no nodes. Inline content of more than 4 KiB has no child nodes.

`plansmith inspect --syntax-tree FILE` prints the same tree.
"##;

/// Returns the page `docs/protocol.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Protocol\n\nThis page lists the methods of the [Language Server Protocol 3.17](https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/) that the server supports. The tests check every message of the server against the meta model of the protocol.\n",
    );
    let parts = [
        (ClientRequest, "Requests from the client"),
        (ClientNotification, "Notifications from the client"),
        (ServerRequest, "Requests from the server"),
        (ServerNotification, "Notifications from the server"),
    ];
    for (kind, title) in parts {
        page.push_str(&format!("\n## {title}\n\n| method | notes |\n| --- | --- |\n"));
        for method in METHODS.iter().filter(|method| method.kind == kind) {
            page.push_str(&format!("| `{}` | {} |\n", method.name, method.description));
        }
    }
    page.push_str(EXTENSION_REQUESTS);
    page
}

// Collects what VS Code shows for a document from all extensions, to compare it with and without Plansmith.

/** Returns the results of all features that could be duplicated, as a list of texts per feature. */
exports.observe = async (vscode, document) => {
  const { uri } = document;
  const request = async (provider, ...args) => (await vscode.commands.executeCommand(`vscode.execute${provider}Provider`, uri, ...args)) ?? [];
  const rangeText = ({ start, end }) => `${start.line}:${start.character}-${end.line}:${end.character}`;

  const symbols = (list) => list.flatMap((symbol) => [`${name(symbol.name)} at ${symbol.range.start.line} ${symbol.detail ?? ""}`, ...symbols(symbol.children ?? [])]);
  const folds = (await request("FoldingRange")).map(({ start }) => `from ${start}`);
  const links = (await request("Link")).map(({ range }) => rangeText(range));
  const hovers = [];
  const definitions = [];
  const references = [];
  for (const { position, label } of linkPositions(vscode, document)) {
    hovers.push(...(await request("Hover", position)).map((hover) => `${label}: ${text(hover)}`));
    definitions.push(...(await request("Definition", position)).map((target) => `${label}: ${target.targetUri ?? target.uri} ${(target.targetRange ?? target.range).start.line}`));
    references.push(...(await request("Reference", position)).map((location) => `${label}: ${location.uri} ${rangeText(location.range)}`));
  }
  return {
    outline: symbols(await request("DocumentSymbol")),
    folding: folds,
    links,
    hovers,
    definitions,
    references,
    completion: await completions(vscode, document),
  };
};

/** Returns the values that occur more than once. */
exports.duplicates = (list) => [...new Set(list.filter((value, index) => list.indexOf(value) !== index))];

/** Removes the `#` characters of VS Code's outline, so that `## Tasks` equals `Tasks`. */
function name(text) {
  return text.replace(/^#+ /, "");
}

function text({ contents }) {
  return contents.map((content) => content.value ?? content).join(" ");
}

/** Returns a position inside every link and heading. */
function linkPositions(vscode, document) {
  const positions = [];
  for (let line = 0; line < document.lineCount; line++) {
    const { text } = document.lineAt(line);
    for (const { index, 1: target } of text.matchAll(/\]\(([^)]+)\)/g)) {
      positions.push({ position: new vscode.Position(line, index + 4), label: `${line} ${target}` });
    }
    if (/^#+ /.test(text)) positions.push({ position: new vscode.Position(line, text.length - 2), label: `${line} heading` });
  }
  return positions;
}

/** Returns the completion items for a link that is typed at the end of the document. */
async function completions(vscode, document) {
  const labels = [];
  for (const typed of ["[a](", "[a](#", "[a](first.md#"]) {
    const at = document.lineAt(document.lineCount - 1).range.end;
    const insert = new vscode.WorkspaceEdit();
    insert.insert(document.uri, at, `\n\n${typed}`);
    await vscode.workspace.applyEdit(insert);
    const end = document.lineAt(document.lineCount - 1).range.end;
    const list = await vscode.commands.executeCommand("vscode.executeCompletionItemProvider", document.uri, end, typed.at(-1));
    // Excludes word-based suggestions, which are not Markdown features.
    const items = list.items.filter(({ kind }) => kind !== vscode.CompletionItemKind.Text);
    labels.push(...items.map(({ label }) => `${typed} ${label.label ?? label}`));
    await vscode.commands.executeCommand("undo");
  }
  return labels;
}

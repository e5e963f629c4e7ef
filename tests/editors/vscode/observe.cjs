// What VS Code shows of a document, whoever it comes from: for comparing with and without Plansmith.

/** Everything that could show twice, each feature as a list of texts. */
exports.observe = async (vscode, document) => {
  const { uri } = document;
  const ask = async (provider, ...args) => (await vscode.commands.executeCommand(`vscode.execute${provider}Provider`, uri, ...args)) ?? [];
  const place = ({ start, end }) => `${start.line}:${start.character}-${end.line}:${end.character}`;

  const symbols = (list) => list.flatMap((symbol) => [`${name(symbol.name)} at ${symbol.range.start.line} ${symbol.detail ?? ""}`, ...symbols(symbol.children ?? [])]);
  const folds = (await ask("FoldingRange")).map(({ start }) => `from ${start}`);
  const links = (await ask("Link")).map(({ range }) => place(range));
  const hovers = [];
  const definitions = [];
  const references = [];
  for (const { at, where } of linkPlaces(vscode, document)) {
    hovers.push(...(await ask("Hover", at)).map((hover) => `${where}: ${text(hover)}`));
    definitions.push(...(await ask("Definition", at)).map((found) => `${where}: ${found.targetUri ?? found.uri} ${(found.targetRange ?? found.range).start.line}`));
    references.push(...(await ask("Reference", at)).map((found) => `${where}: ${found.uri} ${place(found.range)}`));
  }
  return {
    outline: symbols(await ask("DocumentSymbol")),
    folding: folds,
    links,
    hovers,
    definitions,
    references,
    completion: await completions(vscode, document),
  };
};

/** Those that are there more than once. */
exports.repeated = (list) => [...new Set(list.filter((one, index) => list.indexOf(one) !== index))];

/** VS Code's own outline says `## Tasks`; for a reader it is the same as `Tasks`. */
function name(text) {
  return text.replace(/^#+ /, "");
}

function text({ contents }) {
  return contents.map((content) => content.value ?? content).join(" ");
}

/** The middle of every link and heading. */
function linkPlaces(vscode, document) {
  const places = [];
  for (let line = 0; line < document.lineCount; line++) {
    const { text } = document.lineAt(line);
    for (const { index, 1: target } of text.matchAll(/\]\(([^)]+)\)/g)) {
      places.push({ at: new vscode.Position(line, index + 4), where: `${line} ${target}` });
    }
    if (/^#+ /.test(text)) places.push({ at: new vscode.Position(line, text.length - 2), where: `${line} heading` });
  }
  return places;
}

/** What is offered while a link is written at the end of the document. */
async function completions(vscode, document) {
  const offered = [];
  for (const begun of ["[a](", "[a](#", "[a](first.md#"]) {
    const at = document.lineAt(document.lineCount - 1).range.end;
    const insert = new vscode.WorkspaceEdit();
    insert.insert(document.uri, at, `\n\n${begun}`);
    await vscode.workspace.applyEdit(insert);
    const end = document.lineAt(document.lineCount - 1).range.end;
    const list = await vscode.commands.executeCommand("vscode.executeCompletionItemProvider", document.uri, end, begun.at(-1));
    // What is gathered from the words of the text belongs to nobody's Markdown features.
    const items = list.items.filter(({ kind }) => kind !== vscode.CompletionItemKind.Text);
    offered.push(...items.map(({ label }) => `${begun} ${label.label ?? label}`));
    await vscode.commands.executeCommand("undo");
  }
  return offered;
}

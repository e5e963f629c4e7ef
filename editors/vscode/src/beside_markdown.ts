// What is left out because VS Code's own Markdown features say it already. Whoever switches them off sets
// `plansmith.markdown`, and then everything of ours is shown.

import { Definition, DefinitionLink, DocumentSymbol, Position, SymbolInformation, SymbolKind, TextDocument, workspace } from "vscode";
import { Middleware } from "vscode-languageclient/node";

export const besideMarkdown: Middleware = {
  async provideDocumentSymbols(document, token, next) {
    const symbols = await next(document, token);
    if (!isBeside() || !symbols) return symbols;
    return isTree(symbols) ? symbols.flatMap(withoutBareHeadings) : symbols;
  },

  async provideDefinition(document, position, token, next) {
    const found = await next(document, position, token);
    return isBeside() && found && isHeading(document, position) ? elsewhere(found, document, position) : found;
  },
};

function isBeside(): boolean {
  return workspace.getConfiguration("plansmith").get("markdown") === "off";
}

function isTree(symbols: readonly (DocumentSymbol | SymbolInformation)[]): symbols is DocumentSymbol[] {
  return symbols.every((symbol) => "children" in symbol);
}

/** VS Code's outline lists headings: ours keeps those that tell progress, and what is below the others. */
function withoutBareHeadings(symbol: DocumentSymbol): DocumentSymbol[] {
  symbol.children = symbol.children.flatMap(withoutBareHeadings);
  const isBare = symbol.detail === "" && (symbol.kind === SymbolKind.String || symbol.kind === SymbolKind.File);
  return isBare ? symbol.children : [symbol];
}

function isHeading(document: TextDocument, position: Position): boolean {
  return /^ {0,3}#{1,6}\s/.test(document.lineAt(position).text);
}

/** A heading leads to itself in VS Code; we only add what it leads to besides. */
function elsewhere(found: Definition | DefinitionLink[], document: TextDocument, position: Position): DefinitionLink[] | Definition {
  const list: (DefinitionLink | Exclude<Definition, unknown[]>)[] = Array.isArray(found) ? found : [found];
  const others = list.filter((one) => {
    const [uri, range] = "targetUri" in one ? [one.targetUri, one.targetRange] : [one.uri, one.range];
    return uri.toString() !== document.uri.toString() || range.start.line !== position.line;
  });
  return others as DefinitionLink[];
}

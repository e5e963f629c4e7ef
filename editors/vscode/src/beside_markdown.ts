// What is left out because VS Code's own Markdown features say it already. Whoever switches them off sets
// `plansmith.markdown`, and then everything of ours is shown.

import {
  Definition,
  DefinitionLink,
  Diagnostic,
  DocumentSymbol,
  Position,
  SymbolInformation,
  SymbolKind,
  TextDocument,
  Uri,
  workspace,
} from "vscode";
import { Middleware, vsdiag } from "vscode-languageclient/node";

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

  async provideDiagnostics(document, previousResultId, token, next) {
    const report = await next(document, previousResultId, token);
    if (!isBeside() || !isValidated(document) || report?.kind !== vsdiag.DocumentDiagnosticReportKind.full) return report;
    return { ...report, items: report.items.filter((item) => !VALIDATED.includes(codeOf(item))) };
  },
};

/** The rules on what VS Code checks too, if its `markdown.validate.enabled` is on. */
const VALIDATED = ["broken-link", "broken-anchor"];

function isValidated(document: TextDocument | Uri): boolean {
  return workspace.getConfiguration("markdown", document).get("validate.enabled") === true;
}

function codeOf({ code }: Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}

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

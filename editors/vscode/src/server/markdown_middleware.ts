// Removes results that VS Code's own Markdown features also provide. Applies only while `plansmith.markdown` is "off", the
// default in VS Code; with any other value, everything that the server returns is shown.

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

export const markdownMiddleware: Middleware = {
  async provideDocumentSymbols(document, token, next) {
    const symbols = await next(document, token);
    if (!isEnabled() || !symbols) return symbols;
    return isTree(symbols) ? symbols.flatMap(withoutPlainHeadings) : symbols;
  },

  async provideDefinition(document, position, token, next) {
    const result = await next(document, position, token);
    return isEnabled() && result && isHeading(document, position) ? withoutLine(result, document, position) : result;
  },

  async provideDiagnostics(document, previousResultId, token, next) {
    const report = await next(document, previousResultId, token);
    if (!isEnabled() || !isValidated(document) || report?.kind !== vsdiag.DocumentDiagnosticReportKind.full) return report;
    return { ...report, items: report.items.filter((item) => !VALIDATED.includes(codeOf(item))) };
  },
};

/** Rules whose problems VS Code reports as well if `markdown.validate.enabled` is on. */
const VALIDATED = ["broken-link", "broken-anchor"];

function isValidated(document: TextDocument | Uri): boolean {
  return workspace.getConfiguration("markdown", document).get("validate.enabled") === true;
}

function codeOf({ code }: Diagnostic): string {
  return String(typeof code === "object" ? code.value : code);
}

function isEnabled(): boolean {
  return workspace.getConfiguration("plansmith").get("markdown") === "off";
}

function isTree(symbols: readonly (DocumentSymbol | SymbolInformation)[]): symbols is DocumentSymbol[] {
  return symbols.every((symbol) => "children" in symbol);
}

/** Replaces headings without progress, which VS Code's outline already lists, with their children. */
function withoutPlainHeadings(symbol: DocumentSymbol): DocumentSymbol[] {
  symbol.children = symbol.children.flatMap(withoutPlainHeadings);
  const isPlain = symbol.detail === "" && (symbol.kind === SymbolKind.String || symbol.kind === SymbolKind.File);
  return isPlain ? symbol.children : [symbol];
}

function isHeading(document: TextDocument, position: Position): boolean {
  return /^ {0,3}#{1,6}\s/.test(document.lineAt(position).text);
}

/** Removes the definition in the line of `position`: VS Code already returns a heading as its own definition. */
function withoutLine(result: Definition | DefinitionLink[], document: TextDocument, position: Position): DefinitionLink[] | Definition {
  const definitions: (DefinitionLink | Exclude<Definition, unknown[]>)[] = Array.isArray(result) ? result : [result];
  const others = definitions.filter((definition) => {
    const [uri, range] =
      "targetUri" in definition ? [definition.targetUri, definition.targetRange] : [definition.uri, definition.range];
    return uri.toString() !== document.uri.toString() || range.start.line !== position.line;
  });
  return others as DefinitionLink[];
}

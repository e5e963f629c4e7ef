// Pages of webviews, with a strict content security policy: one script of the extension, one style sheet.

import { randomBytes } from "node:crypto";
import { ExtensionContext, Uri, Webview } from "vscode";

export interface Page {
  /** Name of the script in `src/webview`. */
  script: string;
  style: string;
  title: string;
  /** HTML of the body. */
  body: string;
  /** State that the script keeps for the next session (`window.registerWebviewPanelSerializer`). */
  state: object;
}

/** Returns the HTML of a webview. */
export function webviewPage(context: ExtensionContext, webview: Webview, { script, style, title, body, state }: Page): string {
  const nonce = randomBytes(16).toString("hex");
  const source = webview.asWebviewUri(Uri.joinPath(context.extensionUri, "out", `${script}.js`)).toString();
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body data-state="${escaped(JSON.stringify(state))}">${body}<script nonce="${nonce}" src="${escaped(source)}"></script></body>
</html>`;
}

/** Returns the URI of a menu command's argument: a file, or a node of a view. */
export function uriOfTarget(target: unknown): Uri | undefined {
  if (target instanceof Uri) return target;
  const uri = (target as { uri?: unknown } | undefined)?.uri;
  return uri instanceof Uri ? uri : undefined;
}

/** Returns a text escaped for HTML, including attribute values. */
export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

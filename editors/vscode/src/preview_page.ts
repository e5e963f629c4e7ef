// The page of a preview: one drawing, nothing that runs, nothing from elsewhere.

import { randomBytes } from "node:crypto";

const STYLE = `
  body { margin: 0; padding: 16px; color: var(--vscode-editor-foreground); background: var(--vscode-editor-background); }
  svg { max-width: none; height: auto; }
  pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
`;

/** A page with an SVG. It may bring a style sheet of its own, and nothing else. */
export function page(svg: string): string {
  const nonce = randomBytes(16).toString("hex");
  return html(nonce, svg.replace(/^\s*<\?xml[^>]*\?>/, "").replace(/<style\b/g, `<style nonce="${nonce}"`));
}

/** A page that says why there is no drawing, and shows its source if there is one. */
export function explained(reason: string, source?: string): string {
  const nonce = randomBytes(16).toString("hex");
  return html(nonce, `<p>${escaped(reason)}</p>${source === undefined ? "" : `<pre>${escaped(source)}</pre>`}`);
}

function html(nonce: string, body: string): string {
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>${body}</body>
</html>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

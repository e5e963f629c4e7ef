// HTML of a preview: one diagram, without scripts and external resources.

import { randomBytes } from "node:crypto";

/** CSS variables of the server's diagrams (`diagram.css`), set to the colors of the VS Code theme. */
const THEME = {
  ground: "var(--vscode-editor-background)",
  text: "var(--vscode-editor-foreground)",
  dim: "var(--vscode-descriptionForeground)",
  group: blended("editor-foreground", 5),
  line: blended("editor-foreground", 25),
  edge: "var(--vscode-descriptionForeground)",
  critical: "var(--vscode-errorForeground)",
  today: "var(--vscode-charts-purple)",
  open: "var(--vscode-editor-background)",
  "open-line": "var(--vscode-descriptionForeground)",
  ...state("active", "charts-blue"),
  ...state("blocked", "charts-red"),
  ...state("done", "charts-green"),
  ...state("deferred", "charts-orange"),
  ...state("cancelled", "descriptionForeground"),
};

const STYLE = `
  svg.plan-diagram { ${Object.entries(THEME)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ")} }
  body { margin: 0; padding: 16px; color: var(--vscode-editor-foreground); background: var(--vscode-editor-background); }
  svg { max-width: none; height: auto; }
  .fit-width svg { width: 100%; }
  pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
`;

/** Returns a page with an SVG. The content security policy allows only the style sheets in the page. */
export function diagramPage(svg: string, fitsToWidth: boolean): string {
  const nonce = randomBytes(16).toString("hex");
  const inline = svg.replace(/^\s*<\?xml[^>]*\?>/, "").replace(/<style\b/g, `<style nonce="${nonce}"`);
  return html(nonce, fitsToWidth ? `<div class="fit-width">${inline}</div>` : inline);
}

/** Returns a page with the reason why no diagram is shown, and the Mermaid source if available. */
export function errorPage(reason: string, source?: string): string {
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

/** Returns a theme color blended with the background, so that text on it is readable. */
function blended(color: string, percent: number): string {
  return `color-mix(in srgb, var(--vscode-${color}) ${percent}%, var(--vscode-editor-background))`;
}

/** Returns the fill and line colors of a state. */
function state(name: string, color: string): Record<string, string> {
  return { [name]: blended(color, 20), [`${name}-line`]: `var(--vscode-${color})` };
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

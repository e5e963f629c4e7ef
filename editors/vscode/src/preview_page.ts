// The page of a preview: one drawing, nothing that runs, nothing from elsewhere.

import { randomBytes } from "node:crypto";

/** The variables of the server's pictures (`picture.css`), which know only light and dark, in the colours of the theme. */
const THEME = {
  ground: "var(--vscode-editor-background)",
  text: "var(--vscode-editor-foreground)",
  dim: "var(--vscode-descriptionForeground)",
  group: mixed("editor-foreground", 5),
  line: mixed("editor-foreground", 25),
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
  svg.plan-picture { ${Object.entries(THEME)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ")} }
  body { margin: 0; padding: 16px; color: var(--vscode-editor-foreground); background: var(--vscode-editor-background); }
  svg { max-width: none; height: auto; }
  .fits svg { width: 100%; }
  pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); }
`;

/** A page with an SVG. It may bring a style sheet of its own, and nothing else. */
export function page(svg: string, fits: boolean): string {
  const nonce = randomBytes(16).toString("hex");
  const inline = svg.replace(/^\s*<\?xml[^>]*\?>/, "").replace(/<style\b/g, `<style nonce="${nonce}"`);
  return html(nonce, fits ? `<div class="fits">${inline}</div>` : inline);
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

/** A colour of the theme, so strong on the background that text stays readable on it. */
function mixed(colour: string, percent: number): string {
  return `color-mix(in srgb, var(--vscode-${colour}) ${percent}%, var(--vscode-editor-background))`;
}

/** A state's box and its line. */
function state(name: string, colour: string): Record<string, string> {
  return { [name]: mixed(colour, 20), [`${name}-line`]: `var(--vscode-${colour})` };
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

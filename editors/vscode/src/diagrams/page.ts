// Style and toolbar of the page of a diagram.

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

export const STYLE = `
  svg.plan-diagram { ${Object.entries(THEME)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ")} }
  body { margin: 0; padding: 0; height: 100vh; display: flex; flex-direction: column;
    color: var(--vscode-editor-foreground); background: var(--vscode-editor-background); }
  header { flex: none; }
  h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  #toolbar { display: flex; gap: 2px; align-items: center; padding: 4px 12px; flex: none; flex-wrap: wrap;
    border-bottom: 1px solid var(--vscode-editorWidget-border, transparent); }
  #toolbar button { font: inherit; color: var(--vscode-foreground); background: none; border: 1px solid transparent;
    border-radius: 4px; padding: 2px 8px; min-width: 28px; min-height: 24px; cursor: pointer; }
  #toolbar button:hover { background: var(--vscode-toolbar-hoverBackground); }
  #toolbar button[aria-pressed="true"] { background: var(--vscode-inputOption-activeBackground);
    color: var(--vscode-inputOption-activeForeground); border-color: var(--vscode-inputOption-activeBorder, transparent); }
  #toolbar button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  #scale { min-width: 3.2em; text-align: center; font-variant-numeric: tabular-nums; color: var(--vscode-descriptionForeground); }
  #note { margin-left: 8px; color: var(--vscode-descriptionForeground); }
  #diagram { flex: 1; overflow: auto; scrollbar-gutter: stable both-edges; padding: 12px; }
  #diagram:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  svg { display: block; max-width: none; }
  [data-line] { cursor: pointer; }
  [data-line]:focus { outline: none; }
  [data-line]:hover > .box, [data-line]:hover > .group { filter: brightness(1.08); }
  .plan-diagram [data-line]:focus-visible > .box, .plan-diagram [data-line]:focus-visible > .group {
    stroke: var(--vscode-focusBorder); stroke-width: 2.5; }
  .plan-diagram .selected > .box { stroke: var(--vscode-focusBorder); stroke-width: 2.5; }
  .plan-diagram .selected > .name { font-weight: 600; }
  .message { margin: 8px 4px; color: var(--vscode-descriptionForeground); }
`;

export const TOOLBAR = `
  <button id="fit" type="button" aria-pressed="true" title="Fit to width (0)">Fit</button>
  <button id="out" type="button" aria-label="Zoom out" title="Zoom out (-)">−</button>
  <span id="scale" role="status" aria-label="Zoom level"></span>
  <button id="in" type="button" aria-label="Zoom in" title="Zoom in (+)">+</button>
  <button id="phases" type="button" aria-pressed="false" title="Show phases instead of tasks (P)">Phases only</button>
  <span id="note"></span>
`;

/** Returns an SVG for insertion into the page. */
export function inlineDiagram(svg: string): string {
  return svg.replace(/^\s*<\?xml[^>]*\?>/, "");
}

/** Returns a theme color blended with the background, so that text on it is readable. */
function blended(color: string, percent: number): string {
  return `color-mix(in srgb, var(--vscode-${color}) ${percent}%, var(--vscode-editor-background))`;
}

/** Returns the fill and line colors of a state. */
function state(name: string, color: string): Record<string, string> {
  return { [name]: blended(color, 20), [`${name}-line`]: `var(--vscode-${color})` };
}

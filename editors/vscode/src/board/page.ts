// Style and frame of the page of a board. The script fills the frame.

export const STYLE = `
  :root { color-scheme: light dark; }
  * { box-sizing: border-box; }
  body { margin: 0; padding: 0; height: 100vh; display: flex; flex-direction: column; color: var(--vscode-foreground);
    background: var(--vscode-editor-background); font: var(--vscode-font-size) / 1.4 var(--vscode-font-family); }
  header { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 10px 16px; flex: none; }
  h1 { font-size: 1.15em; font-weight: 600; margin: 0; }
  #progress { color: var(--vscode-descriptionForeground); font-variant-numeric: tabular-nums; }
  .spacer { flex: 1; }
  select, #more { font: inherit; color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background);
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent)); border-radius: 4px; padding: 3px 6px;
    min-height: 26px; }
  label { color: var(--vscode-descriptionForeground); display: inline-flex; gap: 6px; align-items: center; }
  input[type="checkbox"] { accent-color: var(--vscode-button-background); margin: 0; width: 16px; height: 16px; }
  #columns { flex: 1; display: grid; grid-auto-flow: column; grid-auto-columns: minmax(160px, 1fr); gap: 10px; padding: 0 16px 16px;
    overflow: auto; align-items: start; }
  #columns:focus { outline: none; }
  .column { background: color-mix(in srgb, var(--vscode-foreground) 4%, transparent); border-radius: 8px; padding: 8px; min-height: 120px;
    border: 1px solid var(--vscode-contrastBorder, transparent); }
  .column.over { background: color-mix(in srgb, var(--vscode-focusBorder) 14%, transparent); outline: 1px dashed var(--vscode-focusBorder); }
  h2 { font-size: 1em; font-weight: 600; margin: 2px 4px 8px; display: flex; gap: 8px; align-items: center; position: sticky; top: 0; }
  h2 .count { font-weight: 400; color: var(--vscode-descriptionForeground); }
  .dot { width: 9px; height: 9px; border-radius: 50%; border: 2px solid var(--state); flex: none; }
  .active .dot { background: linear-gradient(to right, var(--state) 50%, transparent 50%); }
  .blocked .dot, .done .dot { background: var(--state); }
  .open { --state: var(--vscode-descriptionForeground); }
  .active { --state: var(--vscode-charts-blue); }
  .blocked { --state: var(--vscode-charts-red); }
  .done { --state: var(--vscode-charts-green); }
  .deferred { --state: var(--vscode-charts-orange); }
  .cancelled { --state: var(--vscode-disabledForeground); }
  h3 { font-size: 0.9em; font-weight: 500; color: var(--vscode-descriptionForeground); margin: 10px 4px 4px; }
  ul { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 6px; }
  .card { background: var(--vscode-editorWidget-background, var(--vscode-editor-background)); border-radius: 6px; padding: 7px 9px; cursor: grab;
    border: 1px solid color-mix(in srgb, var(--vscode-foreground) 14%, transparent); border-left: 3px solid var(--state);
    overflow-wrap: anywhere; }
  .card:hover { border-color: color-mix(in srgb, var(--vscode-foreground) 30%, transparent); border-left-color: var(--state); }
  .card:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 1px; }
  .card.dragged { opacity: 0.5; }
  .done .title, .cancelled .title { color: var(--vscode-descriptionForeground); }
  .cancelled .title { text-decoration: line-through; }
  .id { color: var(--vscode-descriptionForeground); font-variant-numeric: tabular-nums; margin-right: 4px; }
  .facts { display: flex; flex-wrap: wrap; gap: 2px 10px; margin-top: 4px; font-size: 0.9em; color: var(--vscode-descriptionForeground); }
  .late { color: var(--vscode-errorForeground); }
  .empty { color: var(--vscode-descriptionForeground); margin: 4px; }
  .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  @media (max-width: 560px) {
    #columns { grid-auto-flow: row; grid-auto-columns: auto; grid-template-columns: minmax(0, 1fr); }
    .column { min-height: 0; }
    h2 { position: static; }
  }
`;

export const BODY = `
<header>
  <h1 id="title"></h1>
  <span id="progress"></span>
  <span class="spacer"></span>
  <label>Group by
    <select id="grouping"><option value="phase">Phase</option><option value="owner">Owner</option><option value="none">None</option></select>
  </label>
  <label id="more-label" hidden><input type="checkbox" id="more"> Tasks outside phases</label>
</header>
<main id="columns"></main>
<p id="help" hidden>Enter opens the task. Arrow keys go to other cards. Alt with the left or right arrow key moves the card to another state.</p>
<div id="announcement" class="hidden" role="status"></div>
`;

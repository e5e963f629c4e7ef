// Screenshots of the workbench for the documentation. Run by screenshots.sh.

exports.screenshots = async (vscode, test) => {
  const [folder] = vscode.workspace.workspaceFolders;
  const run = (command, ...args) => vscode.commands.executeCommand(command, ...args);
  const file = (name) => vscode.Uri.joinPath(folder.uri, name);
  const take = async (name, clip) => {
    await test.pause(1200);
    await test.browser({ screenshot: `${name}.png`, clip });
    test.check(name, true);
  };
  const show = async (name, line = 0) => {
    const at = new vscode.Range(line, 0, line, 0);
    const editor = await vscode.window.showTextDocument(file(name), { preview: false, selection: at });
    editor.revealRange(at, vscode.TextEditorRevealType.AtTop);
    return editor;
  };
  const lineOf = (document, pattern) => {
    for (let line = 0; line < document.lineCount; line++) if (pattern.test(document.lineAt(line).text)) return line;
    throw new Error(`no line ${pattern}`);
  };
  const rows = ".pane:has([aria-label^='Plans']) .monaco-list-row";
  const dark = (isDark) => vscode.workspace.getConfiguration("workbench").update("colorTheme", isDark ? "Dark Modern" : "Light Modern", true);

  await dark(false);
  await show("implementation-plan.md");
  await test.until(async () => (await test.browser({ texts: "[id*='plansmith.progress']" })).length > 0);
  await run("plansmith.plans.focus");
  for (let step = 0; step < 2; step++) await run("workbench.action.decreaseViewWidth");
  await test.until(async () => (await test.browser({ texts: rows })).length > 5);
  await test.browser({ click: `${rows}:has-text("Due-Date Reminders") .monaco-tl-twistie` });
  await show("implementation-plan.md");
  await take("vscode-plans");
  await take("plans", { x: 48, y: 150, width: 420, height: 560 });

  const broken = await show("broken.md");
  await test.until(() => vscode.languages.getDiagnostics(broken.document.uri).length > 3);
  await run("workbench.actions.view.problems");
  await show("broken.md");
  // The outline has two parts: VS Code's headings and the plan.
  await run("outline.focus");
  await show("broken.md");
  await take("vscode");
  await take("plan", { x: 475, y: 92, width: 920, height: 480 });
  await run("workbench.action.closePanel");
  const task = lineOf(broken.document, /Task 3\.3/);
  await show("broken.md", task);
  broken.revealRange(new vscode.Range(task - 12, 0, task, 0), vscode.TextEditorRevealType.AtTop);
  await run("workbench.action.focusActiveEditorGroup");
  await run("editor.action.quickFix");
  await take("vscode-actions");
  await test.browser({ press: "Escape" });

  await run("workbench.action.closeAllEditors");
  await run("workbench.action.closeSidebar");
  await show("implementation-plan.md", 60);
  await run("plansmith.showGraph");
  await test.until(async () => (await test.browser({ framed: "svg, pre" })).length > 0);
  // Gives the diagram more space than the text.
  for (let step = 0; step < 5; step++) await run("workbench.action.decreaseViewWidth");
  await take("vscode-graph");
  await take("graph", { x: 425, y: 75, width: 970, height: 220 });
  await run("workbench.action.focusSecondEditorGroup");
  await run("workbench.action.closeActiveEditor");
  await show("implementation-plan.md", 60);
  await run("plansmith.showTimeline");
  await test.until(async () => (await test.browser({ framed: "svg, pre" })).length > 0);
  for (let step = 0; step < 5; step++) await run("workbench.action.decreaseViewWidth");
  await take("vscode-timeline");
  await dark(true);
  await take("vscode-timeline-dark");
  await dark(false);
  await run("workbench.action.closeAllEditors");

  // The board and the container of the views, light and dark, wide and narrow.
  const cards = ".column .card";
  await show("implementation-plan.md");
  await run("plansmith.showBoard");
  await test.until(async () => (await test.browser({ framed: cards })).length > 5);
  await take("vscode-board");
  await test.browser({ resize: { width: 700, height: 900 } });
  await take("vscode-board-narrow");
  await test.browser({ resize: { width: 1400, height: 900 } });
  await dark(true);
  await take("vscode-board-dark");
  await run("workbench.action.closeAllEditors");
  await show("implementation-plan.md");
  await run("plansmith.plans.focus");
  await take("vscode-container-dark");
  await test.browser({ click: `${rows}:has-text("2.2")`, button: "right" });
  await take("vscode-context-menu-dark");
  await test.browser({ press: "Escape" });
  await dark(false);
  await run("plansmith.ready.focus");
  await take("vscode-container");
  await run("workbench.action.closeAllEditors");
  await show("lifecycle-plan.md", 120);
  void run("plansmith.nextTasks");
  await take("vscode-next-tasks");
  await test.browser({ press: "Escape" });
  void run("plansmith.newPlan");
  await take("vscode-new-plan");
  await test.browser({ press: "Escape" });
  await run("workbench.action.closeAllEditors");
  await run("workbench.action.openWalkthrough", "plansmith.plansmith#start", false);
  await take("walkthrough");
  await vscode.workspace.getConfiguration("plansmith").update("server.path", "/nowhere/plansmith", vscode.ConfigurationTarget.Workspace);
  await test.pause(1000);
  await take("missing");
};

// End-to-end test of the extension, with VS Code's own Markdown features enabled. The parts run one after the other in one window.

const { readFileSync, readdirSync, readlinkSync } = require("node:fs");
const { duplicates, observe } = require("./observe.cjs");

const PLANSMITH = "plansmith.plansmith";

/** Returns the process IDs of the server under test, without the recorders of its traffic. */
function servers() {
  return readdirSync("/proc").filter((id) => {
    try {
      return /^\d+$/.test(id) && readlinkSync(`/proc/${id}/exe`) === process.env.SERVER_PROGRAM;
    } catch {
      return false;
    }
  });
}

function helpers(vscode, test) {
  const [folder] = vscode.workspace.workspaceFolders;
  const run = (command, ...args) => vscode.commands.executeCommand(command, ...args);
  const file = (name) => vscode.Uri.joinPath(folder.uri, name);
  const open = async (name) => {
    const editor = await vscode.window.showTextDocument(file(name), { preview: false });
    return { editor, document: editor.document, uri: editor.document.uri };
  };
  const diagnostics = (uri) => vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "plansmith");
  const codes = (uri) => diagnostics(uri).map(({ code }) => (typeof code === "object" ? code.value : code));
  const lineOf = (document, pattern) => {
    for (let line = 0; line < document.lineCount; line++) if (pattern.test(document.lineAt(line).text)) return line;
    throw new Error(`no line ${pattern}`);
  };
  const setCursor = (editor, line, character) => {
    const at = new vscode.Position(line, character);
    editor.selection = new vscode.Selection(at, at);
    return at;
  };
  /** Waits until the server responds to a hover request. */
  const serverReady = async () => {
    const document = await vscode.workspace.openTextDocument(file("first.md"));
    const at = new vscode.Position(lineOf(document, /^## Phase 1/), 10);
    return test.until(async () => (await run("vscode.executeHoverProvider", document.uri, at))?.length > 0);
  };
  const setting = (name, value) => vscode.workspace.getConfiguration("plansmith").update(name, value, vscode.ConfigurationTarget.Workspace);
  return { run, file, open, diagnostics, codes, lineOf, setCursor, serverReady, setting };
}

exports.attach = async (vscode, test) => {
  const { open, diagnostics, codes, serverReady } = helpers(vscode, test);
  const notes = await open("notes.txt");
  test.check("a text file does not start the extension", !vscode.extensions.getExtension(PLANSMITH).isActive && servers().length === 0);
  const { uri } = await open("broken.md");
  test.check("attach", await test.until(() => servers().length === 1), servers());
  const expected = ["status-open-tasks", "malformed-checkbox", "unclosed-fence"];
  test.check("diagnostics", await test.until(() => expected.every((code) => codes(uri).includes(code))), codes(uri));
  test.check("each problem is shown once", duplicates(diagnostics(uri).map(({ range, message }) => JSON.stringify([range, message]))).length === 0, diagnostics(uri));
  const readme = await open("README.md");
  await serverReady();
  await test.pause(500);
  test.check("no problems in other files", vscode.languages.getDiagnostics(readme.uri).length === 0 && vscode.languages.getDiagnostics(notes.uri).length === 0);
  const declared = vscode.extensions.getExtension(PLANSMITH).packageJSON.contributes.commands.map(({ command }) => command);
  const registered = await vscode.commands.getCommands(true);
  test.check("every command of the manifest is registered", declared.every((command) => registered.includes(command)), declared.filter((command) => !registered.includes(command)));
};

exports.duplicates = async (vscode, test) => {
  const { run, open, serverReady } = helpers(vscode, test);
  const files = ["README.md", "first.md", "second.md", "project-plan.md"];
  const observed = {};
  for (const name of files) {
    const { document } = await open(name);
    await serverReady();
    observed[name] = { with: await observe(vscode, document) };
  }
  await run("plansmith.stopServer");
  test.check("the server stops on demand", await test.until(() => servers().length === 0), servers());
  for (const name of files) {
    const { document } = await open(name);
    observed[name].without = await observe(vscode, document);
  }
  await run("plansmith.restartServer");
  test.check("the server starts again", await test.until(() => servers().length === 1), servers());
  await serverReady();

  const readme = observed["README.md"];
  for (const feature of Object.keys(readme.with)) {
    const same = JSON.stringify(readme.with[feature]) === JSON.stringify(readme.without[feature]);
    test.check(`a README has the same ${feature} as without Plansmith`, same, readme.with[feature].filter((text) => !readme.without[feature].includes(text)));
  }
  for (const name of files) {
    for (const [feature, texts] of Object.entries(observed[name].with)) {
      // Excludes duplicates of VS Code itself.
      const added = duplicates(texts).filter((text) => !duplicates(observed[name].without[feature]).includes(text));
      test.check(`${name}: no duplicates in ${feature}`, added.length === 0, added);
    }
  }
};

exports.validated = async (vscode, test) => {
  const { open } = helpers(vscode, test);
  const validate = (value) => vscode.workspace.getConfiguration("markdown").update("validate.enabled", value, vscode.ConfigurationTarget.Workspace);
  const { editor, document, uri } = await open("second.md");
  const about = (pattern) => vscode.languages.getDiagnostics(uri).filter(({ message }) => pattern.test(message));
  await editor.edit((edit) => edit.insert(new vscode.Position(4, 0), "See [the tents](tents.md).\n"));
  test.check("a broken link is reported", await test.until(() => about(/tents/).length === 1), vscode.languages.getDiagnostics(uri));
  await validate(true);
  await editor.edit((edit) => edit.insert(new vscode.Position(4, 0), "\n"));
  await test.until(() => about(/tents/).some(({ source }) => source !== "plansmith"));
  test.check("a broken link is reported once if VS Code validates links", await test.until(() => about(/tents/).length === 1), vscode.languages.getDiagnostics(uri));
  await validate(undefined);
  await vscode.commands.executeCommand("workbench.action.files.revert");
  test.check("the plan is unchanged", !document.isDirty);
};

exports.outline = async (vscode, test) => {
  const { run, open } = helpers(vscode, test);
  const { uri } = await open("first.md");
  const symbols = (await run("vscode.executeDocumentSymbolProvider", uri)) ?? [];
  const all = (list) => list.flatMap((symbol) => [symbol, ...all(symbol.children ?? [])]);
  const phase = all(symbols).find(({ name, detail }) => /Ground/.test(name) && detail?.startsWith("1/2"));
  test.check("outline with progress", phase !== undefined, all(symbols).map(({ name, detail }) => [name, detail]));
  const found = (await run("vscode.executeWorkspaceSymbolProvider", "Level")) ?? [];
  test.check("workspace symbols", found.some(({ name }) => /Level the ground/.test(name)), found.map(({ name }) => name));
};

exports.fix = async (vscode, test) => {
  const { run, open, codes, lineOf } = helpers(vscode, test);
  const { document, uri } = await open("broken.md");
  const line = lineOf(document, /^- \[\] /);
  await test.until(() => codes(uri).includes("malformed-checkbox"));
  const actions = (await run("vscode.executeCodeActionProvider", uri, document.lineAt(line).range, "quickfix", 10)) ?? [];
  const fix = actions.find(({ title }) => title === "Replace with `[ ]`");
  test.check("quick fix offered", fix?.edit !== undefined, actions.map(({ title }) => title));
  if (fix?.edit) await vscode.workspace.applyEdit(fix.edit);
  await document.save();
  const saved = readFileSync(uri.fsPath, "utf8").split("\n")[line];
  test.check("quick fix applied and saved", /^- \[ \] \*\*Task 1\.3/.test(saved), saved);
  const count = (code) => codes(uri).filter((other) => other === code).length;
  test.check("the problem disappears", await test.until(() => count("malformed-checkbox") < 3), codes(uri));
  await run("editor.action.fixAll");
  test.check("fix all", await test.until(() => !/^-\[|^- \[\]/m.test(document.getText())), document.getText());
  await document.save();
};

exports.toggle = async (vscode, test) => {
  const { run, open, lineOf, setCursor } = helpers(vscode, test);
  const { editor, document } = await open("first.md");
  const line = lineOf(document, /Task 1\.2\*\*: Level/);
  const text = () => document.lineAt(line).text;
  setCursor(editor, line, 8);
  await run("workbench.action.focusActiveEditorGroup");
  // The keybinding is active only after the extension has detected a plan.
  const toggled = await test.until(async () => {
    await test.browser({ press: "Alt+c" });
    await test.pause(300);
    return text().startsWith("- [x]");
  });
  test.check("Alt+C toggles a task", toggled, text());
  await run("undo");
  test.check("one undo step", text().startsWith("- [ ]"), text());
  await run("plansmith.setState", "blocked");
  test.check("set a state", await test.until(() => /blocked|- \[!\]/.test(text())), text());
  await run("undo");
  await run("plansmith.completeTask");
  test.check("complete a task and update progress", await test.until(() => text().startsWith("- [x]") && !/2026-11-02/.test(document.getText())), document.getText());
  await run("undo");
  test.check("one undo step for task and progress", text().startsWith("- [ ]") && /2026-11-02/.test(document.getText()), document.getText());
  const before = text();
  await run("plansmith.cycleTask");
  test.check("cycle a task", await test.until(() => text() !== before), text());
  await run("undo");
};

exports.progress = async (vscode, test) => {
  const { run, open } = helpers(vscode, test);
  const { document } = await open("first.md");
  await run("plansmith.updateProgress");
  test.check("update progress", await test.until(() => /\*\*Completion\*\*: 20%/.test(document.getText())), document.getText().slice(0, 200));
  await run("undo");
};

exports.completion = async (vscode, test) => {
  const { run, open, setCursor } = helpers(vscode, test);
  const { editor, document } = await open("half-written.md");
  const end = document.lineAt(document.lineCount - 1).range.end;
  const before = document.lineCount;
  await editor.edit((edit) => edit.insert(end, "\n\n## Pre"));
  setCursor(editor, document.lineCount - 1, 6);
  await run("workbench.action.focusActiveEditorGroup");
  await run("editor.action.triggerSuggest");
  const rows = await test.until(async () => {
    const texts = await test.browser({ texts: ".suggest-widget.visible .monaco-list-row" });
    return texts.length > 0 && texts;
  });
  test.check("missing sections are offered", rows?.length > 0, rows);
  test.check("no duplicate sections", duplicates(rows || []).length === 0, rows);
  await run("acceptSelectedSuggestion");
  const accepted = await test.until(() => document.lineCount > before + 2);
  test.check("section completion accepted", accepted, document.getText().slice(-400));
  const first = editor.selection;
  await run("jumpToNextSnippetPlaceholder");
  const moved = await test.until(() => !editor.selection.isEqual(first), 3000);
  test.check("completion with tab stops", !first.isEmpty && moved, [first, document.getText().slice(-400)]);
  await run("leaveSnippet");
  const at = editor.selection.active;
  setCursor(editor, 0, 0);
  await run("plansmith.nextPlaceholder");
  test.check("next placeholder", await test.until(() => !editor.selection.isEmpty), [at, editor.selection]);
  await run("workbench.action.files.revert");
};

exports.navigation = async (vscode, test) => {
  const { run, open, lineOf, file } = helpers(vscode, test);
  const { document, uri } = await open("first.md");
  const line = lineOf(document, /Depends on: Task 1\.2/);
  const at = new vscode.Position(line, document.lineAt(line).text.indexOf("1.2"));
  const hovers = (await run("vscode.executeHoverProvider", uri, at)) ?? [];
  const hoverText = hovers.flatMap(({ contents }) => contents.map((content) => content.value ?? content)).join("\n");
  test.check("hover", hovers.length === 1 && /Level the ground/.test(hoverText), hoverText);
  const definitions = (await run("vscode.executeDefinitionProvider", uri, at)) ?? [];
  const target = definitions[0]?.targetRange ?? definitions[0]?.range;
  test.check("definition", definitions.length === 1 && target.start.line === lineOf(document, /Task 1\.2\*\*: Level/), definitions);
  const references = (await run("vscode.executeReferenceProvider", uri, at)) ?? [];
  test.check("references", references.length >= 2, references);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const hints = (await run("vscode.executeInlayHintProvider", uri, whole)) ?? [];
  test.check("inlay hints", hints.some(({ label }) => /1\/2/.test(String(label.map?.(({ value }) => value).join("") ?? label))), hints);
  const lenses = (await run("vscode.executeCodeLensProvider", uri, 10)) ?? [];
  test.check("code lens", lenses.some(({ command }) => /1 of 5|1\/5/.test(command?.title ?? "")), lenses.map(({ command }) => command?.title));
  test.check("other plans are not opened", !vscode.workspace.textDocuments.some((other) => other.uri.fsPath === file("execution-plan.md").fsPath));
};

exports.rename = async (vscode, test) => {
  const { run, open, lineOf, file, serverReady } = helpers(vscode, test);
  const { document, uri } = await open("first.md");
  await serverReady();
  const line = lineOf(document, /^## Phase 1: Ground/);
  const edit = await run("vscode.executeDocumentRenameProvider", uri, new vscode.Position(line, 14), "Place");
  await vscode.workspace.applyEdit(edit);
  const other = await vscode.workspace.openTextDocument(file("second.md"));
  test.check("rename a phase", document.lineAt(line).text === "## Phase 1: Place", document.lineAt(line).text);
  test.check("rename updates links in another file", /first\.md#phase-1-place\b/.test(other.getText()), other.getText());
  const task = lineOf(document, /Task 1\.2\*\*: Level/);
  const numbers = await run("vscode.executeDocumentRenameProvider", uri, new vscode.Position(task, 14), "Task 1.5");
  await vscode.workspace.applyEdit(numbers);
  test.check("rename a task ID and its references", /Depends on: Task 1\.5, Task 2\.1/.test(document.getText()), document.getText());
  await vscode.workspace.applyEdit(await run("vscode.executeDocumentRenameProvider", uri, new vscode.Position(task, 14), "Task 1.2"));
  test.check("rename back", /Depends on: Task 1\.2, Task 2\.1/.test(document.getText()), document.getText());
  await vscode.workspace.saveAll();
};

exports.settings = async (vscode, test) => {
  const { open, codes, setting, serverReady } = helpers(vscode, test);
  const { uri } = await open("broken.md");
  await test.until(() => codes(uri).includes("unclosed-fence"));
  const [before] = servers();
  await setting("rules", { "unclosed-fence": "off" });
  test.check("a rule is disabled at runtime", await test.until(() => codes(uri).length > 0 && !codes(uri).includes("unclosed-fence")), codes(uri));
  await setting("rules", undefined);
  test.check("a rule is enabled at runtime", await test.until(() => codes(uri).includes("unclosed-fence")), codes(uri));
  test.check("the server is not restarted", servers().length === 1 && servers()[0] === before, [before, servers()]);
  await setting("diagnostics.scope", "workspace");
  test.check("a setting that requires a restart restarts the server", await test.until(() => servers().length === 1 && servers()[0] !== before), servers());
  await serverReady();
  const closed = () => vscode.languages.getDiagnostics().filter(([other, found]) => found.some(({ source }) => source === "plansmith") && !other.fsPath.endsWith("broken.md"));
  test.check("plans that are not open are checked", await test.until(() => closed().length > 0), vscode.languages.getDiagnostics().map(([other]) => other.path));
  await setting("diagnostics.scope", undefined);
  await serverReady();
};

exports.missing = async (vscode, test) => {
  const { run, open, setting, serverReady } = helpers(vscode, test);
  await open("first.md");
  await setting("server.path", "/nowhere/plansmith");
  const messages = () => test.browser({ texts: ".notification-list-item-message" });
  const reported = await test.until(async () => (await messages()).some((text) => /\/nowhere\/plansmith not found/.test(text)));
  test.check("a missing server is reported with its path", reported, await messages());
  test.check("only one message is shown", (await messages()).length === 1, await messages());
  test.check("the previous server has stopped", servers().length === 0, servers());
  await run("notifications.clearAll");
  await setting("server.path", undefined);
  test.check("resetting the setting starts the server", await test.until(() => servers().length === 1), servers());
  await serverReady();
};

exports.crash = async (vscode, test) => {
  const { open, codes, lineOf, serverReady } = helpers(vscode, test);
  const { uri, editor, document } = await open("broken.md");
  await test.until(() => codes(uri).length > 0 && servers().length === 1);
  const [before] = servers();
  process.kill(Number(before), "SIGKILL");
  test.check("a killed server is restarted", await test.until(() => servers().length === 1 && servers()[0] !== before), [before, servers()]);
  await serverReady();
  const count = () => codes(uri).filter((code) => code === "malformed-checkbox").length;
  const beforeEdit = count();
  const line = lineOf(document, /Task 2\.1/);
  await editor.edit((edit) => edit.insert(new vscode.Position(line, 0), "- [] **Task 2.9**: Added after the crash\n"));
  test.check("the new server checks open plans", await test.until(() => count() === beforeEdit + 1), codes(uri));
  await vscode.commands.executeCommand("undo");
};

/** Selector of the rows of a view of the activity bar. */
const rowsOf = (view) => `.pane:has([aria-label^='${view}']) .monaco-list-row`;

exports.view = async (vscode, test) => {
  const { run, open, lineOf, file } = helpers(vscode, test);
  await open("first.md");
  const status = () => test.browser({ texts: "[id='plansmith.plansmith.plansmith.progress'], [id*='plansmith.progress']" });
  const shown = await test.until(async () => ((await status()).some((text) => /\d+\/5/.test(text)) ? true : undefined));
  test.check("status bar", shown, await status());
  await run("plansmith.plans.focus");
  const rows = () => test.browser({ texts: rowsOf("Plans") });
  const has = (pattern) => test.until(async () => (await rows()).some((row) => pattern.test(row)));
  test.check("the Plans view lists plans, progress first", await has(/^1\/5 .*Bicycle Shed/), await rows());
  test.check("plans are grouped by state", await has(/^Active ?\d+$/), await rows());
  const selected = await test.until(async () => (await test.browser({ texts: `${rowsOf("Plans")}.selected` })).some((row) => /Bicycle Shed/.test(row)));
  test.check("the plan of the active editor is selected", selected, await test.browser({ texts: `${rowsOf("Plans")}.selected` }));
  await run("plansmith.groupPlans", "folder");
  test.check("one folder is not a group", await test.until(async () => !(await rows()).some((row) => /^Active/.test(row))), await rows());
  await run("plansmith.groupPlans", "none");
  await run("plansmith.filterPlans", "open");
  const unfinishedOnly = await test.until(async () => {
    const found = await rows();
    return found.some((row) => /Bicycle Shed/.test(row)) && !found.some((row) => /Full-Text Index/.test(row));
  });
  test.check("the filter for unfinished tasks", unfinishedOnly, await rows());
  await run("plansmith.filterPlans", "blocked");
  const blocked = await test.until(async () => {
    const found = await rows();
    return found.length > 0 && found.every((row) => /Bicycle Shed/.test(row));
  });
  test.check("the filter for blocked tasks", blocked, await rows());
  await run("plansmith.clearFilter");

  // Completes a task of a plan that is not open.
  const row = rowsOf("Plans");
  await run("workbench.action.closeAllEditors");
  await has(/Full-Text Index/);
  await test.browser({ click: `${row}:has-text("Bicycle Shed") .monaco-tl-twistie` });
  test.check("phases and tasks of a plan", await has(/2\.1 Take the shed apart/), await rows());
  await test.browser({ click: `${row}:has-text("2.1 Take the shed apart") .custom-view-tree-node-item-checkbox` });
  const saved = () => readFileSync(file("first.md").fsPath, "utf8");
  test.check("a checkbox in the view completes the task and saves the plan", await test.until(() => /- \[x\] \*\*Task 2\.1/.test(saved())), [saved(), await rows()]);
  await test.browser({ click: `${row}:has-text("2.1 Take the shed apart")` });
  const atTask = await test.until(() => {
    const editor = vscode.window.activeTextEditor;
    return editor?.document.fileName.endsWith("first.md") && editor.selection.active.line === lineOf(editor.document, /Task 2\.1/);
  });
  test.check("a click goes to the task", atTask, vscode.window.activeTextEditor?.selection);

  const { document } = vscode.window.activeTextEditor;
  await test.browser({ drag: `${row}:has-text("1.2 Level")`, to: `${row}:has-text("1.1 ")` });
  const order = () => document.getText().match(/^- \[.\] \*\*Task 1\.\d\*\*: \w+/gm);
  test.check("drag and drop moves a task and renumbers", await test.until(() => /1\.1\*\*: Level/.test(order()?.[0] ?? "")), order());
  await run("undo");
  test.check("a move is one undo step", await test.until(() => /1\.2\*\*: Level/.test(order()?.[1] ?? "")), order());
  await test.browser({ drag: `${row}:has-text("1.2 Level")`, to: `${row}:has-text("Phase 2")` });
  test.check("a task can be dropped on a phase", await test.until(() => /Task 2\.\d\*\*: Level/.test(document.getText())), document.getText());
  await run("undo");
  await run("workbench.action.files.save");

  // The context menu, with a value that is typed.
  const task = `${row}:has-text("2.2 Build it up")`;
  await test.browser({ click: task, button: "right" });
  await test.browser({ click: ".context-view .action-label:has-text('Assign')" });
  const input = ".quick-input-widget input[type='text']";
  await test.until(async () => (await test.browser({ texts: ".quick-input-widget" })).some((text) => /Name of the owner/.test(text)));
  await test.browser({ click: input });
  await test.browser({ type: "Ines" });
  await test.browser({ press: "Enter" });
  test.check("a task is assigned by its context menu", await test.until(() => /Task 2\.2\*\*: Build it up again.*Ines/.test(document.getText()) || /Owner: Ines/i.test(document.getText())), document.getText());
  await run("undo");
  await run("workbench.action.files.save");

  await run("plansmith.ready.focus");
  const ready = await test.until(async () => {
    const found = await test.browser({ texts: rowsOf("Ready") });
    return found.some((text) => /Level the ground.*Phase 1/.test(text)) && found;
  });
  test.check("the Ready view lists tasks with their phase", ready, await test.browser({ texts: rowsOf("Ready") }));
};

/** Sentences that are typed one after the other, for at least this time. */
const WRITING_SECONDS = Number(process.env.WRITING_SECONDS ?? 15);
const SENTENCES = ["The shed has to be empty before it can move. ", "Its floor is old, and two boards are broken. ", "We ask the neighbors for a trolley: theirs has four wheels. "];

exports.writing = async (vscode, test) => {
  const { run, open, lineOf, setCursor, diagnostics } = helpers(vscode, test);
  const { editor, document, uri } = await open("first.md");
  await run("plansmith.plans.focus");
  await test.until(async () => (await test.browser({ texts: rowsOf("Plans") })).some((row) => /Bicycle Shed/.test(row)));
  const line = lineOf(document, /^The shed moves/);
  setCursor(editor, line, document.lineAt(line).text.length);
  await run("workbench.action.focusActiveEditorGroup");
  await run("plansmith.updateProgress");
  await test.pause(2000);

  const problems = new Set();
  const collect = () => problems.add(JSON.stringify(diagnostics(uri).map(({ message, range }) => [message, range])));
  collect();
  let jumps = 0;
  const [top] = editor.visibleRanges;
  const subscriptions = [
    vscode.languages.onDidChangeDiagnostics(collect),
    vscode.window.onDidChangeTextEditorSelection(({ selections: [selection] }) => (jumps += selection.isEmpty && selection.active.line === line ? 0 : 1)),
    vscode.window.onDidChangeTextEditorVisibleRanges(({ visibleRanges: [range] }) => (jumps += range.start.line === top.start.line ? 0 : 1)),
  ];
  const before = document.lineAt(line).text;
  let typed = "";
  await test.browser({ watch: "Plan: Move the Bicycle Shed" });
  const end = Date.now() + WRITING_SECONDS * 1000;
  for (let number = 0; Date.now() < end; number++) {
    const sentence = ` ${SENTENCES[number % SENTENCES.length]}`.trimEnd();
    await test.browser({ write: sentence, delay: 40 });
    typed += sentence;
    // Longer than the delay after which views are refreshed.
    await test.pause(1000);
  }
  const seen = await test.browser({ watched: true });
  subscriptions.forEach((subscription) => subscription.dispose());
  test.check("writing inserts exactly what is typed", document.lineAt(line).text === before + typed, document.lineAt(line).text);
  test.check("writing does not move the lines of the editor", seen.frames > 0 && seen.tops.length === 1 && seen.tops[0] !== "none", seen);
  test.check("writing keeps the focus", seen.unfocusedFrames === 0, seen);
  test.check("writing does not refresh the views", seen.sideBarChanges === 0, seen);
  test.check("writing moves neither the cursor elsewhere nor the text", jumps === 0, jumps);
  test.check("writing does not change the problems", problems.size === 1, [...problems]);
  await run("workbench.action.files.revert");
};

exports.requirements = async (vscode, test) => {
  const { run } = helpers(vscode, test);
  await run("plansmith.requirements.focus");
  const rows = () => test.browser({ texts: rowsOf("Requirements") });
  const found = await test.until(async () => (await rows()).some((row) => /^1\/2 doors/.test(row)));
  test.check("the Requirements view lists sets with their coverage", found, await rows());
  await test.browser({ click: `${rowsOf("Requirements")}:has-text("1 Opening") .monaco-tl-twistie` });
  test.check("requirements have a state", await test.until(async () => (await rows()).some((row) => /not referenced/.test(row))), await rows());
};

exports.board = async (vscode, test) => {
  const { run, open, lineOf } = helpers(vscode, test);
  const { document } = await open("first.md");
  const line = lineOf(document, /Task 1\.2\*\*: Level/);
  // A task with details states that it is active in a bullet, another one in its checkbox.
  const withBullet = (at) => `${document.lineAt(at).text}\n${document.lineAt(at + 1).text}`;
  const isActive = (at) => /- \[\/\]/.test(document.lineAt(at).text) || /\n *- Status: In Progress/.test(withBullet(at));
  await run("plansmith.showBoard");
  const column = (state) => test.browser({ framed: `.column.${state} .card` });
  test.check("the board shows tasks by state", await test.until(async () => (await column("open")).some((card) => /Level the ground/.test(card))), await test.browser({ framed: "body" }));
  // With the keyboard alone: the first card has the focus.
  const card = async () => (await test.browser({ framed: ".card:focus .title" })).join();
  test.check("a card of a new board has the focus", await test.until(async () => /Level the ground/.test(await card())), await card());
  await test.browser({ press: "ArrowDown" });
  test.check("an arrow key goes to the next card", await test.until(async () => /^2\.\d/.test(await card())), await card());
  const moved = lineOf(document, new RegExp(`Task ${(await card()).slice(0, 3)}\\*\\*`));
  await test.browser({ press: "Alt+ArrowRight" });
  test.check("the keyboard alone changes a state", await test.until(() => isActive(moved)), withBullet(moved));
  await test.browser({ press: "Alt+ArrowLeft" });
  await test.until(() => !isActive(moved));
  const violations = await test.browser({ axe: ".column" });
  test.check("the board has no accessibility violations", Array.isArray(violations) && violations.length === 0, violations);
  await test.browser({ framedClick: ".column.open .card:has-text('Level the ground')", to: ".column.active" });
  test.check("dragging a card changes the state in the text", await test.until(() => isActive(line)), withBullet(line));
  test.check("the card is in its new column", await test.until(async () => (await column("active")).some((card) => /Level the ground/.test(card))), await column("active"));
  await test.browser({ press: "Alt+ArrowLeft" });
  test.check("Alt with an arrow key moves the card back", await test.until(() => !isActive(line)), withBullet(line));
  const focused = await test.browser({ framed: ".card:focus" });
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  test.check("the board stays open", /^Board/.test(activeTab?.label ?? ""), activeTab?.label);
  test.check("the card keeps the focus", focused.some((card) => /Level the ground/.test(card)), focused);
  await test.browser({ press: "Enter" });
  const atTask = await test.until(() => vscode.window.activeTextEditor?.document === document && vscode.window.activeTextEditor.selection.active.line === line);
  test.check("Enter opens the task", atTask, vscode.window.activeTextEditor?.selection);
  await run("workbench.action.files.revert");
  await run("workbench.action.closeAllEditors");
};

exports.previews = async (vscode, test) => {
  const { run, open, lineOf } = helpers(vscode, test);
  for (const command of ["showGraph", "showTimeline"]) {
    const { document } = await open("project-plan.md");
    await run(`plansmith.${command}`);
    const drawn = await test.until(async () => (await test.browser({ framed: "svg" })).some((text) => /1\.1/.test(text)));
    test.check(`${command} shows the plan`, drawn, await test.browser({ framed: "body" }));
    const policies = await test.browser({ framed: "meta[http-equiv='Content-Security-Policy']", attribute: "content" });
    const strict = /^default-src 'none'; style-src 'nonce-([0-9a-f]+)'; script-src 'nonce-\1'$/;
    test.check(`${command} allows only its own script and style sheet`, policies.some((policy) => strict.test(policy)), policies);
    const violations = await test.browser({ axe: "#diagram svg" });
    test.check(`${command} has no accessibility violations`, Array.isArray(violations) && violations.length === 0, violations);
    const scale = async () => (await test.browser({ framed: "#scale" })).join("");
    const before = await scale();
    await test.browser({ framedClick: "#in" });
    test.check(`${command} zooms in`, await test.until(async () => parseInt(await scale()) > parseInt(before)), [before, await scale()]);
    await test.browser({ framedClick: "#fit" });
    test.check(`${command} fits to width, but stays readable`, await test.until(async () => parseInt(await scale()) >= 70 && parseInt(await scale()) <= 100), await scale());
    await test.browser({ framedClick: "[data-line]:not(.phase):has-text('1.2') > .box" });
    const atTask = await test.until(() => vscode.window.activeTextEditor?.selection.active.line === lineOf(document, /Task 1\.2/));
    test.check(`${command}: a click opens the task`, atTask, vscode.window.activeTextEditor?.selection);
    await run("workbench.action.closeAllEditors");
  }
};

exports.tools = async (vscode, test) => {
  const { open } = helpers(vscode, test);
  const { document } = await open("first.md");
  const call = async (name, input) => {
    const { content } = await vscode.lm.invokeTool(`plansmith_${name}`, { input, toolInvocationToken: undefined });
    return JSON.parse(content.map(({ value }) => value).join(""));
  };
  const { plans } = await call("list_plans", {});
  test.check("an agent lists plans", plans.some(({ path, done, total }) => path === "first.md" && done > 0 && total >= 5), plans);
  const { tasks } = await call("ready_tasks", { path: "first.md" });
  test.check("an agent finds ready tasks", tasks.some(({ title }) => /Level the ground/.test(title)), tasks);
  const task = await call("get_task", { path: "first.md", item: "1.2" });
  test.check("an agent reads a task", task.state === "open" && /Depends on: Task 1\.1/.test(task.text), task);
  // VS Code asks the user to confirm `set_task`, and waits for the answer.
  const { findings } = await call("check_plan", { path: "broken.md" });
  test.check("an agent checks a plan", findings.some(({ rule, severity }) => rule === "unclosed-fence" && severity === "warning"), findings);
  const { requirements } = await call("coverage", {});
  test.check("an agent reads the coverage", requirements.some(({ state }) => state === "not_referenced"), requirements);
  const unknown = await call("get_task", { path: "nowhere.md", item: "1" }).catch(String);
  test.check("an unknown plan names the remedy", /call list_plans/.test(unknown), unknown);
  await vscode.commands.executeCommand("workbench.action.files.revert");
};

exports.tree = async (vscode, test) => {
  const { run, open } = helpers(vscode, test);
  const { document } = await open("project-plan.md");
  await run("plansmith.showSyntaxTree");
  const shown = () => vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "plansmith-syntax-tree")?.getText() ?? "";
  test.check("showSyntaxTree shows the tree", await test.until(() => /^document \[0, \d+\]\n {2}section/.test(shown())), shown().slice(0, 300));
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, document.positionAt(document.getText().length), "\n~~tree~~\n");
  await vscode.workspace.applyEdit(edit);
  test.check("the tree follows an edit", await test.until(() => /strikethrough/.test(shown())), shown().slice(-300));
  await run("workbench.action.files.revert");
  await run("workbench.action.closeAllEditors");
};

exports.plan = async (vscode, test) => {
  const { run, open, lineOf } = helpers(vscode, test);
  const { document } = await open("second.md");
  void run("plansmith.nextTasks");
  const picked = await test.until(async () => {
    const rows = await test.browser({ texts: ".quick-input-list .monaco-list-row" });
    return rows.some((text) => /Wait until the ground is level/.test(text)) && rows;
  });
  test.check("ready tasks", picked, picked);
  await test.browser({ press: "Escape" });

  void run("plansmith.newPlan");
  const rows = await test.until(async () => {
    const found = await test.browser({ texts: ".quick-input-list .monaco-list-row" });
    return found.some((text) => /project-plan/.test(text)) && found;
  });
  test.check("templates are offered", rows, rows);
  await test.browser({ type: "project-plan" });
  await test.pause(300);
  await test.browser({ press: "Enter" });
  await test.pause(500);
  await test.browser({ type: "Paint the Fence" });
  await test.browser({ press: "Enter" });
  const folders = await test.until(async () => {
    const found = await test.browser({ texts: ".quick-input-list .monaco-list-row" });
    return found.some((text) => /Choose Another Folder/.test(text)) && found;
  });
  test.check("the folder of a new plan is asked for", folders, folders);
  await test.browser({ press: "Enter" });
  const created = await test.until(() => {
    const editor = vscode.window.activeTextEditor;
    return editor?.document.fileName.endsWith("paint-the-fence.md") && /^# .*Paint the Fence/m.test(editor.document.getText());
  });
  test.check("new plan from a template", created, vscode.window.activeTextEditor?.document.getText().slice(0, 300));
  const selection = await test.until(() => {
    const { document, selection } = vscode.window.activeTextEditor;
    return /^\[.+\]$/s.test(document.getText(selection)) && document.getText(selection);
  });
  test.check("the first placeholder of a new plan is selected", selection, vscode.window.activeTextEditor?.selection);
  await run("workbench.action.revertAndCloseActiveEditor");
  test.check("the open plan is unchanged", lineOf(document, /Summer Festival/) === 0);
};

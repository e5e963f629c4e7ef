// Commands for the plan in the active editor.

import { CodeAction, commands, Disposable, Position, QuickPickItem, QuickPickItemKind, Range, Selection, TextEditor, Uri, window, workspace } from "vscode";
import { registerCommand } from "./register_command";
import { shortTitle } from "./views/nodes";
import { NextTask, ServerApi, STATES, uriOf } from "./server/api";

/** Kind of the code action that updates the progress values of a plan. The server offers it on the plan's title. */
const UPDATE_PROGRESS_VALUES = "refactor.rewrite.plansmith.update-progress-values";

export function registerCommands(api: ServerApi): Disposable[] {
  return [
    registerCommand("toggleTask", () => withEditor((editor) => api.toggleTasks(editor.document, editor.selections))),
    registerCommand("cycleTask", () => withEditor((editor) => api.cycleTasks(editor.document, editor.selections))),
    registerCommand("completeTask", () =>
      withEditor((editor) => api.setState(editor.document, editor.selections, "done", true)),
    ),
    registerCommand("setState", (state) => withEditor((editor) => setState(api, editor, state))),
    registerCommand("nextPlaceholder", () => withEditor((editor) => goToPlaceholder(api, editor, false))),
    registerCommand("previousPlaceholder", () => withEditor((editor) => goToPlaceholder(api, editor, true))),
    registerCommand("nextTasks", () => pickReadyTask(api)),
    registerCommand("updateProgress", () => withEditor(updateProgress)),
  ];
}

/** Opens a document with the cursor at the start of `range`. */
async function reveal(uri: Uri, range: Range): Promise<void> {
  await window.showTextDocument(uri, { selection: new Range(range.start, range.start) });
}

async function withEditor(run: (editor: TextEditor) => unknown): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor?.document.languageId !== "markdown") throw new Error("open a plan first");
  await run(editor);
}

/** Sets the state of the selected tasks to `requested`, or prompts for a state if it is not a string. */
async function setState(api: ServerApi, editor: TextEditor, requested: unknown): Promise<void> {
  const placeHolder = "State of the selected tasks";
  const name = typeof requested === "string" ? requested : await window.showQuickPick(STATES, { placeHolder });
  const state = STATES.find((state) => state === name);
  if (state === undefined) return;
  const changed = await api.setState(editor.document, editor.selections, state);
  if (changed === 0) window.setStatusBarMessage("Plansmith: no task at the cursor", 4000);
}

async function goToPlaceholder(api: ServerApi, editor: TextEditor, backwards: boolean): Promise<void> {
  const { start, active } = editor.selection;
  const { document } = editor;
  let range = await api.nextPlaceholder(document, backwards ? start : active, backwards);
  if (range === undefined) {
    // Search from the other end of the document.
    const end = document.lineAt(document.lineCount - 1).range.end;
    range = await api.nextPlaceholder(document, backwards ? end : new Position(0, 0), backwards);
    window.setStatusBarMessage(`Plansmith: ${range === undefined ? "no placeholders" : backwards ? "last placeholder" : "first placeholder"}`, 4000);
    if (range === undefined) return;
  }
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range);
}

interface TaskItem extends QuickPickItem {
  target?: { uri: Uri; task: NextTask };
}

/** Prompts for a ready task of the workspace, with those of the current plan first, and opens it. */
async function pickReadyTask(api: ServerApi): Promise<void> {
  const current = window.activeTextEditor?.document.uri.toString();
  const plans = (await api.nextTasks())
    .map((plan) => ({ ...plan, resolvedUri: uriOf(plan) }))
    .filter((plan) => plan.tasks.length > 0)
    .sort((a, b) => Number(b.resolvedUri?.toString() === current) - Number(a.resolvedUri?.toString() === current));
  const items = plans.flatMap((plan): TaskItem[] => {
    const { resolvedUri: uri } = plan;
    if (uri === undefined) return [];
    return [
      { label: shortTitle(plan), kind: QuickPickItemKind.Separator },
      ...plan.tasks.map((task) => ({
        label: `${task.state === "active" ? "$(play) " : ""}${task.id === null ? "" : `${task.id} `}${task.title}`,
        description: [task.phase, task.owner, task.estimate].filter(Boolean).join(" · "),
        target: { uri, task },
      })),
    ];
  });
  if (items.length === 0) {
    void window.showInformationMessage("Plansmith: no tasks ready in this workspace");
    return;
  }
  const chosen = await window.showQuickPick(items, { placeHolder: "Ready tasks", matchOnDescription: true });
  if (chosen?.target === undefined) return;
  const line = chosen.target.task.line - 1;
  await reveal(chosen.target.uri, new Range(line, 0, line, 0));
}

/** Applies the code action that updates outdated progress values, which the server offers on the plan's title. */
async function updateProgress(editor: TextEditor): Promise<void> {
  const { document } = editor;
  for (let line = 0; line < document.lineCount; line++) {
    if (!/^ {0,3}# /.test(document.lineAt(line).text)) continue;
    const { range } = document.lineAt(line);
    const title = new Range(range.end, range.end);
    const actions = await commands.executeCommand<CodeAction[] | undefined>(
      "vscode.executeCodeActionProvider",
      document.uri,
      title,
      UPDATE_PROGRESS_VALUES,
      1,
    );
    const edit = actions?.find((action) => action.edit !== undefined)?.edit;
    if (edit === undefined) continue;
    await workspace.applyEdit(edit);
    return;
  }
  window.setStatusBarMessage("Plansmith: progress is up to date", 4000);
}

// Commands on the plan in the editor.

import { CodeAction, commands, Disposable, QuickPickItem, QuickPickItemKind, Range, Selection, TextEditor, Uri, window, workspace } from "vscode";
import { command } from "./report";
import { NextTask, ServerApi, STATES, uriOf } from "./server_api";

/** The kind of the action that brings a plan's figures up to date; it stands on the title. */
const UPDATE_BOOKS = "refactor.rewrite.plansmith.update-figures";

export function registerCommands(api: ServerApi): Disposable[] {
  return [
    command("toggleTask", () => onEditor((editor) => api.toggleTasks(editor.document, editor.selections))),
    command("cycleTask", () => onEditor((editor) => api.cycleTasks(editor.document, editor.selections))),
    command("completeTask", () =>
      onEditor((editor) => api.setState(editor.document, editor.selections, "done", true)),
    ),
    command("setState", (state) => onEditor((editor) => setState(api, editor, state))),
    command("nextPlaceholder", () => onEditor((editor) => toPlaceholder(api, editor, false))),
    command("previousPlaceholder", () => onEditor((editor) => toPlaceholder(api, editor, true))),
    command("nextTasks", () => pickNextTask(api)),
    command("updateBooks", () => onEditor(updateBooks)),
  ];
}

/** Shows a place of a document. */
export async function reveal(uri: Uri, range: Range): Promise<void> {
  await window.showTextDocument(uri, { selection: new Range(range.start, range.start) });
}

async function onEditor(run: (editor: TextEditor) => unknown): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor?.document.languageId !== "markdown") throw new Error("open a plan first");
  await run(editor);
}

async function setState(api: ServerApi, editor: TextEditor, wanted: unknown): Promise<void> {
  const placeHolder = "The state of the selected tasks";
  const name = typeof wanted === "string" ? wanted : await window.showQuickPick(STATES, { placeHolder });
  const state = STATES.find((state) => state === name);
  if (state === undefined) return;
  const changed = await api.setState(editor.document, editor.selections, state);
  if (changed === 0) window.setStatusBarMessage("Plansmith: nothing to change here", 4000);
}

async function toPlaceholder(api: ServerApi, editor: TextEditor, backwards: boolean): Promise<void> {
  const { start, active } = editor.selection;
  const range = await api.nextPlaceholder(editor.document, backwards ? start : active, backwards);
  if (range === undefined) {
    window.setStatusBarMessage("Plansmith: no further placeholder", 4000);
    return;
  }
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range);
}

interface TaskItem extends QuickPickItem {
  place?: { uri: Uri; task: NextTask };
}

/** Lists what can be started in the workspace, this plan's tasks first, and goes there. */
async function pickNextTask(api: ServerApi): Promise<void> {
  const current = window.activeTextEditor?.document.uri.toString();
  const plans = (await api.nextTasks())
    .map((plan) => ({ ...plan, at: uriOf(plan) }))
    .filter((plan) => plan.tasks.length > 0)
    .sort((one, other) => Number(other.at?.toString() === current) - Number(one.at?.toString() === current));
  const items = plans.flatMap((plan): TaskItem[] => {
    const { at: uri } = plan;
    if (uri === undefined) return [];
    return [
      { label: plan.title ?? plan.path, kind: QuickPickItemKind.Separator },
      ...plan.tasks.map((task) => ({
        label: `${task.state === "active" ? "$(play) " : ""}${task.id === null ? "" : `${task.id} `}${task.title}`,
        description: [task.owner, task.estimate].filter(Boolean).join(", "),
        place: { uri, task },
      })),
    ];
  });
  if (items.length === 0) {
    void window.showInformationMessage("Plansmith: no task of this workspace can be started now.");
    return;
  }
  const placeHolder = "Tasks that can be started now";
  const chosen = await window.showQuickPick(items, { placeHolder, matchOnDescription: true });
  if (chosen?.place === undefined) return;
  const line = chosen.place.task.line - 1;
  await reveal(chosen.place.uri, new Range(line, 0, line, 0));
}

/** Runs the action that the server offers on the title of a plan whose figures are behind its boxes. */
async function updateBooks(editor: TextEditor): Promise<void> {
  const { document } = editor;
  for (let line = 0; line < document.lineCount; line++) {
    if (!/^ {0,3}# /.test(document.lineAt(line).text)) continue;
    const { range } = document.lineAt(line);
    const title = new Range(range.end, range.end);
    const actions = await commands.executeCommand<CodeAction[] | undefined>(
      "vscode.executeCodeActionProvider",
      document.uri,
      title,
      UPDATE_BOOKS,
      1,
    );
    const edit = actions?.find((action) => action.edit !== undefined)?.edit;
    if (edit === undefined) continue;
    await workspace.applyEdit(edit);
    return;
  }
  window.setStatusBarMessage("Plansmith: the figures of this plan are up to date", 4000);
}

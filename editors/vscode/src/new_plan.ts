// Creation of plans from templates.

import { Disposable, QuickPickItem, QuickPickItemKind, Range, Selection, TextEditor, Uri, window, workspace } from "vscode";
import { registerCommand } from "./register_command";
import { ServerApi, uriOf } from "./server/api";

export function registerNewPlan(api: ServerApi): Disposable {
  return registerCommand("newPlan", (folder) => newPlan(api, folder instanceof Uri ? folder : undefined));
}

async function newPlan(api: ServerApi, requestedFolder: Uri | undefined): Promise<void> {
  const template = await pickTemplate(api);
  if (template === undefined) return;
  const title = await window.showInputBox({
    title: "New Plan",
    prompt: "Title of the new plan",
    placeHolder: "Move the search index",
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === "" ? "Enter a title" : undefined),
  });
  if (title === undefined) return;
  const folder = requestedFolder ?? (await pickFolder(api));
  // Without a workspace folder, the document is untitled until it is saved.
  if (folder === undefined && workspace.workspaceFolders !== undefined) return;
  const text = await api.newPlan(template, title.trim());
  const document = folder
    ? await workspace.openTextDocument((await unusedUri(folder, fileName(title))).with({ scheme: "untitled" }))
    : await workspace.openTextDocument({ language: "markdown" });
  const editor = await window.showTextDocument(document, { preview: false });
  await editor.edit((edit) => edit.insert(document.positionAt(0), text));
  await selectFirstPlaceholder(api, editor);
}

async function pickTemplate(api: ServerApi): Promise<string | undefined> {
  const items = (await api.templates()).map(({ name, description, origin }) => ({
    label: name,
    description: origin === "built-in" ? "" : origin,
    detail: description ?? "",
  }));
  const options = { title: "New Plan", placeHolder: "Template for the new plan", matchOnDetail: true };
  return (await window.showQuickPick(items, options))?.label;
}

interface FolderItem extends QuickPickItem {
  /** `undefined` for the entry that opens the dialog. */
  folder?: Uri;
}

/** Prompts for the folder of a new plan. Folders with plans come first, starting with that of the active editor. */
async function pickFolder(api: ServerApi): Promise<Uri | undefined> {
  const roots = workspace.workspaceFolders?.map(({ uri }) => uri) ?? [];
  if (roots.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const plan of await api.status().catch(() => [])) {
    const folder = uriOf(plan)?.with({ query: "", fragment: "" });
    if (folder === undefined) continue;
    const parent = Uri.joinPath(folder, "..").toString();
    counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  const active = window.activeTextEditor?.document.uri;
  const activeFolder = active?.scheme === "file" || active?.scheme === "vscode-remote" ? Uri.joinPath(active, "..").toString() : "";
  const withPlans = [...counts].sort(([a, countA], [b, countB]) => Number(b === activeFolder) - Number(a === activeFolder) || countB - countA);
  const others = roots.map((root) => root.toString()).filter((root) => !counts.has(root));
  const item = (folder: string, count: number): FolderItem => {
    const uri = Uri.parse(folder);
    const path = workspace.asRelativePath(uri, roots.length > 1);
    const isRoot = roots.some((root) => root.toString() === folder);
    return {
      label: `$(folder) ${isRoot ? (workspace.getWorkspaceFolder(uri)?.name ?? path) : path}`,
      description: count === 0 ? "workspace folder" : `${count} ${count === 1 ? "plan" : "plans"}`,
      folder: uri,
    };
  };
  const items: FolderItem[] = [
    ...withPlans.slice(0, 20).map(([folder, count]) => item(folder, count)),
    ...others.map((folder) => item(folder, 0)),
    { label: "", kind: QuickPickItemKind.Separator },
    { label: "$(folder-opened) Choose Another Folder…" },
  ];
  const chosen = await window.showQuickPick(items, { title: "New Plan", placeHolder: "Folder for the new plan", ignoreFocusOut: true });
  if (chosen === undefined || chosen.folder !== undefined) return chosen?.folder;
  const [root] = roots;
  const opened = await window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: "Create Plan Here",
    ...(root && { defaultUri: root }),
  });
  return opened?.[0];
}

/** Selects the first placeholder, or moves the cursor to the start if the plan has none. */
async function selectFirstPlaceholder(api: ServerApi, editor: TextEditor): Promise<void> {
  const start = editor.document.positionAt(0);
  const range = (await api.nextPlaceholder(editor.document, start, false)) ?? new Range(start, start);
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range);
}

/** Returns the file name without extension for a title: `move-the-index` for `Move the Index!`. */
function fileName(title: string): string {
  const words = title.normalize("NFC").toLowerCase().match(/[\p{L}\p{N}]+/gu);
  return words?.join("-") ?? "plan";
}

/** Returns the first of `NAME.md`, `NAME-2.md`, ... that does not exist in `folder`. */
async function unusedUri(folder: Uri, name: string): Promise<Uri> {
  for (let number = 1; ; number++) {
    const uri = Uri.joinPath(folder, `${name}${number === 1 ? "" : `-${number}`}.md`);
    const exists = await workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!exists) return uri;
  }
}

// Creation of plans from templates.

import { Disposable, QuickPickItem, Uri, window, workspace } from "vscode";
import { registerCommand } from "./register_command";
import { ServerApi } from "./server_api";

interface TemplateItem extends QuickPickItem {
  name: string;
}

export function registerNewPlan(api: ServerApi): Disposable {
  return registerCommand("newPlan", (folder) => newPlan(api, folder instanceof Uri ? folder : undefined));
}

async function newPlan(api: ServerApi, folder: Uri | undefined): Promise<void> {
  const templates = await api.templates();
  const items: TemplateItem[] = templates.map(({ name, description, origin }) => ({
    name,
    label: name,
    description: origin === "built-in" ? "" : origin,
    detail: description ?? "",
  }));
  const template = await window.showQuickPick(items, { placeHolder: "Template of the new plan", matchOnDetail: true });
  if (template === undefined) return;
  const title = await window.showInputBox({ prompt: "Title of the new plan", ignoreFocusOut: true });
  if (!title) return;
  const text = await api.newPlan(template.name, title);
  const parent = folder ?? workspace.workspaceFolders?.[0]?.uri;
  const uri = parent && (await unusedUri(parent, fileName(title)));
  // Without a workspace folder, the document is untitled until it is saved.
  const document = uri
    ? await workspace.openTextDocument(uri.with({ scheme: "untitled" }))
    : await workspace.openTextDocument({ language: "markdown" });
  const editor = await window.showTextDocument(document);
  await editor.edit((edit) => edit.insert(document.positionAt(0), text));
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

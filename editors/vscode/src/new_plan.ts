// A new plan from a template.

import { Disposable, QuickPickItem, Uri, window, workspace } from "vscode";
import { command } from "./report";
import { ServerApi } from "./server_api";

interface TemplateItem extends QuickPickItem {
  name: string;
}

export function registerNewPlan(api: ServerApi): Disposable {
  return command("newPlan", (folder) => newPlan(api, folder instanceof Uri ? folder : undefined));
}

async function newPlan(api: ServerApi, folder: Uri | undefined): Promise<void> {
  const templates = await api.templates();
  const items: TemplateItem[] = templates.map(({ name, description, origin }) => ({
    name,
    label: name,
    description: origin === "built-in" ? "" : origin,
    detail: description ?? "",
  }));
  const template = await window.showQuickPick(items, { placeHolder: "The template of the new plan", matchOnDetail: true });
  if (template === undefined) return;
  const title = await window.showInputBox({ prompt: "The title of the new plan", ignoreFocusOut: true });
  if (!title) return;
  const text = await api.newPlan(template.name, title);
  const parent = folder ?? workspace.workspaceFolders?.[0]?.uri;
  const uri = parent && (await freeName(parent, fileName(title)));
  // Without a folder to write to it stays unnamed until it is saved.
  const document = uri
    ? await workspace.openTextDocument(uri.with({ scheme: "untitled" }))
    : await workspace.openTextDocument({ language: "markdown" });
  const editor = await window.showTextDocument(document);
  await editor.edit((edit) => edit.insert(document.positionAt(0), text));
}

/** `Move the Index!` becomes `move-the-index`. */
function fileName(title: string): string {
  const words = title.normalize("NFC").toLowerCase().match(/[\p{L}\p{N}]+/gu);
  return words?.join("-") ?? "plan";
}

async function freeName(folder: Uri, name: string): Promise<Uri> {
  for (let number = 1; ; number++) {
    const uri = Uri.joinPath(folder, `${name}${number === 1 ? "" : `-${number}`}.md`);
    const isTaken = await workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!isTaken) return uri;
  }
}

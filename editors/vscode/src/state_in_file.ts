// Changing a task of a plan that may not be open.

import { Range, TextDocument, Uri, window, workspace } from "vscode";
import { ServerApi, State } from "./server_api";

/** Sets the state of a task. A plan that nobody has open is saved, since nobody would see that it is not. */
export async function setStateInFile(api: ServerApi, uri: Uri, range: Range, state: State): Promise<void> {
  const document = await workspace.openTextDocument(uri);
  const isSeen = document.isDirty || window.tabGroups.all.some((group) => group.tabs.some((tab) => shows(tab.input, uri)));
  const change = nextChange(document);
  // The server answers after the edit, but the event of the change may come later.
  const changed = await api.setState(document, [range], state);
  if (changed === 0) return;
  await change;
  if (!isSeen) await document.save();
}

function shows(input: unknown, uri: Uri): boolean {
  const shown = (input as { uri?: unknown } | undefined)?.uri;
  return shown instanceof Uri && shown.toString() === uri.toString();
}

/** Settles when a document has changed, or after a while in which it has not. */
function nextChange(document: TextDocument): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      subscription.dispose();
      resolve();
    };
    const timer = setTimeout(settle, 5000);
    const subscription = workspace.onDidChangeTextDocument((event) => {
      if (event.document === document && event.contentChanges.length > 0) settle();
    });
  });
}

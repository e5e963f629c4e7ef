// Changes plans that may not be open in an editor.

import { TextDocument, Uri, window, workspace } from "vscode";

/**
 * Changes a plan by a command of the server, which returns the number of changes. Saves the plan if it is not open in an
 * editor, because unsaved changes would not be visible.
 */
export async function editPlan(uri: Uri, change: (document: TextDocument) => Promise<number>): Promise<void> {
  const document = await workspace.openTextDocument(uri);
  const isOpen = document.isDirty || window.tabGroups.all.some((group) => group.tabs.some((tab) => shows(tab.input, uri)));
  const changed = nextChange(document);
  // The server responds after the edit, but the event of the change can arrive later.
  if ((await change(document)) === 0) return;
  await changed;
  if (!isOpen) await document.save();
}

function shows(input: unknown, uri: Uri): boolean {
  const shown = (input as { uri?: unknown } | undefined)?.uri;
  return shown instanceof Uri && shown.toString() === uri.toString();
}

/** Resolves when the document changes, or after five seconds without a change. */
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

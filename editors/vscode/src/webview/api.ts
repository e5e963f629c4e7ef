// The interface between the script of a page and the extension.

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export const vscode = acquireVsCodeApi();

/** Returns the element with an ID. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element ${id}`);
  return found;
}

/** Returns the state of the page: that of the last session, with the values that the extension has written into the page. */
export function pageState(): object {
  const written = JSON.parse(document.body.dataset.state ?? "{}") as object;
  return { ...(vscode.getState() as object | undefined), ...written };
}

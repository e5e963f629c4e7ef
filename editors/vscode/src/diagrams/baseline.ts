// Chooses a baseline of a timeline: another version of the plan, from git or from a file.

import { extensions, QuickPickItem, Uri, window, workspace } from "vscode";

/** The part of the API of VS Code's Git extension that is used. */
interface GitApi {
  getRepository(uri: Uri): { show(revision: string, path: string): Promise<string> } | null;
}

/** Text of the other version; `null` removes the baseline. */
export type Baseline = string | null;

/** Prompts for a baseline. Returns `undefined` if the user cancels. */
export async function chooseBaseline(plan: Uri): Promise<Baseline | undefined> {
  const revision: QuickPickItem = { label: "Git Revision…", description: "a branch, tag or commit" };
  const file: QuickPickItem = { label: "File...", description: "a saved version of the plan" };
  const none: QuickPickItem = { label: "No Baseline" };
  const chosen = await window.showQuickPick([revision, file, none], { title: "Baseline of the Timeline" });
  if (chosen === revision) return ofRevision(plan);
  if (chosen === file) return ofFile(plan);
  return chosen === none ? null : undefined;
}

async function ofRevision(plan: Uri): Promise<Baseline | undefined> {
  const git = extensions.getExtension<{ getAPI(version: 1): GitApi }>("vscode.git");
  if (git === undefined) throw new Error("the Git extension is disabled");
  const repository = (await git.activate()).getAPI(1).getRepository(plan);
  if (repository === null) throw new Error("the plan is not in a git repository");
  const revision = await window.showInputBox({ title: "Baseline of the Timeline", prompt: "Git revision", value: "HEAD" });
  if (revision === undefined || revision === "") return undefined;
  try {
    return await repository.show(revision, plan.fsPath);
  } catch {
    throw new Error(`the plan was not found in git revision \`${revision}\``);
  }
}

async function ofFile(plan: Uri): Promise<Baseline | undefined> {
  const files = await window.showOpenDialog({ title: "Baseline of the Timeline", defaultUri: Uri.joinPath(plan, "..") });
  const file = files?.[0];
  return file === undefined ? undefined : new TextDecoder().decode(await workspace.fs.readFile(file));
}

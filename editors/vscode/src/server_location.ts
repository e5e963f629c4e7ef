// Where the server is, and whether it is one that this extension can work with.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { ExtensionContext, Uri, workspace } from "vscode";

/** The oldest server that knows everything this extension asks for. */
export const OLDEST_SERVER = "0.1.0";

const PROGRAM = process.platform === "win32" ? "plansmith.exe" : "plansmith";

export interface ServerLocation {
  readonly program: string;
  /** Where the program was found, in words for the log. */
  readonly origin: string;
}

/** The setting, else the environment, else the server in the extension's package, else the path. */
export function findServer(context: ExtensionContext): ServerLocation | undefined {
  // VS Code leaves a workspace's own value out while the workspace is not trusted: see "restrictedConfigurations".
  const configured = workspace.getConfiguration("plansmith").get<string>("server.path")?.trim();
  if (configured) return { program: resolved(configured), origin: "the setting plansmith.server.path" };
  const fromEnvironment = process.env.PLANSMITH_SERVER;
  if (fromEnvironment) return { program: fromEnvironment, origin: "the variable PLANSMITH_SERVER" };
  const bundled = Uri.joinPath(context.extensionUri, "server", PROGRAM).fsPath;
  if (existsSync(bundled)) return { program: bundled, origin: "the extension" };
  // Relative folders on the path would let a workspace choose what runs.
  const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const program = folders.map((folder) => join(folder, PROGRAM)).find((file) => existsSync(file));
  return program === undefined ? undefined : { program, origin: "the PATH" };
}

/** `~` is the home folder, and what is relative starts at the first workspace folder. */
function resolved(path: string): string {
  if (path.startsWith("~/")) return join(homedir(), path.slice(2));
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  return isAbsolute(path) || folder === undefined ? path : join(folder, path);
}

/** What `plansmith --version` says: `0.1.0`. Throws a sentence when the program cannot be asked or is another one. */
export async function versionOf(program: string): Promise<string> {
  const asked = promisify(execFile)(program, ["--version"], { timeout: 10_000 });
  const { stdout } = await asked.catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new Error(`there is no program at ${program}`);
    if (code === "EACCES") throw new Error(`${program} may not be run`);
    throw new Error(`${program} does not run: ${error instanceof Error ? error.message : String(error)}`);
  });
  const version = /^plansmith (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${program} is another program, not Plansmith`);
  return version;
}

/** Whether a version such as `0.2.0` is older than another; what follows the three numbers does not count. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.+-]/, 3).map(Number);
  const [ours, theirs] = [numbers(version), numbers(than)];
  const differing = ours.findIndex((number, index) => number !== theirs[index]);
  return differing >= 0 && (ours[differing] ?? 0) < (theirs[differing] ?? 0);
}

// Finds the server program and reads its version.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { ExtensionContext, Uri, workspace } from "vscode";

/** Oldest server version that supports all commands of this extension. */
export const MIN_SERVER_VERSION = "0.1.0";

const PROGRAM = process.platform === "win32" ? "plansmith.exe" : "plansmith";

export interface ServerLocation {
  readonly program: string;
  /** Location of the program, for messages and the log. */
  readonly origin: string;
}

/** Finds the server in the setting, the environment variable, the extension, the `PATH` or the installers' folders, in this order. */
export function findServer(context: ExtensionContext): ServerLocation | undefined {
  // In an untrusted workspace, VS Code ignores the workspace's own value ("restrictedConfigurations" in package.json).
  const configured = workspace.getConfiguration("plansmith").get<string>("server.path")?.trim();
  if (configured) return { program: resolvePath(configured), origin: "the setting plansmith.server.path" };
  const fromEnvironment = process.env.PLANSMITH_SERVER;
  if (fromEnvironment) return { program: fromEnvironment, origin: "the environment variable PLANSMITH_SERVER" };
  const candidates = [
    { folder: bundledFolder(context), origin: "the extension" },
    ...pathFolders().map((folder) => ({ folder, origin: "the PATH" })),
    ...installFolders().map((folder) => ({ folder, origin: folder })),
  ];
  const found = candidates.find(({ folder }) => existsSync(join(folder, PROGRAM)));
  return found && { program: join(found.folder, PROGRAM), origin: found.origin };
}

/** Returns the folders in which {@link findServer} looks for the program, for the log. */
export function searchedFolders(context: ExtensionContext): string[] {
  return [...new Set([bundledFolder(context), ...pathFolders(), ...installFolders()])];
}

function bundledFolder(context: ExtensionContext): string {
  return Uri.joinPath(context.extensionUri, "server").fsPath;
}

/** Returns the absolute folders of the `PATH`. With relative folders, a workspace could provide the program. */
function pathFolders(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
}

/** Returns the folders into which installers put programs. An editor that is not started from a shell often has a shorter `PATH`. */
function installFolders(): string[] {
  const cargo = process.env.CARGO_HOME;
  const folders = [join(cargo && isAbsolute(cargo) ? cargo : join(homedir(), ".cargo"), "bin"), join(homedir(), ".local", "bin")];
  return process.platform === "win32" ? folders : [...folders, "/opt/homebrew/bin", "/usr/local/bin"];
}

/** Expands `~`, and resolves relative paths against the first workspace folder. */
function resolvePath(path: string): string {
  if (path.startsWith("~/")) return join(homedir(), path.slice(2));
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  return isAbsolute(path) || folder === undefined ? path : join(folder, path);
}

/** Returns the version that `plansmith --version` prints, e.g. `0.1.0`. Throws if the program cannot be run or is not Plansmith. */
export async function readVersion(program: string): Promise<string> {
  const result = promisify(execFile)(program, ["--version"], { timeout: 10_000 });
  const { stdout } = await result.catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") throw new Error(`${program} not found`);
    if (code === "EACCES") throw new Error(`${program} is not executable`);
    throw new Error(`${program} failed: ${error instanceof Error ? error.message : String(error)}`);
  });
  const version = /^plansmith (\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${program} is not Plansmith`);
  return version;
}

/** Returns whether a version such as `0.2.0` is older than `other`. Compares only the first three numbers. */
export function isOlder(version: string, other: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.+-]/, 3).map(Number);
  const [left, right] = [numbers(version), numbers(other)];
  const difference = left.findIndex((number, index) => number !== right[index]);
  return difference >= 0 && (left[difference] ?? 0) < (right[difference] ?? 0);
}

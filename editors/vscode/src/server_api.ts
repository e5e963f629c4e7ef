// What the server answers to commands beyond the protocol, typed. Everything that asks the server asks here.

import { Position, Range, TextDocument, Uri, workspace } from "vscode";
import { ExecuteCommandRequest, Location } from "vscode-languageclient/node";
import { Server } from "./server";

export const STATES = ["open", "active", "blocked", "done", "deferred", "cancelled"] as const;
export type State = (typeof STATES)[number];

/** A plan's phase or task with what is below it. Positions are LSP's. */
export interface Item {
  kind: "phase" | "task";
  id?: string | null;
  title: string;
  /** Nothing for a phase that says none and has no tasks. */
  state: State | null;
  /** Tasks below that are done, and all of them. */
  done: number;
  total: number;
  range: LspRange;
  selectionRange: LspRange;
  children: Item[];
}

/** A task that can be started. */
export interface NextTask {
  id: string | null;
  title: string;
  /** Counted from 1. */
  line: number;
  state: State;
  owner: string | null;
  estimate: string | null;
}

export interface PlanStatus {
  path: string;
  uri?: string;
  title: string | null;
  status: string | null;
  state: State | null;
  done: number;
  total: number;
  next: NextTask[];
  target: string | null;
  overdue_days: number | null;
}

export interface NextTasks {
  path: string;
  uri?: string;
  title: string | null;
  tasks: NextTask[];
}

export interface Template {
  name: string;
  description: string | null;
  /** A path, or `built-in`. */
  origin: string;
}

export type Drawing = "dependencies" | "timeline";

interface LspRange {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** The server does not run. */
export class NotRunning extends Error {
  constructor() {
    super("the server does not run");
  }
}

/** The server is older than what is asked of it. */
export class TooOld extends Error {
  constructor(version: string) {
    super(`the server (version ${version}) cannot do this yet; update it`);
  }
}

export class ServerApi {
  constructor(private readonly server: Server) {}

  get isRunning(): boolean {
    return this.server.running !== undefined;
  }

  /** Whether a running server has a command. */
  knows(name: string): boolean {
    const provider = this.server.running?.initializeResult?.capabilities.executeCommandProvider;
    return provider?.commands.includes(`plansmith.server.${name}`) ?? false;
  }

  toggleTasks(document: TextDocument, ranges: readonly Range[]): Promise<number> {
    return this.change("toggleTask", document, ranges);
  }

  cycleTasks(document: TextDocument, ranges: readonly Range[]): Promise<number> {
    return this.change("cycleTask", document, ranges);
  }

  setState(document: TextDocument, ranges: readonly Range[], state: State, keepBooks = false): Promise<number> {
    return this.change("setState", document, ranges, { state, keepBooks });
  }

  templates(): Promise<Template[]> {
    return this.ask("listTemplates", {});
  }

  /** The text of a new plan; nothing is written. */
  async newPlan(template: string, title: string): Promise<string> {
    return (await this.ask<{ text: string }>("newPlan", { template, title })).text;
  }

  async nextPlaceholder(document: TextDocument, position: Position, backwards: boolean): Promise<Range | undefined> {
    const location = await this.ask<Location | null>("nextPlaceholder", {
      ...named(document.uri),
      position: { line: position.line, character: position.character },
      backwards,
    });
    return location === null ? undefined : toRange(location.range);
  }

  /** What can be started, in one plan or in all of the workspace. */
  async nextTasks(uri?: Uri): Promise<NextTasks[]> {
    return this.ask("nextTasks", uri === undefined ? {} : named(uri));
  }

  /** How far one plan is, or all of the workspace. */
  async status(uri?: Uri): Promise<PlanStatus[]> {
    return (await this.ask<{ plans: PlanStatus[] }>("status", uri === undefined ? {} : named(uri))).plans;
  }

  /** Phases and tasks of a plan; none of other documents. */
  async items(uri: Uri): Promise<Item[]> {
    return (await this.ask<Item[] | null>("items", named(uri))) ?? [];
  }

  async drawing(uri: Uri, of: Drawing, format: "svg" | "mermaid"): Promise<string> {
    return (await this.ask<{ text: string }>("graph", { ...named(uri), of, format })).text;
  }

  private async change(
    name: string,
    document: TextDocument,
    ranges: readonly Range[],
    options: Record<string, unknown> = {},
  ): Promise<number> {
    const plain = ranges.map(({ start, end }) => ({
      start: { line: start.line, character: start.character },
      end: { line: end.line, character: end.character },
    }));
    const argument = { ...named(document.uri), ranges: plain, ...options };
    const { changed, reason } = await this.ask<{ changed: number; reason?: string }>(name, argument);
    if (reason !== undefined) throw new Error(reason);
    return changed;
  }

  private async ask<T>(name: string, argument: Record<string, unknown>): Promise<T> {
    const client = this.server.running;
    if (client === undefined) throw new NotRunning();
    if (!this.knows(name)) throw new TooOld(client.initializeResult?.serverInfo?.version ?? "unknown");
    const command = `plansmith.server.${name}`;
    return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] })) as T;
  }
}

export function toRange({ start, end }: LspRange): Range {
  return new Range(start.line, start.character, end.line, end.character);
}

/** Where a plan is that the server tells of. */
export function uriOf(plan: { path: string; uri?: string }): Uri | undefined {
  if (plan.uri !== undefined) return Uri.parse(plan.uri);
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return folder && Uri.joinPath(folder, plan.path);
}

function named(uri: Uri): { textDocument: { uri: string } } {
  return { textDocument: { uri: uri.toString() } };
}

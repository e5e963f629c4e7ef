// Typed interface to the server's commands (`workspace/executeCommand`). All other modules call the server through it.

import { Position, Range, TextDocument, Uri, workspace } from "vscode";
import { ExecuteCommandRequest, Location } from "vscode-languageclient/node";
import { Server } from "./server";

export const STATES = ["open", "active", "blocked", "done", "deferred", "cancelled"] as const;
export type State = (typeof STATES)[number];

/** A field of a task that can be set. */
export type TaskField = "owner" | "due" | "estimate";

/** A phase or task with its children. Positions are those of LSP. */
export interface Item {
  kind: "phase" | "task";
  id?: string | null;
  title: string;
  /** `null` for a phase that has neither tasks nor a status. */
  state: State | null;
  /** Number of done tasks below the item, and number of all tasks below it. */
  done: number;
  total: number;
  /** The owner of the item, otherwise of its nearest ancestor with an owner. */
  owner?: string | null;
  /** As written. */
  due?: string | null;
  estimate?: string | null;
  /** Heading of the section of a task outside of phases and other tasks. */
  section?: string | null;
  range: LspRange;
  selectionRange: LspRange;
  children: Item[];
}

/** A ready task: open or active, with all its dependencies done. */
export interface NextTask {
  id: string | null;
  title: string;
  /** Starts at 1. */
  line: number;
  state: State;
  owner: string | null;
  estimate: string | null;
  phase?: string | null;
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
  archived?: boolean;
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
  /** Path of the file, or `built-in`. */
  origin: string;
}

/** Requirements of a document set, with the tasks that refer to them. */
export interface SetCoverage {
  path: string;
  family: string;
  documents: { path: string; uri: string | null; role: string }[];
  kinds: { kind: string; total: number; referenced: number; done: number }[];
  requirements: Requirement[];
}

export interface Requirement {
  id: string;
  kind: string;
  title: string;
  priority?: string;
  uri: string | null;
  /** Starts at 1. */
  line: number;
  /** ID of the requirement of which it is a part. */
  parent: string | null;
  state: RequirementState;
  tasks: RequirementTask[];
}

export type RequirementState = "not_referenced" | "open" | "active" | "done";

export interface RequirementTask {
  id: string | null;
  title: string;
  uri: string | null;
  /** Starts at 1. */
  line: number;
  state: State;
}

export type DiagramKind = "dependencies" | "timeline";

export interface Diagram {
  /** An SVG. Elements that represent a phase or task have its line, starting at 0, as `data-line`. */
  svg: string;
  /** Whether the diagram shows phases instead of tasks. */
  onlyPhases: boolean;
}

/** Position of a moved item relative to its target. */
export type Destination = "before" | "after" | "into";

interface LspRange {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** A diagnostic as the server sends it. Severities are from 1 (error) to 4 (hint). */
export interface LspDiagnostic {
  range: LspRange;
  severity: number;
  code: string;
  message: string;
}

/** The server is not running. */
export class ServerNotRunning extends Error {
  constructor() {
    super("the server is not running");
  }
}

/** The server is too old for a command. */
export class ServerTooOld extends Error {
  constructor(version: string) {
    super(`not supported by server version ${version}; update the server`);
  }
}

export class ServerApi {
  constructor(private readonly server: Server) {}

  get isRunning(): boolean {
    return this.server.running !== undefined;
  }

  /** Resolves when the server is running, has failed to start or has been stopped. */
  async settled(): Promise<void> {
    await this.server.settled();
  }

  /** Returns whether the server is running and has a command. */
  supports(name: string): boolean {
    const provider = this.server.running?.initializeResult?.capabilities.executeCommandProvider;
    return provider?.commands.includes(`plansmith.server.${name}`) ?? false;
  }

  toggleTasks(document: TextDocument, ranges: readonly Range[]): Promise<number> {
    return this.change("toggleTask", document, { ranges: ranges.map(toLspRange) });
  }

  cycleTasks(document: TextDocument, ranges: readonly Range[]): Promise<number> {
    return this.change("cycleTask", document, { ranges: ranges.map(toLspRange) });
  }

  setState(document: TextDocument, ranges: readonly Range[], state: State, updateProgress = false): Promise<number> {
    return this.change("setState", document, { ranges: ranges.map(toLspRange), state, updateProgress });
  }

  /** Sets a field of the tasks in these ranges, in the form that the plan uses. */
  setField(document: TextDocument, ranges: readonly Range[], field: TaskField, value: string): Promise<number> {
    return this.change("setField", document, { ranges: ranges.map(toLspRange), field, value });
  }

  /** Moves the phase or task in the line of a position next to another one. */
  moveItem(document: TextDocument, item: Position, target: Position, destination: Destination): Promise<number> {
    return this.change("moveItem", document, { item: toLspPosition(item), target: toLspPosition(target), destination });
  }

  templates(): Promise<Template[]> {
    return this.execute("listTemplates", {});
  }

  /** Returns the text of a new plan, without creating a file. */
  async newPlan(template: string, title: string): Promise<string> {
    return (await this.execute<{ text: string }>("newPlan", { template, title })).text;
  }

  async nextPlaceholder(document: TextDocument, position: Position, backwards: boolean): Promise<Range | undefined> {
    const location = await this.execute<Location | null>("nextPlaceholder", {
      ...forDocument(document.uri),
      position: toLspPosition(position),
      backwards,
    });
    return location === null ? undefined : toRange(location.range);
  }

  /** Returns the ready tasks of one plan, or of all plans of the workspace. */
  async nextTasks(uri?: Uri): Promise<NextTasks[]> {
    return this.execute("nextTasks", uri === undefined ? {} : forDocument(uri));
  }

  /** Returns the status of one plan, or of all plans of the workspace. */
  async status(uri?: Uri, archived = false): Promise<PlanStatus[]> {
    const argument = uri === undefined ? { archived } : forDocument(uri);
    return (await this.execute<{ plans: PlanStatus[] }>("status", argument)).plans;
  }

  /** Returns the phases and tasks of a plan; empty for other documents. */
  async items(uri: Uri): Promise<Item[]> {
    return (await this.execute<Item[] | null>("items", forDocument(uri))) ?? [];
  }

  /** Returns the requirements of all document sets in the workspace. */
  async coverage(): Promise<SetCoverage[]> {
    return (await this.execute<{ sets: SetCoverage[] }>("coverage", {})).sets;
  }

  /** Returns the diagnostics of an open document, computed for its present text. */
  async diagnostics(uri: Uri): Promise<LspDiagnostic[]> {
    const client = this.server.running;
    if (client === undefined) throw new ServerNotRunning();
    const report: { items: LspDiagnostic[] } = await client.sendRequest("textDocument/diagnostic", forDocument(uri));
    return report.items;
  }

  /** Returns the Markdown syntax tree of a document, as `(name start end child...)`, or `undefined` if it is not open. */
  async syntaxTree(uri: Uri): Promise<string | undefined> {
    const client = this.server.running;
    if (client === undefined) throw new ServerNotRunning();
    const result: { tree: string } | null = await client.sendRequest("plansmith/syntaxTree", forDocument(uri));
    return result?.tree;
  }

  /**
   * Returns a diagram for an area of this width in pixels. Without `onlyPhases`, it shows phases only if there are too many
   * tasks.
   */
  async diagram(uri: Uri, kind: DiagramKind, width: number, onlyPhases?: boolean, baseline: string | null = null): Promise<Diagram> {
    const options = { ...(onlyPhases !== undefined && { onlyPhases }), ...(baseline !== null && { baseline }) };
    const argument = { ...forDocument(uri), kind, format: "svg", viewport: { width }, ...options };
    const result = await this.execute<{ text: string; onlyPhases?: boolean }>("graph", argument);
    return { svg: result.text, onlyPhases: result.onlyPhases ?? false };
  }

  private async change(name: string, document: TextDocument, options: Record<string, unknown>): Promise<number> {
    const argument = { ...forDocument(document.uri), ...options };
    const { changed, reason } = await this.execute<{ changed: number; reason?: string }>(name, argument);
    if (reason !== undefined) throw new Error(reason);
    return changed;
  }

  private async execute<T>(name: string, argument: Record<string, unknown>): Promise<T> {
    const client = this.server.running;
    if (client === undefined) throw new ServerNotRunning();
    if (!this.supports(name)) throw new ServerTooOld(client.initializeResult?.serverInfo?.version ?? "unknown");
    const command = `plansmith.server.${name}`;
    return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] })) as T;
  }
}

export function toRange({ start, end }: LspRange): Range {
  return new Range(start.line, start.character, end.line, end.character);
}

/** Returns the URI of a plan in a response. Older servers send only its path. */
export function uriOf(plan: { path: string; uri?: string }): Uri | undefined {
  if (plan.uri !== undefined) return Uri.parse(plan.uri);
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return folder && Uri.joinPath(folder, plan.path);
}

function toLspPosition({ line, character }: Position): LspRange["start"] {
  return { line, character };
}

function toLspRange({ start, end }: Range): LspRange {
  return { start: toLspPosition(start), end: toLspPosition(end) };
}

function forDocument(uri: Uri): { textDocument: { uri: string } } {
  return { textDocument: { uri: uri.toString() } };
}

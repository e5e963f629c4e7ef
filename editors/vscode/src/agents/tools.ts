// Language-model tools: agents in the editor read and change plans through the server, also unsaved ones. `package.json`
// declares the tools with their input.

import {
  Disposable,
  LanguageModelTextPart,
  LanguageModelTool,
  LanguageModelToolInvocationOptions,
  LanguageModelToolResult,
  lm,
  PreparedToolInvocation,
  Uri,
  workspace,
} from "vscode";
import { editPlan } from "../edit_plan";
import { Item, LspDiagnostic, ServerApi, State, STATES, toRange, uriOf } from "../server/api";

/** Maximum number of entries in a response; agents can ask for others with narrower input. */
const MAX_ENTRIES = 50;

/** Names of the severities 1 to 4 of LSP. */
const SEVERITIES = ["error", "warning", "info", "hint"];

/** Input of the tools. Each tool declares which properties it has. */
interface Input {
  path?: string;
  item?: string;
  state?: string;
  expect?: string;
  owner?: string;
  limit?: number;
}

interface Tool {
  name: string;
  /** What the tool does, shown while it runs. */
  message: (input: Input) => string;
  run: (input: Input) => Promise<unknown>;
}

export function registerTools(api: ServerApi): Disposable {
  return Disposable.from(...tools(api).map((tool) => lm.registerTool(`plansmith_${tool.name}`, new PlanTool(api, tool))));
}

class PlanTool implements LanguageModelTool<Input> {
  constructor(
    private readonly api: ServerApi,
    private readonly tool: Tool,
  ) {}

  async invoke({ input }: LanguageModelToolInvocationOptions<Input>): Promise<LanguageModelToolResult> {
    await this.api.settled();
    const result = await this.tool.run(input);
    return new LanguageModelToolResult([new LanguageModelTextPart(JSON.stringify(result))]);
  }

  prepareInvocation({ input }: { input: Input }): PreparedToolInvocation {
    const invocationMessage = this.tool.message(input);
    if (this.tool.name !== "set_task") return { invocationMessage };
    const change = `\`${input.item ?? ""}\` in \`${input.path ?? ""}\` to \`${input.state ?? ""}\``;
    return { invocationMessage, confirmationMessages: { title: "Set task state", message: `Set ${change}?` } };
  }
}

function tools(api: ServerApi): Tool[] {
  return [
    {
      name: "list_plans",
      message: () => "Listing plans",
      run: async () => {
        const plans = await api.status();
        const listed = plans.map(({ path, title, status, state, done, total, target, overdue_days }) => ({ path, title, status, state, done, total, target, overdue_days }));
        return bounded("plans", listed);
      },
    },
    {
      name: "ready_tasks",
      message: () => "Finding ready tasks",
      run: async ({ path, owner, limit }) => {
        const plans = await api.nextTasks(path === undefined ? undefined : await planUri(api, path));
        const tasks = plans.flatMap((plan) => plan.tasks.map((task) => ({ path: plan.path, ...task })));
        return bounded("tasks", tasks.filter((task) => owner === undefined || task.owner === owner), limit);
      },
    },
    {
      name: "get_task",
      message: ({ item }) => `Reading task ${item ?? ""}`,
      run: async ({ path, item }) => {
        const { uri, found } = await findItem(api, path, item);
        const document = await workspace.openTextDocument(uri);
        const { id, title, state, owner, due, estimate, done, total } = found;
        const line = found.selectionRange.start.line + 1;
        return { path, id, title, state, owner, due, estimate, done, total, line, text: document.getText(toRange(found.range)) };
      },
    },
    {
      name: "set_task",
      message: ({ item, state }) => `Setting task ${item ?? ""} to ${state ?? ""}`,
      run: async ({ path, item, state, expect }) => {
        const target = STATES.find((known): known is State => known === state);
        if (target === undefined) throw new Error(`unknown state \`${state ?? ""}\`; expected ${STATES.join(", ")}`);
        const { uri, found } = await findItem(api, path, item);
        const before = found.state ?? "open";
        if (expect !== undefined && expect !== before) throw new Error(`task is ${before}, expected ${expect}; read it again`);
        await editPlan(uri, (document) => api.setState(document, [toRange(found.selectionRange)], target));
        return { path, id: found.id, title: found.title, before, state: target };
      },
    },
    {
      name: "check_plan",
      message: ({ path }) => `Checking ${path ?? "the plan"}`,
      run: async ({ path }) => {
        const { uri } = await workspace.openTextDocument(await planUri(api, path));
        return bounded("findings", (await api.diagnostics(uri)).map(finding));
      },
    },
    {
      name: "coverage",
      message: () => "Reading the coverage of requirements",
      run: async ({ path }) => {
        const sets = (await api.coverage()).filter((set) => path === undefined || set.path === path || set.documents.some((document) => document.path === path));
        const requirements = sets.flatMap((set) =>
          set.requirements.map(({ id, title, state, tasks }) => ({ set: set.path, id, title, state, tasks: tasks.map((task) => task.id ?? task.title) })),
        );
        return bounded("requirements", requirements);
      },
    },
  ];
}

/** Returns the first entries of a list, with the total number if some are omitted. */
function bounded(name: string, entries: unknown[], limit = MAX_ENTRIES): Record<string, unknown> {
  const shown = entries.slice(0, Math.min(limit, MAX_ENTRIES));
  return { [name]: shown, ...(shown.length < entries.length && { total: entries.length }) };
}

/** Returns the URI of a plan of the workspace. */
async function planUri(api: ServerApi, path: string | undefined): Promise<Uri> {
  const plans = await api.status(undefined, true);
  const plan = plans.find((plan) => plan.path === path);
  const uri = plan && uriOf(plan);
  if (uri === undefined) throw new Error(`plan \`${path ?? ""}\` not found; call list_plans for the paths of plans`);
  return uri;
}

/** Returns the phase or task with an ID, title or line number. */
async function findItem(api: ServerApi, path: string | undefined, name: string | undefined): Promise<{ uri: Uri; found: Item }> {
  const uri = await planUri(api, path);
  const all: Item[] = [];
  const add = (items: readonly Item[]): void => {
    for (const item of items) {
      all.push(item);
      add(item.children);
    }
  };
  add(await api.items(uri));
  const wanted = (name ?? "").trim().toLowerCase().replace(/^task\s+/, "");
  const matches = [
    all.filter(({ id }) => id?.toLowerCase().replace(/^task\s+/, "") === wanted),
    all.filter(({ title }) => title.toLowerCase() === wanted),
    all.filter(({ selectionRange }) => String(selectionRange.start.line + 1) === wanted.replace(/^line\s+/, "")),
  ].find((found) => found.length > 0);
  const [found] = matches ?? [];
  if (found === undefined) {
    const known = all.map(({ id, title }) => id ?? title).slice(0, 20).join(", ");
    throw new Error(`task \`${name ?? ""}\` not found; expected an ID, title or line number; available: ${known}`);
  }
  if (matches !== undefined && matches.length > 1) {
    const lines = matches.map(({ selectionRange }) => selectionRange.start.line + 1).join(", ");
    throw new Error(`\`${name ?? ""}\` is ambiguous; use a line number: ${lines}`);
  }
  return { uri, found };
}

function finding({ range, message, severity, code }: LspDiagnostic): unknown {
  return { line: range.start.line + 1, severity: SEVERITIES[severity - 1], rule: code, message };
}

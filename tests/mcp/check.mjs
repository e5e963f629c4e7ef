// Checks `plansmith mcp` with the client of the TypeScript SDK, which validates results against the schemas of the tools, and
// prints the context cost of the tools in tokens. The variable PLANSMITH names the program.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { encode } from "gpt-tokenizer";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const program = process.env.PLANSMITH ?? join(repository, "target/release/plansmith");
const folder = mkdtempSync(join(tmpdir(), "plansmith-mcp-"));
cpSync(join(repository, "docs/examples"), folder, { recursive: true });

const client = new Client({ name: "check", version: "1.0.0" });
await client.connect(
  new StdioClientTransport({
    command: program,
    args: ["mcp", "--write", folder],
    env: { ...process.env, XDG_STATE_HOME: join(folder, ".state") },
  }),
);

/** Calls a tool that has to succeed. */
async function call(name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, `${name}: ${JSON.stringify(result)}`);
  return result.structuredContent;
}

/** Calls a tool that has to fail. */
async function fail(name, args) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(result.isError, `${name} ${JSON.stringify(args)}`);
  return result.content[0].text;
}

const { tools } = await client.listTools();
assert.deepEqual(
  tools.map((tool) => tool.name).sort(),
  ["check_plan", "coverage", "get_task", "list_plans", "ready_tasks", "set_task"],
);
const descriptions = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
const tokens = encode(JSON.stringify(descriptions)).length;
assert.ok(tokens < 2000, `${tokens} tokens`);
console.log(`names, descriptions and input schemas: ${tokens} tokens`);
console.log(`with output schemas and annotations: ${encode(JSON.stringify(tools)).length} tokens`);

const { plans } = await call("list_plans", {});
assert.ok(plans.length >= 5, JSON.stringify(plans));
let completed = 0;
for (const { path } of plans) {
  for (;;) {
    const claimed = await client.callTool({ name: "set_task", arguments: { path, state: "active", owner: "agent" } });
    if (claimed.isError) {
      assert.match(claimed.content[0].text, /no tasks ready/);
      break;
    }
    const { id, title, line } = claimed.structuredContent.task;
    const item = id ?? `line:${line}`;
    const { task } = await call("get_task", { path, item });
    assert.equal(task.title, title);
    assert.deepEqual(task.open_dependencies, []);
    await call("set_task", { path, item, state: "done", expect: "active" });
    completed += 1;
  }
  await call("check_plan", { path });
}
console.log(`${completed} tasks completed in ${plans.length} plans`);

assert.match(await fail("get_task", { path: "../secret.md", item: "1" }), /unknown plan/);
assert.match(await fail("set_task", { path: plans[0].path, item: "1", state: "finished" }), /unknown state/);
const { resources } = await client.listResources();
assert.equal(resources.length, plans.length);
const { contents } = await client.readResource({ uri: resources[0].uri });
assert.equal(contents[0].text, readFileSync(new URL(resources[0].uri), "utf8"));
await client.close();

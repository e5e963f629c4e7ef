// Compares Plansmith's parser for Gantt charts with the npm package `mermaid`: names, IDs, order, tags and computed dates of
// tasks. Plansmith must report a problem in every chart that Mermaid rejects.
//
//   npm install && node compare.mjs [PROGRAM] [FILE.md ...]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";

// Mermaid computes dates in the local time zone.
process.env.TZ = "UTC";
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false });

const here = dirname(fileURLToPath(import.meta.url));
const [program = join(here, "../../target/release/plansmith"), ...given] = process.argv.slice(2);
const files = given.length > 0 ? given : readdirSync(join(here, "charts")).map((name) => join(here, "charts", name));

// Mermaid's dates are local times. Plansmith uses whole days, so the time is ignored.
const isoDate = (date) => date.toISOString().slice(0, 10);

let charts = 0;
let tasks = 0;
const differences = [];
const folder = mkdtempSync(join(tmpdir(), "gantt-"));
for (const file of files) {
  const text = readFileSync(file, "utf8");
  const blocks = [...text.matchAll(/^```mermaid\n([\s\S]*?)^```/gm)].map((match) => match[1]).filter((block) => /^\s*gantt/.test(block));
  for (const block of blocks) {
    charts += 1;
    const path = join(folder, `${charts}.md`);
    writeFileSync(path, `# Plan\n\n\`\`\`mermaid\n${block}\`\`\`\n`);
    const inspected = JSON.parse(execFileSync(program, ["inspect", "--format", "json", path], { encoding: "utf8" }));
    const ours = (Array.isArray(inspected) ? inspected[0] : inspected).gantt_charts[0];
    const report = (what) => differences.push(`${file}, chart ${charts}: ${what}`);
    let theirs;
    try {
      const diagram = await mermaid.mermaidAPI.getDiagramFromText(block);
      theirs = diagram.db.getTasks();
    } catch (error) {
      if (ours.problems.length === 0) report(`rejected by Mermaid only: ${String(error.message).split("\n")[0]}`);
      continue;
    }
    if (theirs.length !== ours.tasks.length) {
      report(`${theirs.length} tasks in Mermaid, ${ours.tasks.length} in Plansmith`);
      continue;
    }
    for (const [index, their] of theirs.entries()) {
      const our = ours.tasks[index];
      tasks += 1;
      if (their.task.trim() !== our.name) report(`task ${index + 1} is \`${their.task.trim()}\` in Mermaid, \`${our.name}\` in Plansmith`);
      if (our.id !== null && their.id !== our.id) report(`\`${our.name}\` has the ID \`${their.id}\` in Mermaid, \`${our.id}\` in Plansmith`);
      const tags = ["done", "active", "crit", "milestone", "vert"].filter((tag) => their[tag]).sort().join();
      if (tags !== [...our.tags].sort().join()) report(`\`${our.name}\` has the tags ${tags} in Mermaid, ${our.tags} in Plansmith`);
      // Plansmith has no dates for charts that it does not fully support.
      if (our.start !== null && our.start !== isoDate(their.startTime)) report(`\`${our.name}\` starts on ${isoDate(their.startTime)} in Mermaid, ${our.start} in Plansmith`);
      if (our.end !== null && our.end !== isoDate(their.endTime)) report(`\`${our.name}\` ends on ${isoDate(their.endTime)} in Mermaid, ${our.end} in Plansmith`);
    }
  }
}
for (const difference of differences) console.log(difference);
console.log(`${charts} charts, ${tasks} tasks compared, ${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);

// Compares our reading of gantt charts with that of the npm package `mermaid`: names, ids, sections' order, tags, and the
// computed days. Charts that mermaid rejects must be ones in which we find a problem.
//
//   npm install && node compare.mjs [PROGRAM] [FILE.md ...]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";

// Days are compared, and mermaid counts them in the zone of the machine.
process.env.TZ = "UTC";
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false });

const here = dirname(fileURLToPath(import.meta.url));
const [program = join(here, "../../target/release/plansmith"), ...given] = process.argv.slice(2);
const files = given.length > 0 ? given : readdirSync(join(here, "charts")).map((name) => join(here, "charts", name));

// A date of mermaid's is local midnight; what lies within a day counts as that day, since ours are whole days.
const day = (date) => date.toISOString().slice(0, 10);

let charts = 0;
let bars = 0;
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
    const ours = (Array.isArray(inspected) ? inspected[0] : inspected).charts[0];
    const say = (what) => differences.push(`${file}, chart ${charts}: ${what}`);
    let theirs;
    try {
      const diagram = await mermaid.mermaidAPI.getDiagramFromText(block);
      theirs = diagram.db.getTasks();
    } catch (error) {
      if (ours.problems.length === 0) say(`mermaid rejects it, we do not: ${String(error.message).split("\n")[0]}`);
      continue;
    }
    if (theirs.length !== ours.bars.length) {
      say(`${theirs.length} bars for mermaid, ${ours.bars.length} for us`);
      continue;
    }
    for (const [index, their] of theirs.entries()) {
      const our = ours.bars[index];
      bars += 1;
      if (their.task.trim() !== our.name) say(`bar ${index + 1} is called \`${their.task.trim()}\`, for us \`${our.name}\``);
      if (our.id !== null && their.id !== our.id) say(`\`${our.name}\` has the id \`${their.id}\`, for us \`${our.id}\``);
      const tags = ["done", "active", "crit", "milestone", "vert"].filter((tag) => their[tag]).sort().join();
      if (tags !== [...our.tags].sort().join()) say(`\`${our.name}\` is ${tags}, for us ${our.tags}`);
      // Where we say nothing, something about the chart is beyond us, and saying nothing is right.
      if (our.start !== null && our.start !== day(their.startTime)) say(`\`${our.name}\` starts ${day(their.startTime)}, for us ${our.start}`);
      if (our.end !== null && our.end !== day(their.endTime)) say(`\`${our.name}\` ends ${day(their.endTime)}, for us ${our.end}`);
    }
  }
}
for (const difference of differences) console.log(difference);
console.log(`${charts} charts, ${bars} bars compared, ${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);

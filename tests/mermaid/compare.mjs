// Compares Plansmith's parser for Gantt charts with the npm package `mermaid`: names, IDs, order, tags and computed dates of
// tasks, and which charts Mermaid rejects. `--write` stores Mermaid's results in `expected.txt`, which the test
// `charts_match_mermaid` in `crates/plan-model/src/gantt` compares with Plansmith's.
//
//   npm install && node compare.mjs [--write] [--program PROGRAM] [FILE.md ...]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { blocksOf, decoded, isoDate, setToday, tasksOf } from "./mermaid.mjs";

// Values that differ on two days depend on the current date.
const days = ["2027-05-05T00:00:00", "2027-06-08T00:00:00"];
const here = dirname(fileURLToPath(import.meta.url));
let program = join(here, "../../target/release/plansmith");
let write = false;
const given = process.argv.slice(2);
const files = [];
while (given.length > 0) {
  const argument = given.shift();
  if (argument === "--write") write = true;
  else if (argument === "--program") program = given.shift();
  else files.push(argument);
}
if (files.length === 0) files.push(...readdirSync(join(here, "charts")).sort().map((name) => join(here, "charts", name)));

let charts = 0;

const tagsOf = (task) => ["active", "done", "crit", "milestone", "vert"].filter((tag) => task[tag]).join(" ");

const inputs = [];
const expected = [];
for (const file of files) {
  const text = readFileSync(file, "utf8");
  for (const block of blocksOf(text)) {
    charts += 1;
    const name = `${file.split("/").pop()} ${inputs.filter((input) => input.file === file).length + 1}`;
    const results = [];
    for (const today of days) {
      setToday(today);
      try {
        results.push((await tasksOf(block)).map((task) => [decoded(task.task.trim()), decoded(task.id), tagsOf(task), isoDate(task.startTime), isoDate(task.endTime)]));
      } catch (error) {
        if (process.env.REASONS) console.log(`${name}: ${error.message}`);
        results.push([["rejected"]]);
      }
    }
    const [one, other] = results;
    const lines = one.map((task, index) => task.map((value, at) => (other[index]?.[at] === value ? value : "today")).join(" | "));
    inputs.push({ file, name, block });
    expected.push([`== ${name}`, ...lines].join("\n"));
  }
}
if (write) {
  writeFileSync(join(here, "expected.txt"), `${expected.join("\n")}\n`);
  console.log(`${charts} charts written`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "gantt-"));
const paths = inputs.map(({ block }, index) => {
  const path = join(folder, `${String(index).padStart(6, "0")}.md`);
  writeFileSync(path, `# Plan\n\n\`\`\`\`\`mermaid\n${block}\`\`\`\`\`\n`);
  return path;
});
const differences = [];
for (let from = 0; from < paths.length; from += 200) {
  const output = execFileSync(program, ["inspect", "--format", "json", ...paths.slice(from, from + 200)], { encoding: "utf8", maxBuffer: 1 << 28 });
  const inspected = JSON.parse(output).documents;
  inspected.forEach((document, at) => {
    const index = from + at;
    const chart = document.gantt_charts[0];
    const lines = chart === undefined || chart.is_rejected ? ["rejected"] : chart.tasks.map((task) => [task.name, task.id, task.tags, task.start ?? "-", task.end ?? "-"]);
    const wanted = expected[index].split("\n").slice(1);
    const fits = lines.length === wanted.length && wanted.every((line, at) => {
      if (line === "rejected" || lines[at] === "rejected") return line === lines[at];
      const [name, id, tags, start, end] = line.split(" | ");
      const [ourName, ourId, ourTags, ourStart, ourEnd] = lines[at];
      const sorted = (tags) => [...new Set(tags)].sort().join(" ");
      // The current date is not known to the parser, nor are dates that Mermaid does not compute.
      const isUnknown = [start, end].some((date) => date === "today" || date === "-");
      return name === ourName && (ourId === null || id === ourId) && sorted(tags.split(" ").filter(Boolean)) === sorted(ourTags) && (isUnknown ? ourStart === "-" : start === ourStart && end === ourEnd);
    });
    if (!fits) differences.push(`${expected[index]}\n--- Plansmith\n${lines.map((line) => (Array.isArray(line) ? line.join(" | ") : line)).join("\n")}\n--- chart\n${inputs[index].block}`);
  });
}
rmSync(folder, { recursive: true });
for (const difference of differences) console.log(`${difference}\n`);
console.log(`${charts} charts compared, ${differences.length} differences`);
process.exit(differences.length === 0 ? 0 : 1);

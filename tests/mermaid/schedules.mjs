// Writes Gantt charts into copies of plans with `plansmith schedule --write-gantt`, reads them with the npm package `mermaid`, and
// compares the dates of all Gantt tasks with those that `plansmith schedule` prints. Without files, the plans are generated.
//
//   npm install && node schedules.mjs [--program PROGRAM] [--count COUNT] [FILE.md ...]
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { blocksOf, decoded, isoDate, tasksOf } from "./mermaid.mjs";

let program = join(dirname(fileURLToPath(import.meta.url)), "../../target/release/plansmith");
let count = 60;
const given = process.argv.slice(2);
const files = [];
while (given.length > 0) {
  const argument = given.shift();
  if (argument === "--program") program = given.shift();
  else if (argument === "--count") count = Number(given.shift());
  else files.push(argument);
}

let random = 31n;
const below = (limit) => {
  random = (random * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
  return Number((random >> 33n) % BigInt(limit));
};
const NAMES = ["Copy: all", "Test; twice", "Ship #3", "Überblick", "end the call", "a, b", "section 2", "Done :milestone"];
const LENGTHS = ["", "1 day", "2-3 days", "4h", "1 week", "12 hours"];

/** Returns a plan with phases, dependencies, estimates, states, milestones, and names that are special in charts. */
function plan() {
  let text = `# Plan: ${NAMES[below(NAMES.length)]}\n\n**Created**: 2026-03-${String(2 + below(20)).padStart(2, "0")}\n`;
  const ids = [];
  for (let phase = 1; phase <= 1 + below(3); phase += 1) {
    const weeks = below(4) === 0 ? ` (Weeks ${phase}-${phase + 1})` : "";
    text += `\n## Phase ${phase}: ${NAMES[below(NAMES.length)]}${weeks}\n\n`;
    for (let task = 1; task <= 1 + below(4); task += 1) {
      text += `- [${[" ", " ", "/", "x"][below(4)]}] **Task ${phase}.${task}**: ${NAMES[below(NAMES.length)]}\n`;
      const length = LENGTHS[below(LENGTHS.length)];
      if (length !== "") text += `  - Estimate: ${length}\n`;
      if (below(6) === 0) text += `  - Due: 2026-03-${10 + below(20)}\n`;
      if (ids.length > 0 && below(3) === 0) text += `  - Dependencies: Task ${ids[below(ids.length)]}\n`;
      ids.push(`${phase}.${task}`);
    }
  }
  text += "\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n";
  return `${text}| ${NAMES[below(NAMES.length)]} reached | | Task ${ids[below(ids.length)]} |\n`;
}

const folder = mkdtempSync(join(tmpdir(), "schedules-"));
const names = files.map((file, index) => {
  copyFileSync(file, join(folder, `given${index}.md`));
  return `given${index}.md`;
});
for (let index = 0; files.length === 0 && index < count; index += 1) {
  writeFileSync(join(folder, `plan${index}.md`), plan());
  names.push(`plan${index}.md`);
}
const run = (...rest) => execFileSync(program, ["schedule", ...rest, "--today", "2026-03-11"], { cwd: folder, encoding: "utf8", stdio: "pipe" });
let [charts, tasks, differences] = [0, 0, 0];
for (const name of names) {
  try {
    run(name, "--write-gantt");
  } catch (error) {
    if (`${error.stderr}`.includes("no dates or estimates found")) continue;
    throw error;
  }
  const text = readFileSync(join(folder, name), "utf8");
  const report = (problem) => {
    differences += 1;
    console.log(`${name}: ${problem}\n${text}`);
  };
  if (!run(name, "--write-gantt").includes("up to date")) report("a second update changes the chart");
  const items = JSON.parse(run(name, "--format", "json")).items;
  const fold = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  for (const block of blocksOf(text)) {
    charts += 1;
    let found;
    try {
      found = await tasksOf(block);
    } catch (error) {
      // A chart that Mermaid rejects is not changed.
      if (files.length === 0) report(`rejected: ${error.message}`);
      continue;
    }
    for (const task of found) {
      // Browsers show the character of an entity.
      const drawn = fold(decoded(task.task).replace(/#(\d+);/g, (_, code) => String.fromCodePoint(code)));
      const item = items.find(({ id, title }) => [title, `${id} ${title}`, `task ${id}`, `task ${id} ${title}`, `${id}`].some((form) => fold(form) === drawn));
      if (item === undefined || item.source === "none") {
        if (files.length === 0) report(`unknown Gantt task ${task.task}`);
        continue;
      }
      tasks += 1;
      const isMilestone = task.milestone;
      const last = isMilestone ? task.startTime : new Date(Math.max(task.endTime.getTime() - 86400000, task.startTime.getTime()));
      // A weekend after the last working day makes no difference.
      const [start, end] = [isoDate(task.startTime), isoDate(last)];
      if (start !== (item.start ?? item.end) || end !== item.end) report(`${task.task}: drawn ${start} to ${end}, scheduled ${item.start} to ${item.end}`);
    }
  }
}
rmSync(folder, { recursive: true });
console.log(`${names.length} plans, ${charts} charts, ${tasks} Gantt tasks compared, ${differences} differences`);
process.exit(differences === 0 ? 0 : 1);

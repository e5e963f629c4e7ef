// Writes random Gantt charts, one Mermaid block each: `node generate.mjs SEED COUNT > FILE.md`.
const [seed = "1", count = "100"] = process.argv.slice(2);
let state = Number(seed) * 2654435761 + 1;
const random = (limit) => {
  state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
  return (((state ^ (state >>> 13)) >>> 0) % 1000003) % limit;
};
const pick = (list) => list[random(list.length)];
const chance = (percent) => random(100) < percent;

const names = [
  "Cut posts", "Dig holes", "Pour concrete", "Task 1.1", "Phase 2: walls", "Paint the door", "Éteindre", "Order tin", "Roof (north)",
  "Call vendors", "Title search", "Section work", "Click test", "Includes review", "Weekend shift", "weekday monday plan", "gantt review",
  "5% reserve", "%% not a task", "Write #35;1", "A \"quoted\" name", "Über alles", "2026-01-12 kickoff", "href check", "todayMarker off", "Gate; done",
];
const plainNames = names.slice(0, 9);
const dates = ["2026-01-12", "2026-02-27", "2026-03-02", "2026-12-30", "2024-02-28"];
const oddDates = ["2026-02-30", "2026/03/05", "2026-3-5", "12.01.2026", "Mar 5 2026", "2026-01-12 10:30", "tbd", "2026-13-01", "20260112", "2026-01"];
const lengths = ["1d", "5d", "2w", "0d", "36h", "24h", "90m", "1M", "1y", "1.5d", "0.5w", "10d", "3600s", "5000ms", "3d"];
const oddLengths = ["3 d", "3D", "four days", "28dd", "2 weeks", "d", "-3d", "1.d", ""];
const ids = ["a", "b", "c", "d1", "e_2", "f-3", "1.1", "é", "g"];

function value(list, odd, percent) {
  return chance(percent) ? pick(odd) : pick(list);
}

function chart() {
  const wild = chance(45);
  const lines = [];
  if (chance(8)) lines.push("---", "title: A chart", ...(chance(50) ? ["config:", "  gantt:", "    barHeight: 20"] : []), "---");
  if (chance(8)) lines.push("%%{init: {'theme': 'forest'}}%%");
  if (chance(5)) lines.push("%%{init: {", "  'gantt': {'barHeight': 20}", "}}%%");
  if (chance(5)) lines.push("%% a comment");
  lines.push(chance(3) ? "gantt " : "gantt");
  if (chance(60)) lines.push(pick(["title A chart", "Title A chart", wild ? "title: A chart" : "title The shed", "title A; b # c"]));
  const format = chance(78) ? "YYYY-MM-DD" : pick(["DD.MM.YYYY", "YYYY-MM-DD HH:mm", "MM/DD/YYYY", "D MMM YYYY", "X", "YYYY-MM-DDTHH:mm", "YY-MM-DD"]);
  if (!wild || chance(85)) lines.push(pick(["dateFormat ", "dateformat ", "dateFormat  ", wild ? "dateFormat: " : "dateFormat "]) + format + (chance(5) ? " " : ""));
  if (chance(35)) lines.push(pick(["axisFormat %d %b", "axisFormat %m-%d", "tickInterval 1week", "todayMarker off", "todayMarker stroke-width:5px,stroke:#0f0", "topAxis", "weekday monday", "inclusiveEndDates", wild ? "displayMode compact" : "topAxis"]));
  if (chance(45)) lines.push(pick(["excludes weekends", "excludes friday", "excludes weekends, 2026-01-14", "excludes 2026-01-13,2026-01-14", "excludes saturday sunday monday", "Excludes weekends", wild ? "excludes monday tuesday wednesday thursday friday saturday sunday" : "excludes sunday", "excludes weekdays"]));
  if (chance(12)) lines.push(pick(["includes 2026-01-17", "includes 2026-01-18, 2026-01-24"]));
  if (chance(15)) lines.push(pick(["weekend friday", "weekend saturday", wild ? "weekend sunday" : "weekend friday"]));
  if (chance(10)) lines.push("inclusiveEndDates");
  if (chance(5)) lines.push("accTitle: A title", "accDescr: A text");
  if (chance(4)) lines.push("accDescr {", "  More: text", "  over lines", "}");
  const written = (date) => {
    const [year, month, day] = date.split("-");
    return { "DD.MM.YYYY": `${day}.${month}.${year}`, "MM/DD/YYYY": `${month}/${day}/${year}`, "YYYY-MM-DD HH:mm": `${date} 0${random(9)}:30`, "YYYY-MM-DDTHH:mm": `${date}T0${random(9)}:30`, "D MMM YYYY": `${Number(day)} ${["Jan", "Feb", "Mar"][Number(month) - 1] ?? "Dec"} ${year}`, X: String(Date.parse(date) / 1000), "YY-MM-DD": date.slice(2) }[format] ?? date;
  };
  const used = [];
  const total = 2 + random(6);
  for (let index = 0; index < total; index += 1) {
    if (chance(25)) lines.push(pick(["section Walls", "section Roof: north", "Section Paint", wild ? "section" : "section Door", wild ? "section " : "section  Floor", wild ? "section: Walls" : "section Walls"]));
    if (chance(6)) lines.push(pick(["%% comment", "", "%%", "   "]));
    const name = wild ? pick(names) : pick(plainNames);
    const tags = chance(35) ? [pick(["done", "active", "crit", "milestone", "vert", "crit, done", "milestone, crit"])] : [];
    const id = wild ? pick(ids) : ids[index % 6];
    const reference = () => (used.length > 0 && !chance(wild ? 20 : 3) ? Array.from({ length: 1 + random(2) }, () => pick(used)).join(" ") : pick(["z", ...ids]));
    const start = chance(45) && index > 0 ? `after ${reference()}` : value([...dates.map(written)], oddDates, wild ? 15 : 0);
    const end = chance(12) ? `until ${reference()}` : chance(25) ? value(dates.map(written), oddDates, wild ? 15 : 0) : value(lengths, oddLengths, wild ? 15 : 0);
    const form = random(100);
    const parts = [...tags];
    if (index > 0 && form < 20) parts.push(end);
    else if (form < 40) parts.push(start, end);
    else parts.push(id, start, end);
    if (wild && chance(5)) parts.push("extra");
    if (wild && chance(4)) parts.splice(0, parts.length, ...tags);
    if (parts.length > tags.length + 2) used.push(id);
    const separator = pick([", ", ",", " , "]);
    lines.push(`${name} ${pick([":", ": ", ":"])}${parts.join(separator)}${wild && chance(4) ? pick([";", " # note", " %% note", "; x: 3d"]) : ""}`);
    if (chance(6) && used.length > 0) lines.push(pick([`click ${pick(used)} href "x.html"`, `click ${pick(used)} call show()`, `click ${pick(used)} call show(1, "a") href "y"`, wild ? `click ${pick(used)} show` : `click ${pick(used)} href "x"`]));
    if (wild && chance(4)) lines.push("A line without a colon");
  }
  const indent = pick(["    ", "  ", "", "\t"]);
  const isFrontMatter = lines[0] === "---";
  const close = isFrontMatter ? lines.indexOf("---", 1) : -1;
  return lines.map((line, index) => (index <= close || line.startsWith("gantt") || line.startsWith("%%{") ? line : indent + line)).join("\n");
}

console.log(`# Generated charts\n`);
for (let index = 0; index < Number(count); index += 1) console.log(`\`\`\`mermaid\n${chart()}\n\`\`\`\n`);

// Reads Gantt charts with the npm package `mermaid`.
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { JSDOM } from "jsdom";

// Mermaid computes dates in the local time zone.
process.env.TZ = "UTC";
const RealDate = Date;
let today = "2027-05-05T00:00:00";
globalThis.Date = class extends RealDate {
  constructor(...values) {
    super(...(values.length > 0 ? values : [today]));
  }
};
const { window } = new JSDOM("<!doctype html><body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false, logLevel: "fatal" });

const chunks = join(dirname(fileURLToPath(import.meta.url)), "node_modules/mermaid/dist/chunks/mermaid.core");
const gantt = readdirSync(chunks).find((name) => /^ganttDiagram-.*\.mjs$/.test(name));
let copies = 0;

/** Sets the current date, which some charts depend on. */
export function setToday(day) {
  today = day;
}

/** Returns the tasks of a chart. Mermaid keeps the IDs of earlier charts, so each chart gets its own copy of the module. */
export async function tasksOf(block) {
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(block);
  const { diagram: own } = await import(`${pathToFileURL(join(chunks, gantt))}?copy=${copies}`);
  copies += 1;
  own.db.clear();
  own.parser.parser.yy = own.db;
  own.parser.parse(diagram.text);
  return own.db.getTasks();
}

/** Returns a date without its time, because Plansmith uses whole days. */
export const isoDate = (date) => (date === undefined || Number.isNaN(date.getTime()) ? "-" : date.toISOString().slice(0, 10));
/** Returns a name with the quotes of HTML attributes and the entities that Mermaid replaces. */
export const decoded = (text) => text.replace(/ﬂ°°?/g, "#").replace(/¶ß/g, ";").replace(/='([^']*)'/g, '="$1"');
/** Returns the texts of all Mermaid blocks. */
export const blocksOf = (text) => [...text.matchAll(/^(`{3,})mermaid\r?\n([\s\S]*?)^\1$/gm)].map((match) => match[2]);

// usage: npm run check [-- SCREENSHOTS]
//
// Checks the site of the documentation, as built by `mdbook build`: links and anchors; and in Chromium, for each page in
// light and dark and on a phone: no serious or critical finding of axe, no error in the console, no page wider than the
// screen. It also checks that the search finds a rule, and that every page is within three clicks of the start. With a
// directory, it writes screenshots of some pages. CHROMIUM is the browser; the default is `chromium` on the PATH.

import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

/** Pages of which screenshots are written. */
const SCREENSHOTS = ["index.html", "tutorial.html", "rules/index.html", "settings.html", "how-to/ci.html"];

const VIEWS = [
  { name: "light", theme: "light", width: 1280, height: 900 },
  { name: "dark", theme: "navy", width: 1280, height: 900 },
  { name: "phone", theme: "light", width: 375, height: 740 },
];

const TYPES = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

const here = fileURLToPath(new URL(".", import.meta.url));
const site = resolve(here, "../../target/site");
const screenshots = process.argv[2];
const problems = [];

const pages = readdirSync(site, { recursive: true })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".html") && !["print.html", "404.html", "toc.html"].includes(path))
  .sort();

const server = createServer((request, response) => {
  const path = join(site, decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  try {
    const file = statSync(path).isDirectory() ? join(path, "index.html") : path;
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "text/plain" }).end(readFileSync(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const address = `http://127.0.0.1:${server.address().port}`;

const executablePath = process.env.CHROMIUM ?? execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"] });
const axe = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");
/** For each page, its anchors, and the addresses in its content. */
const anchors = new Map();
const destinations = new Map();
let checked = 0;
for (const view of VIEWS) {
  const page = await browser.newPage();
  await page.setViewport({ width: view.width, height: view.height });
  await page.evaluateOnNewDocument((theme) => localStorage.setItem("mdbook-theme", theme), view.theme);
  let current = "";
  page.on("pageerror", (error) => problems.push(`${current} (${view.name}): ${error.message}`));
  for (current of pages) {
    await page.goto(`${address}/${current}`, { waitUntil: "load" });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > view.width) problems.push(`${current} (${view.name}): ${width} pixels wide`);
    if (view === VIEWS[0]) {
      const found = await page.evaluate(() => ({
        ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
        // The sidebar has all pages, so it does not count for the number of clicks.
        urls: [...document.querySelectorAll("main a[href], main img[src]")].map((element) => element.href ?? element.src),
      }));
      anchors.set(current, new Set(found.ids));
      destinations.set(current, found.urls);
    }
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
    for (const { id, impact, nodes } of violations.filter(({ impact }) => ["serious", "critical"].includes(impact))) {
      problems.push(`${current} (${view.name}): ${impact} ${id}: ${nodes[0].html.slice(0, 120)}`);
    }
    checked += 1;
    if (screenshots !== undefined && SCREENSHOTS.includes(current)) {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: join(screenshots, `${current.replace(/\W+/g, "-")}-${view.name}.png`) });
    }
  }
  await page.close();
}

// Links to other sites need a network, so they are not checked.
const clicks = new Map([["index.html", 0]]);
let links = 0;
for (const [from, count] of clicks) {
  for (const url of destinations.get(from) ?? []) {
    if (!url.startsWith(`${address}/`)) continue;
    links += 1;
    const { pathname, hash } = new URL(url);
    const target = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, "$1index.html");
    if (!existsSync(join(site, target))) problems.push(`${from}: broken link ${pathname}`);
    const anchor = decodeURIComponent(hash.slice(1));
    if (anchor !== "" && anchors.has(target) && !anchors.get(target).has(anchor)) {
      problems.push(`${from}: broken anchor ${pathname}${hash}`);
    }
    if (!clicks.has(target)) clicks.set(target, count + 1);
  }
}
for (const path of pages.filter((path) => (clicks.get(path) ?? Infinity) > 3)) {
  problems.push(`${path}: more than three clicks from the start`);
}

const page = await browser.newPage();
await page.goto(`${address}/index.html?search=dependency-cycle`, { waitUntil: "load" });
try {
  await page.waitForSelector("#mdbook-searchresults a, #searchresults a", { timeout: 20_000 });
} catch {
  problems.push("the search does not find `dependency-cycle`");
}
await browser.close();
server.close();

const kinds = new Set(problems);
for (const problem of kinds) console.error(problem);
console.log(`${links} links, ${pages.length} pages, ${checked} views: ${kinds.size} problems`);
console.log(`${checked - Math.min(checked, kinds.size)} passed, ${kinds.size} failed`);
process.exit(kinds.size === 0 ? 0 : 1);

// usage: drive.mjs URL PLAYWRIGHT_FOLDER OUT
//
// Opens the workbench in the browser CHROMIUM and executes the requests of the probe, which are exchanged as files in OUT, until
// the probe is done.

import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Maximum time without a request or a result of the probe. */
const MAX_IDLE_SECONDS = 120;

const [url, playwright, out] = process.argv.slice(2);
const { resolve } = createRequire(join(playwright, "/"));
const { chromium } = createRequire(join(playwright, "/"))("playwright-core");
const axe = readFileSync(resolve("axe-core/axe.min.js"), "utf8");

const profile = mkdtempSync(join(tmpdir(), "plansmith-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  viewport: { width: 1400, height: Number(process.env.HEIGHT ?? 1600) },
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = context.pages()[0] ?? (await context.newPage());
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns the frame with an element. */
const frameWith = async (selector) => {
  for (const frame of page.frames()) if ((await frame.locator(selector).count().catch(() => 0)) > 0) return frame;
  throw new Error(`no frame with ${selector}`);
};

/** Runs in the page. Counts the positions of the editor's line with a text, lost focus, and changes of the side bar. */
function watchScreen(text) {
  const tops = new Set();
  const seen = { frames: 0, unfocusedFrames: 0, sideBarChanges: 0 };
  const sideBar = new MutationObserver((changes) => (seen.sideBarChanges += changes.length));
  sideBar.observe(document.querySelector(".part.sidebar"), { childList: true, subtree: true, characterData: true });
  let isWatching = true;
  const frame = () => {
    const line = [...document.querySelectorAll(".editor-instance .view-line")].find((line) => line.textContent.replace(/\u00a0/g, " ").includes(text));
    // The editor replaces its lines between frames only.
    tops.add(line ? Math.round(line.getBoundingClientRect().top) : "none");
    seen.frames++;
    if (!document.activeElement?.closest(".monaco-editor")) seen.unfocusedFrames++;
    if (isWatching) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  globalThis.endOfWatch = () => {
    isWatching = false;
    sideBar.disconnect();
    return { ...seen, tops: [...tops] };
  };
}

const actions = {
  press: async ({ press }) => void (await page.keyboard.press(press)),
  type: async ({ type }) => void (await page.keyboard.type(type)),
  /** Types with pauses between the keys, in milliseconds. */
  write: async ({ write, delay }) => void (await page.keyboard.type(write, { delay })),
  click: async ({ click, index = 0, button = "left" }) => void (await page.locator(click).nth(index).click({ timeout: 10_000, button })),
  /** Returns the texts of the elements that match a selector. */
  texts: async ({ texts }) => (await page.locator(texts).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim()),
  /** Returns the texts or an attribute of matching elements in all frames, which include webviews. */
  framed: async ({ framed, attribute }) => {
    const values = await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator(framed)
          .evaluateAll((elements, name) => elements.map((element) => (name ? element.getAttribute(name) : element.textContent)), attribute)
          .catch(() => []),
      ),
    );
    return values.flat();
  },
  /** Clicks, or with `to` drags, an element in a webview. */
  framedClick: async ({ framedClick, to }) => {
    const frame = await frameWith(framedClick);
    const found = frame.locator(framedClick).first();
    if (to === undefined) await found.click({ timeout: 10_000 });
    else await found.dragTo(frame.locator(to).first(), { timeout: 10_000 });
  },
  drag: async ({ drag, to }) => void (await page.locator(drag).first().dragTo(page.locator(to).first(), { timeout: 10_000 })),
  resize: async ({ resize }) => void (await page.setViewportSize(resize)),
  /** Returns the violations of accessibility rules in the webview with an element. */
  axe: async ({ axe: selector }) => {
    const frame = await frameWith(selector);
    await frame.evaluate(axe);
    const { violations } = await frame.evaluate(() => globalThis.axe.run());
    return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target.join(" ")).slice(0, 3).join(", ")})`);
  },
  /** Starts to record in each frame of the screen what must be calm while the user writes; `watched` ends it. */
  watch: async ({ watch: line }) => void (await page.evaluate(watchScreen, line)),
  watched: async () => page.evaluate(() => globalThis.endOfWatch()),
  screenshot: async ({ screenshot, clip }) => {
    // The pointer would show what it hovers over.
    await page.mouse.move(0, 0);
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(out, screenshot), ...(clip && { clip }) });
  },
};

let code = 0;
try {
  await page.goto(url, { waitUntil: "domcontentloaded", timeout: 120_000 });
  await page.waitForSelector(".monaco-workbench .part.editor", { timeout: 120_000 });
  // The limit is for the time without progress, because the duration of all parts depends on the load of the machine.
  let progress = Date.now();
  const results = () => statSync(join(out, "results"), { throwIfNoEntry: false })?.size;
  let size = results();
  while (!existsSync(join(out, "done"))) {
    if (results() !== size) [size, progress] = [results(), Date.now()];
    if (Date.now() - progress > MAX_IDLE_SECONDS * 1000) throw new Error(`the probe made no progress for ${MAX_IDLE_SECONDS} seconds`);
    const requestFile = join(out, "request.json");
    if (existsSync(requestFile)) {
      progress = Date.now();
      const request = JSON.parse(readFileSync(requestFile, "utf8"));
      rmSync(requestFile);
      const action = actions[Object.keys(request).find((key) => key in actions)];
      const response = await action(request).catch((error) => ({ error: String(error) }));
      writeFileSync(join(out, "response.new"), JSON.stringify(response ?? null));
      renameSync(join(out, "response.new"), join(out, "response.json"));
    }
    await pause(30);
  }
} catch (error) {
  console.log(`FAIL the workbench in the browser: ${error}`);
  await page.screenshot({ path: join(out, "failed.png") }).catch(() => {});
  code = 1;
}
await context.close();
rmSync(profile, { recursive: true, force: true });
process.exit(code);

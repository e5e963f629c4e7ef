// Runs the scenario that PROBE names inside the extension host, and writes what comes of it into the folder PROBE_OUT.

const { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const out = process.env.PROBE_OUT;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Failed extends Error {}

const test = {
  pause,

  /** Waits until something holds, and gives it back. */
  async until(find, milliseconds = 20_000) {
    const end = Date.now() + milliseconds;
    for (;;) {
      const found = await find();
      if (found || Date.now() > end) return found;
      await pause(50);
    }
  },

  check(name, holds, shown) {
    const line = holds ? `ok   ${name}` : `FAIL ${name}${shown === undefined ? "" : `: ${JSON.stringify(shown)?.slice(0, 1500)}`}`;
    appendFileSync(join(out, "results"), `${line}\n`);
    return Boolean(holds);
  },

  /** Has the browser do something that no extension can: press a key, read the screen. */
  async browser(request) {
    const [asked, answered] = [join(out, "request.json"), join(out, "answer.json")];
    rmSync(answered, { force: true });
    writeFileSync(`${asked}.new`, JSON.stringify(request));
    renameSync(`${asked}.new`, asked);
    const done = await test.until(() => existsSync(answered), 20_000);
    if (!done) throw new Failed(`the browser does not answer ${JSON.stringify(request)}`);
    return JSON.parse(readFileSync(answered, "utf8"));
  },
};

exports.activate = async () => {
  const vscode = require("vscode");
  // Parts that do not depend on each other: one that breaks is one failure.
  const wanted = process.env.PARTS?.split(",");
  for (const [name, part] of Object.entries(require(process.env.PROBE))) {
    if (wanted && !wanted.includes(name)) continue;
    try {
      await part(vscode, test);
    } catch (error) {
      test.check(name, false, String(error?.stack ?? error));
    }
  }
  writeFileSync(join(out, "done"), "");
};

// Runs the scenario PROBE in the extension host, and writes the results into the folder PROBE_OUT.

const { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const out = process.env.PROBE_OUT;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const test = {
  pause,

  /** Waits until a function returns a truthy value, and returns its last value. */
  async until(find, milliseconds = 20_000) {
    const end = Date.now() + milliseconds;
    for (;;) {
      const value = await find();
      if (value || Date.now() > end) return value;
      await pause(50);
    }
  },

  check(name, passed, shown) {
    const line = passed ? `ok   ${name}` : `FAIL ${name}${shown === undefined ? "" : `: ${JSON.stringify(shown)?.slice(0, 1500)}`}`;
    appendFileSync(join(out, "results"), `${line}\n`);
    return Boolean(passed);
  },

  /** Lets the browser do what an extension cannot: press keys, read the screen. */
  async browser(request) {
    const [requestFile, responseFile] = [join(out, "request.json"), join(out, "response.json")];
    rmSync(responseFile, { force: true });
    writeFileSync(`${requestFile}.new`, JSON.stringify(request));
    renameSync(`${requestFile}.new`, requestFile);
    const done = await test.until(() => existsSync(responseFile), 60_000);
    if (!done) throw new Error(`no response from the browser to ${JSON.stringify(request)}`);
    const response = JSON.parse(readFileSync(responseFile, "utf8"));
    if (response?.error !== undefined) throw new Error(`${JSON.stringify(request)}: ${response.error}`);
    return response;
  },
};

exports.activate = async () => {
  const vscode = require("vscode");
  // The parts are independent: an error fails only its part.
  const selected = process.env.PARTS?.split(",");
  for (const [name, part] of Object.entries(require(process.env.PROBE))) {
    if (selected && !selected.includes(name)) continue;
    try {
      await part(vscode, test);
    } catch (error) {
      test.check(name, false, String(error?.stack ?? error));
    }
  }
  writeFileSync(join(out, "done"), "");
};

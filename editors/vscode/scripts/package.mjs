// usage: package.mjs [--target PLATFORM --server PROGRAM]
//
// Builds the extension and packs it into a VSIX. With a platform of VS Code (linux-x64, darwin-arm64, win32-x64 …) and the
// server built for it, the package holds the server and is for that platform only; otherwise it holds none.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const LARGEST = 1_000_000;

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { target: { type: "string" }, server: { type: "string" } } });
if ((values.target === undefined) !== (values.server === undefined)) {
  throw new Error("--target and --server belong together");
}

// Through npm, which finds the tools of this folder on every platform.
const npm = (...args) => execFileSync("npm", args, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
npm("run", "--silent", "build");

const { version, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const packed = join(folder, `plansmith-${values.target === undefined ? "" : `${values.target}-`}${version}.vsix`);
const bundled = join(folder, "server");
rmSync(bundled, { recursive: true, force: true });
const options = ["package", "--no-dependencies", "--out", packed];
// The README's links are relative to this folder; in the marketplace they lead to the repository.
options.push("--baseContentUrl", `${repository.url}/blob/HEAD/${repository.directory}`);
options.push("--baseImagesUrl", `${repository.url}/raw/HEAD/${repository.directory}`);
if (values.target !== undefined) {
  mkdirSync(bundled);
  const program = join(bundled, values.target.startsWith("win32") ? "plansmith.exe" : "plansmith");
  copyFileSync(values.server, program);
  chmodSync(program, 0o755);
  options.push("--target", values.target);
}
try {
  npm("exec", "--", "vsce", ...options);
} finally {
  rmSync(bundled, { recursive: true, force: true });
}
const { size } = statSync(packed);
if (values.target === undefined && size >= LARGEST) {
  throw new Error(`${packed} has ${size} bytes; less than ${LARGEST} is wanted`);
}

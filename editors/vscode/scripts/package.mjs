// usage: package.mjs [--target PLATFORM --server PROGRAM]
//
// Builds the extension and packages it as a VSIX. With a VS Code platform (linux-x64, darwin-arm64, win32-x64, ...) and a
// server built for it, the package includes the server and is for that platform only. Otherwise it has no server.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Maximum size in bytes of a package without a server. */
const MAX_PACKAGE_BYTES = 1_000_000;

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { target: { type: "string" }, server: { type: "string" } } });
if ((values.target === undefined) !== (values.server === undefined)) {
  throw new Error("--target and --server must be used together");
}

// npm finds the tools of this folder on every platform.
const npm = (...args) => execFileSync("npm", args, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
npm("run", "--silent", "build");

const { version, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const vsix = join(folder, `plansmith-${values.target === undefined ? "" : `${values.target}-`}${version}.vsix`);
const bundled = join(folder, "server");
rmSync(bundled, { recursive: true, force: true });
const options = ["package", "--no-dependencies", "--out", vsix];
// The README's links are relative to this folder. In the marketplace they must lead to the repository.
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
const { size } = statSync(vsix);
if (values.target === undefined && size > MAX_PACKAGE_BYTES) {
  throw new Error(`${vsix} has ${size} bytes; the maximum is ${MAX_PACKAGE_BYTES}`);
}

// usage: build.mjs OUT PLATFORM=PROGRAM...
//
// Packs the npm packages into the directory OUT: `plansmith`, and `@plansmith/cli-PLATFORM` for each given platform
// (linux-x64, linux-x64-musl, darwin-arm64, win32-x64, ...). `plansmith` has all supported platforms as optional
// dependencies, so npm installs the one package that fits. The version is that of the Rust workspace.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORMS = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64",
  "win32-arm64",
];

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const [out, ...pairs] = process.argv.slice(2);
if (out === undefined || pairs.length === 0) {
  throw new Error("usage: build.mjs OUT PLATFORM=PROGRAM...");
}

const version = /^version = "(.+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
const common = {
  version,
  license: "MIT OR Apache-2.0",
  repository: { type: "git", url: "git+https://github.com/plansmith/plansmith.git", directory: "packaging/npm" },
  homepage: "https://github.com/plansmith/plansmith",
};
const work = mkdtempSync(join(tmpdir(), "plansmith-npm-"));

/** Writes the manifest and the licenses of a package, and packs it. */
function pack(directory, manifest) {
  writeFileSync(join(directory, "package.json"), `${JSON.stringify({ ...manifest, ...common }, undefined, 2)}\n`);
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    copyFileSync(join(root, license), join(directory, license));
  }
  const options = { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" };
  execFileSync("npm", ["pack", "--silent", "--pack-destination", resolve(out), directory], options);
}

mkdirSync(out, { recursive: true });
try {
  for (const pair of pairs) {
    const [platform, program] = pair.split("=", 2);
    if (!PLATFORMS.includes(platform) || program === undefined) {
      throw new Error(`invalid argument \`${pair}\`; expected PLATFORM=PROGRAM with one of ${PLATFORMS.join(", ")}`);
    }
    const [os, cpu, musl] = platform.split("-");
    const directory = join(work, platform);
    mkdirSync(join(directory, "bin"), { recursive: true });
    const target = join(directory, "bin", os === "win32" ? "plansmith.exe" : "plansmith");
    copyFileSync(program, target);
    chmodSync(target, 0o755);
    writeFileSync(join(directory, "README.md"), `# Plansmith for ${platform}\n\nInstall the package \`plansmith\` instead.\n`);
    pack(directory, {
      name: `@plansmith/cli-${platform}`,
      description: `The program plansmith for ${platform}`,
      os: [os],
      cpu: [cpu],
      ...(os === "linux" ? { libc: [musl ?? "glibc"] } : {}),
      preferUnplugged: true,
      files: ["bin"],
    });
  }
  const main = join(work, "plansmith");
  cpSync(join(here, "plansmith"), main, { recursive: true });
  copyFileSync(join(here, "../PACKAGE.md"), join(main, "README.md"));
  pack(main, {
    name: "plansmith",
    description: "Language server and command-line tool for plans written in Markdown",
    keywords: ["markdown", "plan", "tasks", "linter", "language-server"],
    bin: { plansmith: "bin/plansmith.js" },
    files: ["bin"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((name) => [`@plansmith/cli-${name}`, version])),
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}

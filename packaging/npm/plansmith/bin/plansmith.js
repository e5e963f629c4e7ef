#!/usr/bin/env node
// Starts the program of the optional package for this platform, and exits as it exits.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const extension = process.platform === "win32" ? ".exe" : "";

/** Returns the path of the program in the first installed package, or undefined. */
function findProgram(packages) {
  for (const name of packages) {
    try {
      return require.resolve(`${name}/bin/plansmith${extension}`);
    } catch {
      // Not installed.
    }
  }
  return undefined;
}

const platform = `${process.platform}-${process.arch}`;
// npm installs one of the two Linux packages. An older npm that ignores `libc` installs both; the static one runs everywhere.
const packages = [`@plansmith/cli-${platform}-musl`, `@plansmith/cli-${platform}`];
const program = findProgram(packages);
if (program === undefined) {
  console.error(`error: optional package \`@plansmith/cli-${platform}\` not found; install plansmith without \`--omit=optional\``);
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of signals) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`error: cannot start \`${program}\`: ${error.message}`);
  process.exitCode = 2;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});

// usage: tee.mjs LOG SERVER [ARGUMENT...]
//
// Relays the traffic between an editor and a server, and writes each message to LOG as a line of JSON:
// {"process", "from": "client" | "server", "message"}. Invalid data is logged as "bad" instead of "message".

import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

const [log, program, ...args] = process.argv.slice(2);
const server = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });

const record = (from, entry) => appendFileSync(log, JSON.stringify({ process: process.pid, from, ...entry }) + "\n");

function relay(from, source, target) {
  let rest = Buffer.alloc(0);
  source.on("data", (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    // Logged before it is passed on, so that no response is logged before its request.
    rest = readMessages(from, rest);
    target.write(bytes);
  });
  source.on("end", () => {
    if (rest.length > 0) record(from, { bad: `incomplete message at the end: ${rest.subarray(0, 200)}` });
    target.end();
  });
  target.on("error", () => {});
}

/** Logs all complete messages and returns the remaining bytes. */
function readMessages(from, bytes) {
  for (;;) {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return bytes;
    const length = /content-length: *(\d+)/i.exec(bytes.subarray(0, end).toString())?.[1];
    if (length === undefined) {
      record(from, { bad: `header without Content-Length: ${bytes.subarray(0, end)}` });
      bytes = bytes.subarray(end + 4);
      continue;
    }
    const whole = end + 4 + Number(length);
    if (bytes.length < whole) return bytes;
    const text = bytes.subarray(end + 4, whole).toString();
    try {
      record(from, { message: JSON.parse(text) });
    } catch (error) {
      record(from, { bad: `${error}: ${text.slice(0, 200)}` });
    }
    bytes = bytes.subarray(whole);
  }
}

relay("client", process.stdin, server.stdin);
relay("server", server.stdout, process.stdout);
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => server.kill(signal));
server.on("error", (error) => {
  console.error(String(error));
  process.exit(127);
});
// On "close" all output of the server has been read.
server.on("close", (code) => process.exit(code ?? 1));

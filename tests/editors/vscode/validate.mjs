// usage: validate.mjs META_MODEL LOG
//
// Checks what tee.mjs recorded against the protocol's meta model: known methods, in the right direction, of the right shape;
// every request answered once. What the server sends may have no property that the model does not know. Prints each kind of
// violation once and ends with code 1 if the server is to blame for one.

import { readFileSync } from "node:fs";

const [modelFile, logFile] = process.argv.slice(2);
const model = JSON.parse(readFileSync(modelFile, "utf8"));
const by = (list, key) => new Map(list.map((item) => [item[key], item]));
const requests = by(model.requests, "method");
const notifications = by(model.notifications, "method");
const structures = by(model.structures, "name");
const enumerations = by(model.enumerations, "name");
const aliases = by(model.typeAliases, "name");

const properties = new Map();
/** All properties of a structure, with those it inherits. */
function propertiesOf(name) {
  if (!properties.has(name)) {
    const { extends: parents = [], mixins = [], properties: own } = structures.get(name);
    const inherited = [...parents, ...mixins].flatMap((parent) => [...propertiesOf(parent.name).values()]);
    properties.set(name, by([...inherited, ...own], "name"));
  }
  return properties.get(name);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isWhole = (value, from) => Number.isInteger(value) && value >= from && value <= 2 ** 31 - 1;
const BASE = {
  URI: (value) => typeof value === "string",
  DocumentUri: (value) => typeof value === "string" && /^[a-z][a-z0-9+.-]*:/i.test(value),
  string: (value) => typeof value === "string",
  RegExp: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  integer: (value) => isWhole(value, -(2 ** 31)),
  uinteger: (value) => isWhole(value, 0),
  decimal: (value) => typeof value === "number",
};

/** What is wrong with a value: `edits/0/range: missing "end"`, or nothing. */
function wrong(type, value, at = "") {
  const place = at.slice(1) || "value";
  const shown = () => JSON.stringify(value)?.slice(0, 120);
  switch (type.kind) {
    case "base":
      return BASE[type.name](value) ? undefined : `${place}: ${shown()} is no ${type.name}`;
    case "reference": {
      if (structures.has(type.name)) return wrongObject(propertiesOf(type.name), value, at);
      const enumeration = enumerations.get(type.name);
      if (enumeration === undefined) {
        return type.name.startsWith("LSP") ? undefined : wrong(aliases.get(type.name).type, value, at);
      }
      if (enumeration.supportsCustomValues) return wrong(enumeration.type, value, at);
      return enumeration.values.some((known) => known.value === value) ? undefined : `${place}: ${shown()} is no ${type.name}`;
    }
    case "array":
      if (!Array.isArray(value)) return `${place}: ${shown()} is no list`;
      return first(value, (item, index) => wrong(type.element, item, `${at}/${index}`));
    case "tuple":
      if (!Array.isArray(value) || value.length !== type.items.length) return `${place}: not ${type.items.length} items`;
      return first(value, (item, index) => wrong(type.items[index], item, `${at}/${index}`));
    case "map":
      if (!isObject(value)) return `${place}: ${shown()} is no object`;
      return first(Object.entries(value), ([key, item]) => wrong(type.value, item, `${at}/${key}`));
    case "or": {
      const complaints = [];
      for (const item of type.items) {
        const complaint = wrong(item, value, at);
        if (complaint === undefined) return undefined;
        complaints.push(complaint);
      }
      // The one that came furthest into the value was most likely meant.
      return complaints.reduce((one, other) => (other.split("/").length > one.split("/").length ? other : one));
    }
    case "and":
      return wrongObject(new Map(type.items.flatMap((item) => [...propertiesOf(item.name)])), value, at);
    case "literal":
      return wrongObject(by(type.value.properties, "name"), value, at);
    default:
      return type.value === value ? undefined : `${place}: ${shown()} is not ${JSON.stringify(type.value)}`;
  }
}

let isStrict = true;
function wrongObject(known, value, at) {
  const place = at.slice(1) || "value";
  if (!isObject(value)) return `${place}: ${JSON.stringify(value)?.slice(0, 120)} is no object`;
  for (const { name, optional } of known.values()) {
    if (!optional && !(name in value)) return `${place}: missing "${name}"`;
  }
  return first(Object.entries(value), ([key, item]) => {
    if (!known.has(key)) return isStrict && known.size > 0 ? `${place}: unknown "${key}"` : undefined;
    return wrong(known.get(key).type, item, `${at}/${key}`);
  });
}

function first(list, find) {
  for (const [index, item] of list.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

const violations = new Map();
const report = (from, what) => violations.set(`${from}: ${what}`, (violations.get(`${from}: ${what}`) ?? 0) + 1);
const pending = new Map();
const ended = new Set();
let messages = 0;

function checkCall(from, process, message) {
  const { method, id, params } = message;
  const kind = (id === undefined ? notifications : requests).get(method);
  if (kind === undefined) {
    if (!method.startsWith("$/")) report(from, `${method} is unknown as a ${id === undefined ? "notification" : "request"}`);
    return;
  }
  if (![from === "client" ? "clientToServer" : "serverToClient", "both"].includes(kind.messageDirection)) {
    report(from, `${method} goes the other way`);
  }
  if (id !== undefined) pending.set(`${process} ${from} ${JSON.stringify(id)}`, kind);
  const complaint = kind.params && wrong(kind.params, params ?? {});
  if (complaint !== undefined) report(from, `${method}, params: ${complaint}`);
}

function checkAnswer(from, process, message) {
  const key = `${process} ${from === "client" ? "server" : "client"} ${JSON.stringify(message.id)}`;
  const kind = pending.get(key);
  if (!pending.delete(key)) {
    report(from, `an answer to no request: ${JSON.stringify(message).slice(0, 120)}`);
  } else if ("error" in message) {
    if (!Number.isInteger(message.error.code) || typeof message.error.message !== "string") report(from, `${kind.method}: no proper error`);
  } else if (!("result" in message)) {
    report(from, `${kind.method}: neither result nor error`);
  } else {
    const complaint = wrong(kind.result, message.result);
    if (complaint !== undefined) report(from, `${kind.method}, result: ${complaint}`);
  }
}

for (const line of readFileSync(logFile, "utf8").split("\n").filter(Boolean)) {
  const { process, from, message, bad } = JSON.parse(line);
  messages++;
  // Clients may be ahead of this model.
  isStrict = from === "server";
  if (bad !== undefined) report(from, bad);
  else if (message.jsonrpc !== "2.0") report(from, 'no "jsonrpc": "2.0"');
  else if (message.method !== undefined) checkCall(from, process, message);
  else checkAnswer(from, process, message);
  if (message?.method === "exit") ended.add(process);
}
// A server that was killed cannot answer; one that was told to end has to have answered before.
for (const [key, { method }] of pending) {
  const [process, from] = key.split(" ");
  if (from === "client" && ended.has(Number(process)) && method !== "shutdown") report("server", `${method} is never answered`);
}
for (const [what, times] of violations) console.log(`${what} (${times} times)`);
const isServers = [...violations.keys()].some((what) => what.startsWith("server"));
console.log(`${messages} messages, ${violations.size} kinds of violations`);
process.exit(isServers || messages === 0 ? 1 : 0);

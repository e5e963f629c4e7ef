// usage: validate.mjs META_MODEL LOG
//
// Checks the log of tee.mjs against the meta model of LSP: methods, directions, types, and one response per request. Messages of
// the server must not have unknown properties. Prints each kind of violation once. The exit code is 1 if the server caused one.

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
/** Returns all properties of a structure, including inherited ones. */
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

/** Returns the first type error of a value, e.g. `edits/0/range: missing "end"`, or `undefined`. */
function typeError(type, value, path = "") {
  const location = path.slice(1) || "value";
  const shown = () => JSON.stringify(value)?.slice(0, 120);
  switch (type.kind) {
    case "base":
      return BASE[type.name](value) ? undefined : `${location}: ${shown()} is not a ${type.name}`;
    case "reference": {
      if (structures.has(type.name)) return objectError(propertiesOf(type.name), value, path);
      const enumeration = enumerations.get(type.name);
      if (enumeration === undefined) {
        return type.name.startsWith("LSP") ? undefined : typeError(aliases.get(type.name).type, value, path);
      }
      if (enumeration.supportsCustomValues) return typeError(enumeration.type, value, path);
      return enumeration.values.some((known) => known.value === value) ? undefined : `${location}: ${shown()} is not a ${type.name}`;
    }
    case "array":
      if (!Array.isArray(value)) return `${location}: ${shown()} is not an array`;
      return first(value, (item, index) => typeError(type.element, item, `${path}/${index}`));
    case "tuple":
      if (!Array.isArray(value) || value.length !== type.items.length) return `${location}: not ${type.items.length} items`;
      return first(value, (item, index) => typeError(type.items[index], item, `${path}/${index}`));
    case "map":
      if (!isObject(value)) return `${location}: ${shown()} is not an object`;
      return first(Object.entries(value), ([key, item]) => typeError(type.value, item, `${path}/${key}`));
    case "or": {
      const errors = [];
      for (const item of type.items) {
        const error = typeError(item, value, path);
        if (error === undefined) return undefined;
        errors.push(error);
      }
      // The alternative with the deepest error is most likely the intended one.
      return errors.reduce((one, other) => (other.split("/").length > one.split("/").length ? other : one));
    }
    case "and":
      return objectError(new Map(type.items.flatMap((item) => [...propertiesOf(item.name)])), value, path);
    case "literal":
      return objectError(by(type.value.properties, "name"), value, path);
    default:
      return type.value === value ? undefined : `${location}: ${shown()} is not ${JSON.stringify(type.value)}`;
  }
}

let isStrict = true;
function objectError(known, value, path) {
  const location = path.slice(1) || "value";
  if (!isObject(value)) return `${location}: ${JSON.stringify(value)?.slice(0, 120)} is not an object`;
  for (const { name, optional } of known.values()) {
    if (!optional && !(name in value)) return `${location}: missing "${name}"`;
  }
  return first(Object.entries(value), ([key, item]) => {
    if (!known.has(key)) return isStrict && known.size > 0 ? `${location}: unknown "${key}"` : undefined;
    return typeError(known.get(key).type, item, `${path}/${key}`);
  });
}

function first(list, find) {
  for (const [index, item] of list.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A request that the server adds to the protocol. */
const OWN_REQUEST = { method: "plansmith", result: { kind: "reference", name: "LSPAny" } };

const violations = new Map();
const report = (from, violation) => violations.set(`${from}: ${violation}`, (violations.get(`${from}: ${violation}`) ?? 0) + 1);
const pending = new Map();
const ended = new Set();
let messages = 0;

function checkCall(from, process, message) {
  const { method, id, params } = message;
  const kind = (id === undefined ? notifications : requests).get(method);
  if (kind === undefined && method.startsWith("plansmith/")) {
    if (id !== undefined) pending.set(`${process} ${from} ${JSON.stringify(id)}`, OWN_REQUEST);
    return;
  }
  if (kind === undefined) {
    if (!method.startsWith("$/")) report(from, `${method} is unknown as a ${id === undefined ? "notification" : "request"}`);
    return;
  }
  if (![from === "client" ? "clientToServer" : "serverToClient", "both"].includes(kind.messageDirection)) {
    report(from, `${method} has the wrong direction`);
  }
  if (id !== undefined) pending.set(`${process} ${from} ${JSON.stringify(id)}`, kind);
  const error = kind.params && typeError(kind.params, params ?? {});
  if (error !== undefined) report(from, `${method}, params: ${error}`);
}

function checkResponse(from, process, message) {
  const key = `${process} ${from === "client" ? "server" : "client"} ${JSON.stringify(message.id)}`;
  const kind = pending.get(key);
  if (!pending.delete(key)) {
    report(from, `response without a request: ${JSON.stringify(message).slice(0, 120)}`);
  } else if ("error" in message) {
    if (!Number.isInteger(message.error.code) || typeof message.error.message !== "string") report(from, `${kind.method}: invalid error`);
  } else if (!("result" in message)) {
    report(from, `${kind.method}: neither result nor error`);
  } else {
    const error = typeError(kind.result, message.result);
    if (error !== undefined) report(from, `${kind.method}, result: ${error}`);
  }
}

for (const line of readFileSync(logFile, "utf8").split("\n").filter(Boolean)) {
  const { process, from, message, bad } = JSON.parse(line);
  messages++;
  // Clients may use newer versions of the protocol.
  isStrict = from === "server";
  if (bad !== undefined) report(from, bad);
  else if (message.jsonrpc !== "2.0") report(from, 'missing "jsonrpc": "2.0"');
  else if (message.method !== undefined) checkCall(from, process, message);
  else checkResponse(from, process, message);
  if (message?.method === "exit") ended.add(process);
}
// Killed servers cannot respond. Servers that received `exit` must have responded to all requests.
for (const [key, { method }] of pending) {
  const [process, from] = key.split(" ");
  if (from === "client" && ended.has(Number(process)) && method !== "shutdown") report("server", `no response to ${method}`);
}
for (const [violation, count] of violations) console.log(`${violation} (${count} times)`);
const isServerFault = [...violations.keys()].some((what) => what.startsWith("server"));
console.log(`${messages} messages, ${violations.size} kinds of violations`);
process.exit(isServerFault || messages === 0 ? 1 : 0);

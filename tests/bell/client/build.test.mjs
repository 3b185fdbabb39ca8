// The published file: up to date, small, and one module.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { compressedSize, published } from "../../../bell/build.mjs";

const text = readFileSync(new URL("../../../bell/messages.js", import.meta.url), "utf8");

test("`messages.js` is what the modules say", () => {
  assert.equal(text, published(), "run `node bell/build.mjs`");
});

test("`messages.js` is small, and has no comments but the first", () => {
  assert.ok(compressedSize(text) <= 13.5 * 1024, `${compressedSize(text)} bytes`);
  assert.doesNotMatch(text.slice(text.indexOf("\n")), /(^|[;{})] +)\/\/|\/\*\*/m);
});

test("`messages.js` loads nothing, and exports the client and its error", async () => {
  assert.doesNotMatch(text, /^import |import\(|\beval\b|new Function|innerHTML|localStorage|sessionStorage|indexedDB/m);
  const module = await import("../../../bell/messages.js");
  assert.deepEqual(Object.keys(module).sort(), ["MessagesClient", "Problem"]);
});

test("the package has the version of the crate", () => {
  const read = (name) => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");
  const [, version] = /^version = "(.*)"$/m.exec(read("Cargo.toml"));
  assert.equal(JSON.parse(read("bell/package.json")).version, version);
});

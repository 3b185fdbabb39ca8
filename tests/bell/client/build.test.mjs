// The published files: up to date, small, and one module each.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { SCRIPTS, compressedSize, published } from "../../../bell/build.mjs";

const read = (name) => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");
const [client, elements] = ["bell/messages.js", "bell/bell.js"].map(read);

for (const name of Object.keys(SCRIPTS)) {
  test(`${name} is what its modules say`, async () => {
    assert.equal(read(`bell/${name}`), await published(name), "run `node bell/build.mjs`");
  });
}

test("both scripts are small", () => {
  const sizes = [client, elements].map(compressedSize);
  assert.ok(sizes[0] + sizes[1] <= 23 * 1024, `${sizes} bytes`);
});

test("no script runs a text as code or as HTML, or stores anything", () => {
  const refused = /\beval\b|new Function|innerHTML|outerHTML|insertAdjacent|DOMParser|document\.write|(local|session)Storage|indexedDB/;
  assert.doesNotMatch(client + elements, refused);
});

test("the client loads nothing, and exports itself and its error", async () => {
  assert.doesNotMatch(client, /\bimport\b/);
  const module = await import("../../../bell/messages.js");
  assert.deepEqual(Object.keys(module).sort(), ["MessagesClient", "Problem"]);
});

test("the elements load the client, and nothing else", () => {
  const imports = [...elements.matchAll(/(?:from|import) ?\(?("[^"]*")/g)].map(([, path]) => path);
  assert.deepEqual(imports, ['"./messages.js"']);
});

test("the package has the version of the crate", () => {
  const [, version] = /^version = "(.*)"$/m.exec(read("Cargo.toml"));
  assert.equal(JSON.parse(read("bell/package.json")).version, version);
});

// Bundles the sources to `messages.js` and `bell.js`, which a browser loads with one request each.
//
//   node build.mjs            writes the scripts; needs `npm ci` in tests/bell, as do the others
//   node build.mjs --check    fails if a file is not what it would write
//   node build.mjs --types    checks the types, and writes the .d.ts files

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const tool = (name) => createRequire(here("../tests/bell/package.json")).resolve(name);
const { default: esbuild } = await import(tool("esbuild"));

/** The entry of each script, and what its source is. */
export const SCRIPTS = {
  "messages.js": ["client/index.js", "the client of the inbox. Its source is in bell/client."],
  "bell.js": ["elements/index.js", "the elements <messages-bell> and <messages-inbox>. Their source is in bell/elements."],
};

/** The elements import the published client, and their styles as a text without spaces. */
const plugin = {
  name: "bell",
  setup(build) {
    build.onResolve({ filter: /\/client\/index\.js$/ }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: "./messages.js", external: true },
    );
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** Returns a script as it is published. @param {keyof typeof SCRIPTS} name */
export async function published(name, { minify = true } = {}) {
  const [entry, about] = SCRIPTS[name];
  const { outputFiles } = await esbuild.build({
    entryPoints: [here(entry)],
    bundle: true,
    write: false,
    minify,
    format: "esm",
    target: "es2023",
    legalComments: "none",
    plugins: [plugin],
    banner: { js: `// actix-messages: ${about}` },
  });
  return outputFiles[0].text;
}

/** The number of bytes that are sent. */
export const compressedSize = (text) => gzipSync(text, { level: 9 }).length;

/** The modules of each folder. Each comes after those that it imports. */
const MODULES = {
  client: [
    ...["wire", "requests", "mailbox", "operations", "steps", "inbox", "schedule", "stream", "tabs"],
    ...["follower", "page", "turns", "probe", "connections", "types", "engine", "client"],
  ],
  elements: [
    ...["texts", "dates", "dom", "icons", "content", "template", "row", "view", "list", "body", "panel"],
    ...["announcer", "base", "bell", "inbox", "index"],
  ],
};
const PUBLIC = ["MessagesClient", "Problem"];

/** Returns the modules of a folder as one text, with comments: for the types, and for tests that change the code. */
export function joined(folder) {
  const parts = MODULES[folder].map((name) => {
    let text = readFileSync(here(`${folder}/${name}.js`), "utf8");
    text = text.replace(/^import [^]*?;\n/gm, "");
    text = text.replace(/^export \{\};\n/gm, "");
    // The types of all modules are in one file now.
    text = text.replace(/^\/\*\* @typedef \{import\([^]*?\*\/\n/gm, "");
    return text.replace(/^export (?=(?:class|function|const) (\w+))/gm, (word, name) => (PUBLIC.includes(name) ? word : ""));
  });
  return parts.join("\n");
}

const tsc = (...args) => execFileSync("node", [tool("typescript/bin/tsc"), ...args], { stdio: "inherit" });
const OPTIONS = "--target es2023 --module es2022 --moduleResolution bundler --lib es2023,dom,dom.iterable".split(" ");

/** Checks the types, and returns the files with them. */
function types() {
  const folder = mkdtempSync(join(tmpdir(), "bell-"));
  const at = (name) => join(folder, name);
  try {
    tsc("--project", here("tsconfig.json"));
    writeFileSync(at("messages.js"), joined("client"));
    const imports = 'import { MessagesClient } from "./messages.js";\nconst css = "";\n';
    writeFileSync(at("bell.js"), `${imports}${CLIENT_TYPES}${joined("elements")}`);
    tsc(at("messages.js"), at("bell.js"), "--allowJs", "--declaration", "--emitDeclarationOnly", ...OPTIONS);
    // A comment can't declare the types of the events.
    const all = { "messages.d.ts": "client/events.d.ts.txt", "bell.d.ts": "elements/events.d.ts.txt" };
    for (const [name, more] of Object.entries(all)) {
      all[name] = readFileSync(at(name), "utf8") + readFileSync(here(more), "utf8");
      writeFileSync(at(name), all[name]);
    }
    cpSync(here("../tests/bell/use.ts"), at("use.ts"));
    tsc(at("use.ts"), "--strict", "--noEmit", ...OPTIONS);
    return all;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The types of the client that the elements use. */
const CLIENT_TYPES = ["Message", "Snapshot", "Undoable"]
  .map((name) => `/** @typedef {import("./messages.js").${name}} ${name} */\n`)
  .join("");

/** Writes a file, or compares it. */
function put(name, text, isCheck) {
  if (!isCheck) return writeFileSync(here(name), text);
  if (readFileSync(here(name), "utf8") === text) return;
  console.error(`bell/${name} is not what bell/build.mjs writes: run it again`);
  process.exitCode = 1;
}

if (process.argv[1] === here("build.mjs")) {
  const isCheck = process.argv.includes("--check");
  const all = process.argv.includes("--types") ? types() : {};
  for (const name of Object.keys(SCRIPTS)) all[name] = await published(name);
  for (const [name, text] of Object.entries(all)) put(name, text, isCheck);
  const sizes = Object.keys(SCRIPTS).map((name) => `${name}: ${all[name].length} bytes, ${compressedSize(all[name])} compressed`);
  console.log(sizes.join("; "));
}

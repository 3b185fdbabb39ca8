// Joins the modules of the client to `messages.js`, which a browser loads with one request, without comments.
//
//   node build.mjs            writes messages.js
//   node build.mjs --check    fails if messages.js is not what it would write
//   node build.mjs --types    checks the types, and writes messages.d.ts; needs `npm ci` in tests/bell

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Each module comes after those that it imports. */
const MODULES = [
  ...["wire", "requests", "mailbox", "operations", "steps", "inbox", "schedule"],
  ...["stream", "tabs", "follower", "page", "turns", "probe", "connections", "types", "engine", "client"],
];
const PUBLIC = ["MessagesClient", "Problem"];

/** Returns the modules as one, with comments. */
export function joined() {
  const parts = MODULES.map((name) => {
    let text = readFileSync(here(`client/${name}.js`), "utf8");
    text = text.replace(/^import [^]*?;\n/gm, "");
    text = text.replace(/^export \{\};\n/gm, "");
    // The types of all modules are in one file now.
    text = text.replace(/^\/\*\* @typedef \{import\([^]*?\*\/\n/gm, "");
    return text.replace(/^export (?=(?:class|function|const) (\w+))/gm, (word, name) => (PUBLIC.includes(name) ? word : ""));
  });
  return parts.join("\n");
}

/** Returns the text without comments and empty lines. The modules have no comment behind code that looks like text. */
export function published(text = joined()) {
  const code = text
    .replace(/\/\*\*[^]*?\*\/ ?/g, "")
    .replace(/^ *\/\/.*\n/gm, "")
    .replace(/(?<=[;,{}\)]) \/\/ .*$/gm, "")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n\n+/g, "\n");
  return `// actix-messages: the client of the inbox. Its source, with comments, is in bell/client.\n${code.trimStart()}`;
}

/** The number of bytes that are sent. */
export const compressedSize = (text) => gzipSync(text, { level: 9 }).length;

function writeTypes() {
  const folder = mkdtempSync(join(tmpdir(), "bell-"));
  const tsc = here("../tests/bell/node_modules/typescript/bin/tsc");
  try {
    execFileSync("node", [tsc, "--project", here("tsconfig.json")], { stdio: "inherit" });
    writeFileSync(join(folder, "messages.js"), joined());
    const options = "--allowJs --declaration --emitDeclarationOnly --target es2023 --module es2022 --lib es2023,dom,dom.iterable";
    execFileSync("node", [tsc, join(folder, "messages.js"), ...options.split(" ")], { stdio: "inherit" });
    // A comment can't declare the types of the events.
    const types = readFileSync(join(folder, "messages.d.ts"), "utf8") + readFileSync(here("client/events.d.ts.txt"), "utf8");
    writeFileSync(join(folder, "messages.d.ts"), types);
    writeFileSync(join(folder, "use.ts"), readFileSync(here("../tests/bell/use.ts"), "utf8"));
    const strict = "--strict --noEmit --target es2023 --module es2022 --moduleResolution bundler --lib es2023,dom,dom.iterable";
    execFileSync("node", [tsc, join(folder, "use.ts"), ...strict.split(" ")], { stdio: "inherit" });
    return types;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes a file, or compares it. */
function put(name, text, isCheck) {
  if (!isCheck) return writeFileSync(here(name), text);
  if (readFileSync(here(name), "utf8") === text) return;
  console.error(`bell/${name} is not what bell/build.mjs writes: run it again`);
  process.exitCode = 1;
}

if (process.argv[1] === here("build.mjs")) {
  const isCheck = process.argv.includes("--check");
  put("messages.js", published(), isCheck);
  if (process.argv.includes("--types")) put("messages.d.ts", writeTypes(), isCheck);
  const sizes = [joined(), published()].map((text) => `${text.length} bytes, ${compressedSize(text)} compressed`);
  console.log(`with comments: ${sizes[0]}; as published: ${sizes[1]}`);
}

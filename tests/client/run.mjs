// Generates a TypeScript client from the OpenAPI documents that the example serves, compiles it, and runs it.
//
//   node run.mjs ORIGIN

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [origin] = process.argv.slice(2);
if (!origin) {
  console.error("usage: node run.mjs ORIGIN");
  process.exit(2);
}
const run = (program, ...args) =>
  execFileSync(program, args, { cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: "inherit" });

mkdirSync(new URL("generated", import.meta.url), { recursive: true });
run("npx", "openapi-typescript", `${origin}/messages/openapi.json`, "--output", "generated/classic.ts");
run("npx", "openapi-typescript", `${origin}/api/messages/openapi.json`, "--output", "generated/all.ts");
run("npx", "tsc");
run("node", "generated/js/use.js", origin);

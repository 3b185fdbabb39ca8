// Tries all mutants of the client. Fails if the tests do not notice one of them.
//
//   node mutate.mjs [PART OF A NAME]

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { joined } from "../../../bell/build.mjs";
import { MUTANTS } from "./mutants.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
// The quick ones first: the first test that fails is enough.
const files = ["wire", "reading", "states", "operations", "following", "tabs", "laws"].map((name) => `${name}.test.mjs`);
const code = joined("client").replace(/^export /gm, "");
const chosen = [...MUTANTS.entries()].filter(([, { name }]) => name.includes(process.argv[2] ?? ""));
for (const [, mutant] of chosen) mutant.apply(code); // each must fit

/** Returns the name of the first test of a file that fails with a mutant. */
function failureIn(file, number) {
  const env = { ...process.env, BELL_MUTANT: String(number), NODE_TEST_CONTEXT: undefined };
  const child = spawn("node", ["--test", "--test-reporter=tap", file], { cwd: here, env, detached: true });
  let output = "";
  let name;
  const stop = (reason) => {
    name ??= reason;
    process.kill(-child.pid, "SIGKILL"); // with the process of the file
  };
  // A mutant may run for ever. It is caught then, too.
  const timer = setTimeout(stop, 180_000, "it runs for ever");
  child.stdout.on("data", (data) => {
    output += data;
    const [, failed] = /^ *not ok \d+ - (.*)$/m.exec(output) ?? [];
    if (failed && !name) stop(failed);
  });
  return new Promise((resolve) => {
    child.on("close", () => {
      clearTimeout(timer);
      resolve(name);
    });
  });
}

async function failure(number) {
  for (const file of files) {
    const name = await failureIn(file, number);
    if (name) return name;
  }
}

const missed = [];
const queue = [...chosen];
async function work() {
  for (let next; (next = queue.shift()); ) {
    const [number, { name }] = next;
    const failed = await failure(number);
    if (!failed) missed.push(name);
    console.log(failed ? `caught  ${name}: ${failed}` : `MISSED  ${name}`);
  }
}
await Promise.all(Array.from({ length: Math.min(3, availableParallelism()) }, work));
console.log(`${chosen.length - missed.length} of ${chosen.length} mutants are caught`);
process.exitCode = missed.length ? 1 : 0;

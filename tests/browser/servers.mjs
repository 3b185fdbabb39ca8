// Starts the example, and nginx in front of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false)).on("close", () => socket.destroy());
  });
}

/** Runs a server until the returned function is called. */
async function start(program, args, port, env = {}) {
  const server = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
  const gone = new Promise((resolve) => server.on("close", resolve).on("error", resolve));
  for (let tries = 0; !(await answers(port)); tries += 1) {
    assert(tries < 200 && server.exitCode === null, `${program} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return async () => {
    server.kill("SIGTERM");
    await gone;
  };
}

/** Serves the example on a new database until `stop` is called. */
export async function serve(program) {
  const folder = await mkdtemp(join(tmpdir(), "actix-messages-"));
  const env = { MESSAGE_LEVEL: "10", RUST_LOG: "warn", SESSION_KEY: "only for tests ".repeat(5) };
  const startAt = (port) =>
    start(program, ["--port", String(port), "--database", join(folder, "demo.sqlite")], port, env);
  const port = await freePort();
  let halt = await startAt(port);
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    /** Restarts the server. While it is down, `meanwhile` gets the origin of another server on the same database. */
    restart: async (meanwhile) => {
      await halt();
      const other = await freePort();
      const haltOther = await startAt(other);
      await meanwhile(`http://127.0.0.1:${other}`);
      await haltOther();
      halt = await startAt(port);
    },
    stop: async () => {
      await halt();
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts nginx in front of a port, with its default settings: it buffers, and gives up after 60 seconds of silence. */
export async function proxy(target) {
  const folder = await mkdtemp(join(tmpdir(), "actix-messages-nginx-"));
  const port = await freePort();
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
  const settings = `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    events {}
    http {
      access_log off;
      ${places.join(" ")}
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://127.0.0.1:${target}; }
      }
    }`;
  await writeFile(join(folder, "nginx.conf"), settings);
  const log = join(folder, "error.log");
  const halt = await start("nginx", ["-e", log, "-c", join(folder, "nginx.conf")], port);
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      await halt();
      await rm(folder, { recursive: true });
    },
  };
}

// Checks every page of the example in a browser: no errors, no accessibility problems, no requests to other sites.
//
//   node run.mjs PROGRAM TEMPLATES [FOLDER]
//
// PROGRAM is the built example, and TEMPLATES the built `templates.rs`. Screenshots go into FOLDER, if it is given.
// CHROMIUM is the path of the browser.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { tryBell } from "./bell.mjs";
import { FLOWS } from "./flows.mjs";
import { tryMarkup, tryTemplates } from "./hostile.mjs";
import { settle, tryLive, tryProxy } from "./live.mjs";
import { tryOrigins } from "./origins.mjs";
import { PAGES } from "./pages.mjs";
import { serve } from "./servers.mjs";

const WIDTHS = [360, 1280];
const SCHEMES = ["light", "dark"];
const BROWSER = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const [program, templates, screenshots] = process.argv.slice(2);
if (!templates) {
  console.error("usage: node run.mjs PROGRAM TEMPLATES [FOLDER]");
  process.exit(2);
}

// ---- The browser

const browser = await chromium.launch(BROWSER);
const { origin, stop } = await serve(program);

/** Posts JSON on a new connection, because the server may close an idle one just when it is reused. */
async function post(context, path, data, at = origin) {
  const answer = await context.request.post(at + path, { data, headers: { Connection: "close" } });
  assert(answer.ok(), `POST ${path}: ${answer.status()}`);
}

async function signedIn(name, options, at = origin) {
  const context = await browser.newContext(options);
  if (name !== "nobody") await post(context, "/demo/login", { user: name }, at);
  return context;
}

/** Collects the errors of a page: script errors, blocked content, missing files and requests to other sites. */
function listen(page, at = origin) {
  const mistakes = [];
  page.on("pageerror", (error) => mistakes.push(`error: ${error}`));
  page.on("console", (message) => {
    // The browser also reports error statuses here, even if the test expects them.
    const isStatus = message.text().startsWith("Failed to load resource");
    const isMistake = ["error", "warning"].includes(message.type());
    if (isMistake && !isStatus) mistakes.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const { errorText } = request.failure();
    if (errorText !== "net::ERR_ABORTED") mistakes.push(`${errorText}: ${request.url()}`);
  });
  page.on("response", (response) => {
    const isPage = response.request().isNavigationRequest();
    if (!isPage && response.status() >= 400) mistakes.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== at) mistakes.push(`request to another site: ${request.url()}`);
  });
  return mistakes;
}

/** The accessibility problems that axe finds. */
async function barriers(page) {
  // The Content-Security-Policy of the page does not apply to this script.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.map(({ id, help, nodes }) => `axe ${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
}

/** Takes a screenshot, if they are wanted. */
async function shoot(page, name) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** Runs in the page: tables that are cut off, and tags that are broken inside a word. */
function cutParts() {
  const tables = [...document.querySelectorAll("table")].filter(({ scrollWidth, parentElement }) => scrollWidth > parentElement.clientWidth);
  const tags = [...document.querySelectorAll(".tags li a")].filter(({ textContent, clientHeight }) => textContent.length <= 12 && clientHeight > 30);
  return [...tables.map(() => "a table is cut off"), ...tags.map(({ textContent }) => `a broken tag: ${textContent}`)];
}

async function look(entry, width, colorScheme) {
  const { name, as, path, status = 200, allowed = {}, prepare } = entry;
  const context = await signedIn(as, { colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  const problems = listen(page);
  try {
    const answer = await page.goto(origin + path);
    if (answer.status() !== status) problems.push(`answered with ${answer.status()} instead of ${status}`);
    await prepare?.(page);
    await settle(page);
    const [content, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (content > seen) problems.push(`too wide: ${content} pixels in a window of ${seen}`);
    problems.push(...(await page.evaluate(cutParts)));
    problems.push(...(await barriers(page)));
    if (screenshots) {
      // The window is as tall as the page, so that sticky elements cover nothing.
      await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
      await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`) });
    }
  } catch (error) {
    problems.push(String(error));
  }
  await context.close();
  const isAllowed = (problem) => Object.keys(allowed).some((start) => problem.startsWith(start));
  return problems.filter((problem) => !isAllowed(problem)).map((problem) => `${name}, ${width} px, ${colorScheme}: ${problem}`);
}

async function follow({ name, as, run }) {
  const context = await signedIn(as, { javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const problems = listen(page);
  try {
    await run(page, origin);
  } catch (error) {
    problems.push(error.stack);
  }
  await context.close();
  return problems.map((problem) => `${name}: ${problem}`);
}

async function open(as, { origin: at = origin, ...options } = {}) {
  const context = await signedIn(as, { viewport: { width: 1280, height: 800 }, ...options }, at);
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  return { context, page, problems: listen(page, at) };
}

// ---- The messages

const WRITTEN = [
  { by: "alice", level: 20, message: "Welcome, Alice. Your account is ready.", extra_tags: ["welcome"] },
  { by: "alice", level: 25, message: "Your order is placed.", extra_tags: ["order", "billing"] },
  { by: "alice", level: 40, message: "Your card was declined. Please choose another way to pay.", extra_tags: ["billing"] },
  { by: "bob", level: 30, message: "Your trial ends tomorrow.", extra_tags: ["trial"] },
  { by: "bob", level: 10, message: "cache: 3 hits, 1 miss" },
  { by: "bob", level: 27, message: "A level without a name." },
  { by: "x".repeat(120), level: 20, message: `${"Lopadotemachoselachogaleo".repeat(30)} <script>alert(1)</script>`, extra_tags: ['"><img src=x>', "y".repeat(128)] },
  { by: "nobody", level: 20, message: "It is in your basket." },
];

async function write() {
  for (const { by, ...message } of WRITTEN) {
    const context = await signedIn(by);
    await post(context, "/demo/messages", message);
    await context.close();
  }
  // The list marks one message as read.
  const bob = await signedIn("bob");
  await bob.request.get(`${origin}/messages/?level=30`, { headers: { Connection: "close" } });
  await bob.close();
}

if (screenshots) await mkdir(screenshots, { recursive: true });
const problems = [];
const tools = { open, post, listen, origin, program, barriers, shoot };
try {
  await tryBell(tools).catch((error) => problems.push(`bell: ${error.stack}`));
  // It waits for more than a minute, so the others run in the meantime.
  const proxied = tryProxy(tools).catch((error) => problems.push(`proxy: ${error.stack}`));
  await write();
  for (const entry of PAGES) {
    for (const width of entry.widths ?? WIDTHS) {
      for (const scheme of SCHEMES) problems.push(...(await look(entry, width, scheme)));
    }
  }
  for (const flow of FLOWS) problems.push(...(await follow(flow)));
  await tryLive(tools).catch((error) => problems.push(`live: ${error.stack}`));
  await tryMarkup(tools).catch((error) => problems.push(`markup: ${error.stack}`));
  await tryOrigins(tools).catch((error) => problems.push(`origins: ${error.stack}`));
  await tryTemplates({ open, templates }).catch((error) => problems.push(`templates: ${error.stack}`));
  await proxied;
} finally {
  await browser.close();
  await stop();
}
for (const problem of problems) console.error(problem);
console.log(`${PAGES.length} pages, ${FLOWS.length} flows, ${problems.length} problems`);
process.exitCode = problems.length ? 1 : 0;

// The live inbox: windows of one user show the same, also after a restart, after a refusal, and behind a proxy.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { proxy, serve } from "./servers.mjs";

const LIVE = "Live";
const AWAY = "Looks again every 30 seconds";

const state = (page, text) => page.locator("#live").getByText(text, { exact: true }).waitFor();
const badge = (page, text) => page.locator("#badge-text").getByText(text, { exact: true }).waitFor();
const item = (page, text) => page.locator("#list .message").filter({ hasText: text });
const button = (page, text, name) => item(page, text).getByRole("button", { name });
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.className);

/** Waits until a page has loaded everything. The stream of the inbox never ends. */
export async function settle(page) {
  if (!(await page.locator("#live").count())) return page.waitForLoadState("networkidle");
  await page.waitForLoadState();
  await page.waitForTimeout(500);
}

async function openInbox(page, origin) {
  await page.goto(origin);
  await state(page, LIVE);
}

async function send(page, level, text) {
  await page.getByRole("radio", { name: level }).press("Space");
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).press("Enter");
}

/** Both windows show each change, wherever it is made. The keyboard makes the changes. */
async function tryWindows({ open, listen, origin }) {
  const { context, page: one, problems } = await open("live");
  const two = await context.newPage();
  const more = listen(two);
  for (const page of [one, two]) await openInbox(page, origin);

  // New messages appear without moving the focus, and are announced.
  await two.getByLabel("Search").fill("still writing");
  await send(one, "warning", "Seen twice.");
  await send(one, "info", "The second.");
  for (const page of [one, two]) {
    await item(page, "Seen twice.").waitFor();
    await item(page, "The second.").waitFor();
    await badge(page, "2 unread, highest level: warning");
    const news = page.locator("#news[aria-live=polite]");
    await news.getByText(/^(New message, info: The second\.|2 new messages)$/).waitFor();
  }
  assert.deepEqual(await one.locator("#list .text").allTextContents(), ["The second.", "Seen twice."]);
  assert.equal(await focused(two), "search");
  assert.equal(await two.getByLabel("Search").inputValue(), "still writing");
  await two.getByLabel("Search").fill("");

  // Marking: a read message can be deleted.
  assert.equal(await button(one, "Seen twice.", "Delete").count(), 0);
  await button(two, "Seen twice.", "Mark as read").press("Enter");
  await button(one, "Seen twice.", "Mark as unread").waitFor();
  await button(one, "Seen twice.", "Delete").waitFor();
  for (const page of [one, two]) await badge(page, "1 unread, highest level: info");
  await button(one, "Seen twice.", "Mark as unread").press("Enter");
  await button(two, "Seen twice.", "Mark as read").waitFor();
  await badge(two, "2 unread, highest level: warning");

  // Opening a message marks it.
  await item(two, "The second.").getByRole("link", { name: "Open" }).press("Enter");
  await two.getByRole("dialog").getByText("The second.").waitFor();
  await button(one, "The second.", "Mark as unread").waitFor();
  await two.keyboard.press("Escape");

  // The staff changes the tags.
  const { context: staff, page: admin, problems: others } = await open("admin");
  await admin.goto(`${origin}/admin/messages/list?user=live`);
  await admin.getByRole("link", { name: "Seen twice." }).click();
  await admin.getByLabel("One tag per line").fill("urgent");
  await admin.getByRole("button", { name: "Save the tags" }).click();
  for (const page of [one, two]) await item(page, "Seen twice.").getByText("urgent", { exact: true }).waitFor();
  await staff.close();

  // A filter applies to new messages too. The badge counts all.
  await two.getByLabel("Minimum level").selectOption("error");
  await two.getByRole("button", { name: "Apply" }).press("Enter");
  await two.getByText("No messages here.").waitFor();
  await send(one, "success", "Not that important.");
  await send(one, "error", "Important.");
  await item(two, "Important.").waitFor();
  assert.equal(await two.locator("#list .message").count(), 1);
  await badge(two, "3 unread, highest level: error");
  await two.getByText("Unread messages that are not listed here: 2.").waitFor();
  await two.getByRole("button", { name: "List unread" }).press("Enter");
  await item(two, "Not that important.").waitFor();
  assert.equal(await focused(two), "inbox-title");

  // A read message leaves the list of the unread ones, and the focus goes to the next one.
  await button(two, "Not that important.", "Mark as read").press("Enter");
  await item(two, "Not that important.").waitFor({ state: "detached" });
  assert(await item(two, "Seen twice.").locator(":focus").count(), await focused(two));
  await two.getByRole("button", { name: "Mark all as read" }).press("Enter");
  await two.getByText("No messages here.").waitFor();
  for (const page of [one, two]) await badge(page, "no unread messages");

  // Deleting.
  await button(one, "Not that important.", "Delete").press("Enter");
  await item(one, "Not that important.").waitFor({ state: "detached" });
  assert.equal(await focused(one), "quiet delete");
  await two.getByLabel("Unread only").uncheck();
  await two.getByLabel("Order").selectOption("most severe");
  await two.getByRole("button", { name: "Apply" }).press("Enter");
  await item(two, "The second.").waitFor();
  assert.deepEqual(await two.locator("#list .text").allTextContents(), ["Important.", "Seen twice.", "The second."]);
  await button(one, "Important.", "Delete").press("Enter");
  await item(two, "Important.").waitFor({ state: "detached" });

  assert.deepEqual([...problems, ...more, ...others], []);
  await context.close();
}

/** The list shows ten messages, and older ones on demand. An unread message is not deleted. */
async function tryOlder({ open, post, origin }) {
  const { context, page, problems } = await open("live-many");
  for (let number = 1; number <= 12; number += 1) {
    await post(context, "/demo/messages", { level: 20, message: `Number ${number}.` });
  }
  await openInbox(page, origin);
  assert.equal(await page.locator("#list .message").count(), 10);
  await send(page, "info", "Number 13.");
  await item(page, "Number 13.").waitFor();
  await page.getByRole("button", { name: "Show older messages" }).press("Enter");
  await item(page, "Number 1.").waitFor();
  assert.equal(await page.locator("#list .message").count(), 13);
  assert(await item(page, "Number 2.").locator(":focus").count(), await focused(page));
  assert(await page.getByRole("button", { name: "Show older messages" }).isHidden());
  await page.getByRole("button", { name: "Delete it" }).press("Enter");
  await page.getByText(/^Error 403: /).waitFor();
  assert(problems.every((problem) => problem.startsWith("403: ")), problems.join());
  await context.close();
}

/** Signing out ends the streams of the session. The windows follow the user that signs in. */
async function trySigningOut({ open, post, listen, origin }) {
  const { context, page: one, problems } = await open("live-session");
  const two = await context.newPage();
  const more = listen(two);
  for (const page of [one, two]) await openInbox(page, origin);
  await one.getByRole("button", { name: "Sign out" }).click();
  await two.getByText("You are no longer signed in.").waitFor();
  assert(await two.locator("#inbox").isHidden());

  for (const page of [two, one]) {
    await page.getByLabel("Name").fill("live-session");
    await page.getByRole("button", { name: "Sign in" }).click();
    await state(page, LIVE);
  }
  await send(two, "info", "After signing in again.");
  await item(one, "After signing in again.").waitFor();

  await post(context, "/demo/login", { user: "live-other" });
  await post(context, "/demo/messages", { level: 20, message: "For the other user." });
  for (const page of [one, two]) {
    await page.locator("#name").getByText("live-other").waitFor();
    await state(page, LIVE);
    assert.deepEqual(await page.locator("#list .text").allTextContents(), ["For the other user."]);
  }
  assert.deepEqual([...problems, ...more], []);
  await context.close();
}

/** Lets the time of the page pass, with breaks for its requests. */
async function waitUntilLive(page) {
  for (let seconds = 0; (await page.locator("#live").textContent()) !== LIVE; seconds += 10) {
    assert(seconds < 120, "the page has not opened its stream again");
    await page.clock.runFor(10_000);
    await sleep(200);
  }
}

/** A page whose stream was refused looks at the messages every 30 seconds, and tries again after a minute. */
async function tryRefusal({ open, post, origin }) {
  const { context, page, problems } = await open("live-refused");
  await page.clock.install();
  const streams = "**/api/messages/stream/**";
  await page.route(streams, (route) => route.fulfill({ status: 429, json: { detail: "Too many." } }));
  let lists = 0;
  page.on("requestfinished", (request) => (lists += request.url().includes("/inbox/")));
  await page.goto(origin);
  await state(page, AWAY);
  while (lists < 2) await sleep(50); // at the start, and after the refusal
  await post(context, "/demo/messages", { level: 20, message: "While the stream is away." });
  await sleep(200);
  assert.equal(await item(page, "While the stream is away.").count(), 0);
  await page.clock.runFor(31_000);
  await item(page, "While the stream is away.").waitFor();
  await badge(page, "1 unread, highest level: info");
  // An action of this page is shown at once.
  await button(page, "While the stream is away.", "Mark as read").click();
  await badge(page, "no unread messages");
  await page.unroute(streams);
  await waitUntilLive(page);
  await post(context, "/demo/messages", { level: 20, message: "Live again." });
  await item(page, "Live again.").waitFor();
  // A stream that says nothing for a minute is broken.
  await page.clock.runFor(61_000);
  await state(page, AWAY);
  await waitUntilLive(page);
  assert(problems.every((problem) => /^429: \S+\/stream\//.test(problem)), problems.join());
  await context.close();
}

/** A restart of the server loses no message: the page gets what was added in the meantime, without a reload. */
async function tryRestart({ open, post, program }) {
  const server = await serve(program);
  try {
    const { context, page, problems } = await open("live-restart", { origin: server.origin });
    await openInbox(page, server.origin);
    await post(context, "/demo/messages", { level: 20, message: "Before." }, server.origin);
    await item(page, "Before.").waitFor();
    await page.evaluate(() => (window.isSamePage = true));
    await server.restart(async (origin) => {
      await state(page, AWAY);
      await post(context, "/demo/messages", { level: 40, message: "Meanwhile." }, origin);
    });
    await item(page, "Meanwhile.").waitFor();
    await state(page, LIVE);
    await badge(page, "2 unread, highest level: error");
    assert.equal(await page.evaluate(() => window.isSamePage), true, "the page was loaded again");
    await post(context, "/demo/messages", { level: 20, message: "After." }, server.origin);
    await item(page, "After.").waitFor();
    assert(problems.every((problem) => /^net::\S+ \S+\/stream\//.test(problem)), problems.join());
    await context.close();
  } finally {
    await server.stop();
  }
}

/** nginx passes each event on at once, and leaves the stream open for longer than its timeout of 60 seconds. */
export async function tryProxy({ open, post, program }) {
  const server = await serve(program);
  const nginx = await proxy(server.port);
  try {
    const { context, page, problems } = await open("live-proxy", { origin: nginx.origin });
    let streams = 0;
    page.on("request", (request) => (streams += request.url().includes("/stream/")));
    await openInbox(page, nginx.origin);
    for (const [text, wait] of [["At once.", 0], ["After more than a minute.", 70_000]]) {
      await sleep(wait);
      await post(context, "/demo/messages", { level: 20, message: text }, nginx.origin);
      const sent = Date.now();
      await item(page, text).waitFor();
      assert(Date.now() - sent < 5_000, `the proxy has held back an event for ${Date.now() - sent} ms`);
    }
    assert.equal(streams, 1, "the stream has not lasted");
    assert.deepEqual(problems, []);
    await context.close();
  } finally {
    await nginx.stop();
    await server.stop();
  }
}

/** Tries the live inbox, except behind a proxy, which takes more than a minute. */
export async function tryLive(tools) {
  await tryWindows(tools);
  await tryOlder(tools);
  await trySigningOut(tools);
  await tryRefusal(tools);
  await tryRestart(tools);
}

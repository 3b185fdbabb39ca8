// The elements `<messages-bell>` and `<messages-inbox>`, on a page with a strict content security policy.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { tryStates } from "./bell_states.mjs";

const PAGE = "/bell";
const API = "/api/messages/";

const bellOf = (page) => page.locator("messages-bell").getByRole("button", { name: /^Messages/ }).first();
const panelOf = (page) => page.locator("messages-bell").getByRole("dialog");
const rowsOf = (page) => panelOf(page).getByRole("listitem");
const rowOf = (page, text) => rowsOf(page).filter({ hasText: text });
const named = (page, name) => page.locator("messages-bell").getByRole("button", { name, exact: true }).waitFor();
const isOpen = (page) => page.locator("messages-bell").evaluate((bell) => bell.open);

/** The control that has the focus: its name in the row, or its part. */
const focused = (page) =>
  page.evaluate(() => {
    const inner = document.activeElement?.shadowRoot?.activeElement;
    return inner?.dataset.control ?? inner?.getAttribute("part") ?? document.activeElement?.localName;
  });

/** Opens the page without its inbox, which would count the messages as seen. */
async function openBell(tools, user, options = {}) {
  const { context, page, problems } = await tools.open(user, options);
  await context.addInitScript(() => {
    document.addEventListener("DOMContentLoaded", () => document.querySelector("messages-inbox")?.remove());
  });
  await page.goto(tools.origin + PAGE);
  await bellOf(page).waitFor();
  const send = (message, level = 20) => tools.post(context, "/demo/messages", { level, message });
  const summary = async () => (await (await context.request.get(`${tools.origin}${API}inbox/?limit=0`)).json()).summary;
  return { context, page, problems, send, summary };
}

/** All looks of the panel and of the inbox: no barrier, nothing too wide, no violation of the policy. */
async function tryLooks({ open, post, origin, barriers, shoot }) {
  const looks = [
    ...[360, 1280].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ width, colorScheme }))),
    { width: 1280, rtl: true },
    { width: 360, rtl: true },
    { width: 1280, forcedColors: "active" },
    { width: 1280, reducedMotion: "reduce", contrast: "more" },
    { width: 320, height: 256 }, // 1280 pixels at 400 %
  ];
  for (const { width, height = 800, rtl, ...options } of looks) {
    const look = Object.values({ width, height, rtl, ...options }).join("-");
    const { context, page, problems } = await open("looks", { viewport: { width, height }, ...options });
    await post(context, "/demo/messages", { level: 30, message: "Your trial ends tomorrow.", extra_tags: ["trial"] });
    await post(context, "/demo/messages", { level: 40, message: "Your card was declined. ".repeat(20) });
    await post(context, "/demo/messages", { level: 20, message: "שלום, מה שלומך?" });
    await page.goto(origin + PAGE);
    if (rtl) await page.evaluate(() => (document.documentElement.dir = "rtl"));
    await page.locator("messages-inbox").getByRole("listitem").first().waitFor();
    const found = [...(await barriers(page))];
    await shoot(page, `bell-inbox-${look}`);
    await bellOf(page).click();
    await rowsOf(page).first().waitFor();
    await page.waitForTimeout(100);
    found.push(...(await barriers(page)));
    await shoot(page, `bell-panel-${look}`);
    const [content, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (content > seen) found.push(`too wide: ${content} pixels in a window of ${seen}`);
    const { x, width: wide } = await panelOf(page).boundingBox();
    if (x < 0 || x + wide > width) found.push(`the panel is outside of the window: ${x} to ${x + wide}`);
    assert.deepEqual([...found, ...problems], [], look);
    await context.close();
  }
}

/** A new message is on the badge and in the open panel at once. It is marked once it was in view for long enough. */
async function tryMarking(tools) {
  const { context, page, problems, send, summary } = await openBell(tools, "marking");
  await send("The first.");
  await named(page, "Messages, 1 new");
  const marks = [];
  page.on("request", (request) => request.url().includes("/read/") && marks.push(request.url()));
  await page.evaluate(() => (document.hasFocus = () => false));
  await bellOf(page).click();
  await rowOf(page, "The first.").waitFor();
  await sleep(2500);
  assert.deepEqual(marks, [], "nobody looks at a window without focus");
  await page.evaluate(() => delete document.hasFocus);
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
  const start = Date.now();
  await sleep(1000);
  assert.deepEqual(marks, [], "a glance marks nothing");
  while (!marks.length && Date.now() - start < 5000) await sleep(20);
  assert.ok(marks.length && Date.now() - start >= 1400, `marked after ${Date.now() - start} ms`);
  assert.equal(await rowOf(page, "The first.").getAttribute("part"), "message level-info unread", "it still looks new");
  await named(page, "Messages");

  const before = Date.now();
  await send("While it is open.");
  await rowOf(page, "While it is open.").waitFor();
  const shown = Date.now() - before;
  assert.ok(shown < 2000, `shown after ${shown} ms`);
  await page.keyboard.press("Escape");
  assert.equal(await isOpen(page), false);

  // An error is not marked by a look, if the page wants it acknowledged. A message that a person marks as unread stays unread.
  await page.locator("messages-bell").evaluate((bell) => (bell.acknowledge = 40));
  await send("Broken.", 40);
  await bellOf(page).click();
  await rowOf(page, "Broken.").waitFor();
  await rowOf(page, "The first.").getByRole("button", { name: "Mark as unread: The first." }).click();
  await sleep(2500);
  assert.equal((await summary()).count, 2);
  await rowOf(page, "Broken.").getByRole("button", { name: "Mark as read: Broken." }).click();
  await panelOf(page).getByRole("button", { name: "Mark all read" }).click();
  await panelOf(page).getByRole("status").getByText("1 message marked as read.").waitFor();
  await panelOf(page).getByRole("status").getByRole("button", { name: "Undo" }).click();
  await sleep(500);
  assert.equal((await summary()).count, 1);
  assert.deepEqual(problems, []);
  await context.close();
}

/** The whole bell is used without a pointer. */
async function tryKeys(tools) {
  const { context, page, problems, send, summary } = await openBell(tools, "keys");
  for (const text of ["one", "two", "three"]) await send(text);
  await named(page, "Messages, 3 new");
  const bell = page.locator("messages-bell");
  await bell.evaluate((one) => (one.mark = "none"));
  await bellOf(page).focus();
  const press = async (key, focus) => {
    await page.keyboard.press(key);
    await page.waitForTimeout(50);
    assert.equal(await focused(page), focus, key);
  };
  await press("Enter", "heading");
  assert.equal(await bellOf(page).getAttribute("aria-expanded"), "true");
  await rowOf(page, "one").waitFor();
  await press("Tab", "mark-all");
  await press("Tab", "close");
  // A list that scrolls can have the focus itself in some browsers.
  while ((await focused(page)) !== "read") await page.keyboard.press("Tab");
  const inRow = () => page.evaluate(() => document.activeElement.shadowRoot.activeElement.closest("li").querySelector("[part~=text]").textContent);
  assert.match(await inRow(), /three/);
  await press("ArrowDown", "read");
  assert.match(await inRow(), /two/);
  await press("End", "read");
  assert.match(await inRow(), /one/);
  await press("Home", "read");
  assert.match(await inRow(), /three/);
  // Only a read message may be deleted here, so it is marked first.
  await press("Delete", "remove");
  assert.match(await inRow(), /two/);
  await panelOf(page).getByRole("listitem").getByRole("button", { name: "Undo" }).click();
  await rowOf(page, "three").waitFor();
  await rowOf(page, "one").getByRole("button", { name: "Delete: one" }).focus();
  await press("Delete", "heading");
  await press("Escape", "button");
  assert.equal(await isOpen(page), false);
  await sleep(500);
  assert.equal((await summary()).count, 2, "a removal is sent when the panel is closed");

  // The panel closes when the focus leaves it, or by a press outside. The bell closes it, too.
  await bellOf(page).click();
  await page.evaluate(() => document.querySelector("h1").setAttribute("tabindex", "0"));
  await page.locator("h1").focus();
  assert.equal(await isOpen(page), false, "the focus has left");
  await bellOf(page).click();
  await page.mouse.click(5, 700);
  assert.equal(await isOpen(page), false, "a press outside");
  await bellOf(page).click();
  assert.equal(await isOpen(page), true);
  await bellOf(page).click();
  assert.equal(await isOpen(page), false, "a press at the bell");

  // It stays open if the window becomes narrow, and becomes modal.
  await bellOf(page).click();
  await page.setViewportSize({ width: 360, height: 800 });
  await page.waitForTimeout(200);
  assert.equal(await isOpen(page), true);
  assert.equal(await panelOf(page).evaluate((panel) => panel.matches(":modal")), true);
  await panelOf(page).getByRole("button", { name: "Close" }).click();
  assert.equal(await isOpen(page), false);
  assert.deepEqual(problems, []);
  await context.close();
}

/** After random actions in two tabs, the badge is the number that the server counts. */
async function tryBadge(tools) {
  const { context, page: one, problems, send, summary } = await openBell(tools, "badge");
  const two = await context.newPage();
  await two.goto(tools.origin + PAGE);
  await bellOf(two).waitFor();
  let seed = 7;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  for (let step = 0; step < 60; step += 1) {
    const page = random(2) ? one : two;
    await page.bringToFront();
    const choice = random(6);
    if (choice < 2) await send(`message ${step}`, [10, 20, 25, 30, 40][random(5)]);
    else if (choice === 2) await bellOf(page).click();
    else if (choice === 3) await context.request.post(`${tools.origin}${API}read/?level__gte=30`, { headers: { Connection: "close" } });
    else if ((await isOpen(page)) && (await rowsOf(page).count())) {
      const row = rowsOf(page).nth(random(await rowsOf(page).count()));
      const buttons = row.getByRole("button");
      if (await buttons.count()) await buttons.nth(random(await buttons.count())).click({ timeout: 500 }).catch(() => {});
    }
    if (step % 15 !== 14) continue;
    for (const each of [one, two]) {
      await each.bringToFront();
      if (await isOpen(each)) await each.keyboard.press("Escape");
    }
    await sleep(1500);
    const { unseen } = await summary();
    for (const each of [one, two]) await named(each, unseen ? new RegExp(`^Messages, ${unseen} new`) : /^Messages$/);
  }
  assert.deepEqual(problems, []);
  await context.close();
}

/** A page in the back/forward cache holds no stream, and is right when it is shown again. */
async function tryHistory(tools) {
  const { context, page, problems, send } = await openBell(tools, "history");
  await send("Before.");
  await named(page, "Messages, 1 new");
  await page.goto(`${tools.origin}/assets/icon.svg`);
  await send("In between.");
  await page.goBack({ waitUntil: "commit" });
  await named(page, "Messages, 2 new");
  assert.deepEqual(problems, []);
  await context.close();
}

/** Without JavaScript, there is the link. */
async function tryWithoutScript({ open, origin }) {
  const { context, page } = await open("nobody", { javaScriptEnabled: false });
  await page.goto(origin + PAGE);
  assert.equal(await page.locator("messages-bell").getByRole("link", { name: "Send a message" }).isVisible(), true);
  await context.close();
}

/** Screen readers hear of new messages rarely, and only in a tab that has the focus. */
async function tryAnnouncements(tools) {
  const { context, page, problems, send } = await openBell(tools, "announcements");
  await page.waitForTimeout(1500);
  const region = page.locator("#messages-announcements");
  assert.equal(await region.textContent(), "", "nothing is told at the start");
  await page.evaluate(() => {
    window.told = [];
    const watch = () => window.told.push(document.getElementById("messages-announcements").textContent);
    new MutationObserver(watch).observe(document.getElementById("messages-announcements"), { childList: true });
  });
  for (let count = 0; count < 5; count += 1) await send(`news ${count}`, count ? 20 : 40);
  await page.waitForFunction(() => window.told.length > 0);
  await send("later");
  await page.waitForTimeout(3000);
  assert.deepEqual(await page.evaluate(() => window.told), ["5 new messages, 1 error"]);
  assert.deepEqual(problems, []);
  await context.close();
}

/** Runs all of them. */
export async function tryBell(tools) {
  const all = { tryLooks, tryMarking, tryKeys, tryBadge, tryHistory, tryAnnouncements, tryWithoutScript, tryStates };
  for (const [name, run] of Object.entries(all)) {
    if (process.env.ONLY && !name.includes(process.env.ONLY)) continue;
    await run(tools).catch((error) => {
      throw new Error(`${name}: ${error.stack}`);
    });
  }
}

// The elements in all states of the client, and with texts and links that attack the page.

import assert from "node:assert/strict";

const PAGE = "/bell";

/** Opens the page with a client whose server answers as `answer` says. Both elements use it. */
async function openWith({ open, origin }, answer, options) {
  const { context, page, problems } = await open("nobody", options);
  await page.route("**/api/messages/bell.js", (route) => route.continue());
  await page.goto(origin + PAGE);
  await page.evaluate(async (given) => {
    const { MessagesClient } = await import("/api/messages/messages.js");
    const answers = async () => {
      if (given === "never") return new Promise(() => {});
      if (given === "none") throw new TypeError("offline");
      const { status = 200, body = {} } = given;
      return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    };
    const client = new MessagesClient({ base: "/nowhere/", fetch: answers, live: "off" });
    for (const element of document.querySelectorAll("messages-bell, messages-inbox")) element.client = client;
  }, answer);
  return { context, page, problems };
}

const inbox = (results, more = {}) => ({
  body: { mailbox: "m", at: "1-a-1", results, more: false, summary: { count: results.length, unseen: results.length, max_level: 20, max_level_tag: "info" }, can: ["mark-read", "delete", "delete-unread"], ...more },
});

const message = (id, more) => ({ id, message: "A text.", level: 20, level_tag: "info", extra_tags: [], view: "", read_at: null, created: "2026-01-02T03:04:05Z", ...more });

const STATES = {
  empty: [inbox([]), "No messages"],
  loading: ["never", "Loading messages"],
  failed: [{ status: 500, body: { detail: "Broken." } }, "Could not be refreshed."],
  "signed-out": [{ status: 403, body: { detail: "No." } }, "Sign in to see your messages."],
};

async function tryEach(tools) {
  for (const width of [360, 1280]) {
    for (const [state, [answer, text]] of Object.entries(STATES)) {
      const { context, page, problems } = await openWith(tools, answer, { viewport: { width, height: 600 } });
      const list = page.locator("messages-inbox");
      await list.getByText(text).waitFor();
      await page.locator("messages-bell").getByRole("button", { name: "Messages" }).first().click();
      await page.waitForTimeout(400);
      const found = await tools.barriers(page);
      await tools.shoot(page, `bell-${state}-${width}`);
      assert.deepEqual([...found, ...problems], [], state);
      await context.close();
    }
  }
  // Nothing is mounted at the address: the link of the application is there instead.
  const { context, page } = await openWith(tools, { status: 404, body: {} });
  await page.locator("messages-bell").getByRole("link", { name: "Send a message" }).waitFor();
  assert.equal(await page.locator("messages-bell").getByRole("button", { name: "Messages" }).first().isVisible(), false);
  await context.close();
}

/** No text of a message becomes markup, and no link leads to a script. */
async function tryHostile(tools) {
  const texts = ['<img src=x onerror="window.hit=1">', "</script><script>window.hit=1</script>", "\u202Egnp.exe", "{{constructor}}"];
  const links = ["javascript:window.hit=1", " JaVaScRiPt:window.hit=1", "data:text/html,<script>", "//evil.example/", "\\\\evil.example", "https://user@evil.example/", "vbscript:x", 7, { href: "javascript:x" }];
  const html = '<b onclick="window.hit=1">bold</b><a href="javascript:window.hit=1">x</a><a href="/fine" onmouseover="window.hit=1">fine</a><img src=x onerror="window.hit=1"><script>window.hit=1</script>';
  const results = [
    ...texts.map((text) => ({ message: text, title: text, extra_tags: [text], level_tag: text })),
    ...links.map((url) => ({ title: "A title", data: { url }, actions: [{ label: "go", href: url }] })),
    { message: html, format: "safe_html" },
    { title: "Fine", data: { url: "/fine" }, actions: [{ label: "Pay", href: "https://pay.example/" }] },
  ].map((more, index) => message(100 - index, more));
  const { context, page, problems } = await openWith(tools, inbox(results));
  const list = page.locator("messages-inbox");
  await list.getByText("bold").waitFor();
  const links_ = await list.evaluate((element) => [...element.shadowRoot.querySelectorAll("a[href]")].map((link) => link.getAttribute("href")));
  assert.deepEqual(links_, [`${tools.origin}/fine`, `${tools.origin}/fine`, "https://pay.example/"]);
  const attributes = await list.evaluate((element) => [...element.shadowRoot.querySelectorAll("[onclick], [onerror], [onmouseover], img, script")].length);
  assert.equal(attributes, 0);
  for (const text of texts) await list.getByText(text, { exact: true }).first().waitFor();
  assert.equal(await list.getByRole("link", { name: "Pay" }).getAttribute("rel"), "noopener noreferrer");
  assert.equal(await page.evaluate(() => window.hit), undefined);
  // The policy reports handlers in the safe HTML before they are removed.
  assert.deepEqual(problems.filter((problem) => !problem.includes("inline event handler")), []);
  await context.close();
}

/** Own rows, own texts, and a listener that takes a link over. */
async function tryOwn(tools) {
  const results = [message(2, { title: "Second", data: { url: "/two", name: "Bob" } }), message(1, { title: "First" })];
  const { context, page, problems } = await openWith(tools, inbox(results));
  const list = page.locator("messages-inbox");
  await list.getByRole("link", { name: "Second" }).waitFor();
  const opened = await list.evaluate((element) => {
    const all = [];
    element.addEventListener("message-open", (event) => {
      event.preventDefault();
      all.push(event.detail.href, event.detail.message.id);
    });
    element.shadowRoot.querySelector("a[href]").click();
    return all;
  });
  assert.deepEqual(opened, [`${tools.origin}/two`, 2]);
  assert.equal(page.url(), tools.origin + PAGE);
  await list.evaluate((element) => {
    element.texts = { label: "Nachrichten", onlyUnread: "Ungelesen", read: "Gelesen: {text}" };
    element.renderMessage = ({ id, title }) => Object.assign(document.createElement("em"), { textContent: `${title} ${id}` });
  });
  await list.getByRole("heading", { name: "Nachrichten" }).waitFor();
  await list.getByText("Second 2").waitFor();
  await list.getByRole("button", { name: "Gelesen: First" }).waitFor();
  await list.evaluate((element) => {
    element.renderMessage = null;
    const template = document.createElement("template");
    template.dataset.message = "";
    const [row, link] = ["div", "a"].map((name) => document.createElement(name));
    Object.assign(link.dataset, { text: "data.name", href: "data.url", if: "data.name" });
    row.append(link);
    template.content.append(row);
    element.append(template);
    element.rebuild();
  });
  assert.equal(await list.getByRole("link", { name: "Bob" }).getAttribute("href"), `${tools.origin}/two`);
  assert.equal(await page.locator("messages-inbox em").count(), 0);
  assert.deepEqual(problems, []);
  await context.close();
}

export async function tryStates(tools) {
  await tryEach(tools);
  await tryHostile(tools);
  await tryOwn(tools);
}

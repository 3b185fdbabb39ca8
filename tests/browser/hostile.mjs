// Messages with markup and scripts: each page shows them as text, and no script in them runs. The browser ignores the
// Content-Security-Policy, so that these tests check the escaping alone.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { settle } from "./live.mjs";

const RUNS = "window.ran = true";
const TEXTS = [
  `<script>${RUNS}</script>`,
  `<img src="x" onerror="${RUNS}">`,
  `"><svg onload="${RUNS}">`,
  `' onmouseover='${RUNS}' autofocus onfocus='${RUNS}`,
  `</textarea></title></style><script>${RUNS}</script>`,
  `<a href="javascript:${RUNS}">a link</a>`,
  `<iframe srcdoc="<script>parent.ran = true</script>"></iframe>`,
  `{{constructor.constructor("${RUNS}")()}} \${${RUNS}} <%= ${RUNS} %>`,
  "&lt;b&gt; &amp; &#60;script&#62;",
  "\u202Etxt.exe \u2066a\u2069",
];
const TAGS = [`"><script>${RUNS}</script>`, `x" onload="${RUNS}`];
const ELEMENTS = "script:not([src]), img[src=x], iframe, [onload], [onerror], [onmouseover], [onfocus], a[href^=javascript]";

/** The pages that show messages: the user, the path, and the selector of the texts. */
const PLACES = [
  { name: "inbox", as: "hostile", path: "/", texts: "#list .text" },
  { name: "classic", as: "nobody", path: "/classic", texts: ".flashes li" },
  { name: "admin list", as: "admin", path: "/admin/messages/list?user=hostile", texts: "tbody a[href^=message]" },
];

async function assertHarmless(page) {
  await settle(page);
  assert.equal(await page.evaluate(() => window.ran), undefined, "a script of a message ran");
  assert.equal(await page.locator(ELEMENTS).count(), 0, "a message became markup");
}

function assertShown(name, shown) {
  for (const text of TEXTS) assert(shown.some((one) => one.includes(text)), `${name} does not show ${text}`);
}

/** Checks the page of each template engine. */
export async function tryTemplates({ open, templates }) {
  const messages = TEXTS.map((message) => JSON.stringify({ message, extra_tags: TAGS }));
  const pages = Object.entries(JSON.parse(execFileSync(templates, { input: messages.join("\n") })));
  assert(pages.length > 0, "there is no template engine");
  for (const [engine, html] of pages) {
    const { context, page, problems } = await open("nobody", { bypassCSP: true });
    await page.setContent(`<!doctype html><meta charset="utf-8"><ul>${html}</ul>`);
    assertShown(engine, await page.locator("li").allTextContents());
    await assertHarmless(page);
    assert.deepEqual(problems, [], engine);
    await context.close();
  }
}

/** Checks all places. `open` opens a browser window for a user. */
export async function tryMarkup({ open, post, origin }) {
  const messages = TEXTS.map((message) => ({ level: 20, message, extra_tags: TAGS }));
  for (const { name, as, path, texts } of PLACES) {
    const { context, page, problems } = await open(as, { bypassCSP: true });
    const writer = as === "admin" ? (await open("hostile")).context : context;
    for (const message of messages) await post(writer, "/demo/messages", message);
    await page.goto(origin + path);
    await page.locator(texts).nth(TEXTS.length - 1).waitFor();
    assertShown(name, await page.locator(texts).allTextContents());
    await assertHarmless(page);

    if (as === "admin") {
      // A search result, a single message, the confirmation of a deletion, and a form with an error.
      await page.goto(`${origin}/admin/messages/list?search=${encodeURIComponent(`"${TEXTS[0]}"`)}&user=hostile`);
      await assertHarmless(page);
      await page.locator("tbody a[href^=message]").first().click();
      await page.getByText(TEXTS[0]).first().waitFor();
      await assertHarmless(page);
      await page.goto(`${origin}/admin/messages/list?user=hostile`);
      await page.locator("[name=row]").first().check();
      await page.getByRole("button", { name: "Delete…" }).click();
      await page.getByRole("heading", { name: "Delete messages" }).waitFor();
      await assertHarmless(page);
      await page.goto(`${origin}/admin/messages/new?user=${encodeURIComponent(TEXTS[4])}`);
      await page.getByLabel("Tags").fill(TAGS.join("\n"));
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("Nothing was sent").waitFor();
      await assertHarmless(page);
    }
    assert.deepEqual(problems, [], name);
    await writer.close();
    await context.close();
  }
  return PLACES.length;
}

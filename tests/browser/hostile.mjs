// Messages that are markup and scripts -> each page shows them as the text that they are, and nothing of them runs. The
// browser is told to mind no policy of the page, so that it is the page itself which is tried.

import assert from "node:assert/strict";

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
const ELEMENTS = "script:not([src]), img[src=x], iframe, svg[onload], [onerror], [onmouseover], [onfocus], a[href^=javascript]";

/** Where messages are shown: who looks, at which page, where on it the texts are, and what brings them there. */
const PLACES = [
  { name: "inbox", as: "hostile", path: "/", texts: "#list .text", prepare: (page) => page.locator("#notice-button").click() },
  { name: "classic", as: "nobody", path: "/classic", texts: ".flashes li" },
  { name: "admin list", as: "admin", path: "/admin/messages/list?user=hostile", texts: "tbody a[href^=message]" },
];

async function assertHarmless(page) {
  await page.waitForLoadState("networkidle");
  assert.equal(await page.evaluate(() => window.ran), undefined, "a script of a message ran");
  assert.equal(await page.locator(ELEMENTS).count(), 0, "a message became markup");
}

/** Tries all places; `open` opens a browser's window for somebody. */
export async function tryMarkup({ open, post, origin }) {
  const messages = TEXTS.map((message) => ({ level: 20, message, extra_tags: TAGS }));
  for (const { name, as, path, texts, prepare } of PLACES) {
    const { context, page, problems } = await open(as, { bypassCSP: true });
    const writer = as === "admin" ? (await open("hostile")).context : context;
    for (const message of messages) await post(writer, "/demo/messages", message);
    await page.goto(origin + path);
    await prepare?.(page);
    await page.locator(texts).nth(TEXTS.length - 1).waitFor();
    const shown = await page.locator(texts).allTextContents();
    for (const text of TEXTS) assert(shown.some((one) => one.includes(text)), `${name} does not show ${text}`);
    await assertHarmless(page);

    if (as === "admin") {
      // What the search found, a message by itself, the form that asks before it deletes, and a form that comes back.
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

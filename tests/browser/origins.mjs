// Requests from pages of other origins and prefetches mark no message and sign no user out. The back button does not
// show messages again.

import assert from "node:assert/strict";
import { createServer } from "node:http";

/** Serves the page that `show` sets, on any host name of this machine. */
async function serveStranger() {
  let html = "";
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html));
  await new Promise((resolve) => server.listen(0, resolve));
  const { port } = server.address();
  return {
    // The same address with another port is the same site. `localhost` is another site.
    sibling: `http://127.0.0.1:${port}/`,
    stranger: `http://localhost:${port}/`,
    show: (body) => (html = `<!doctype html><meta charset="utf-8"><title>Elsewhere</title>${body}`),
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** How a page of a sibling origin can make a browser send a request with the session cookie. */
const FETCHES = {
  image: (target) => `<img src="${target}" alt="">`,
  prefetch: (target) => `<link rel="prefetch" href="${target}">`,
  script: (target) => `<script src="${target}"></script>`,
  frame: (target) => `<iframe src="${target}"></iframe>`,
  fetch: (target) => `<script>fetch("${target}", { mode: "no-cors", credentials: "include" })</script>`,
};
/** How a page of any other site can navigate the browser, which also sends the session cookie. */
const NAVIGATIONS = {
  refresh: (target) => `<meta http-equiv="refresh" content="0; url=${target}">`,
  link: (target) => `<a id="go" href="${target}">go</a>`,
  form: (target) => `<form action="${target}"><button id="go">go</button></form>`,
};

async function unread(context, origin) {
  const answer = await context.request.get(`${origin}/messages/peek/`, { headers: { Connection: "close" } });
  return (await answer.json()).count;
}

async function settle(page) {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(200);
}

async function tryElsewhere({ open, post, origin }, elsewhere) {
  const { context, page } = await open("origins");
  await post(context, "/demo/messages", { level: 20, message: "Nobody has seen this." });
  const ways = [
    [elsewhere.sibling, { ...FETCHES, ...NAVIGATIONS }],
    [elsewhere.stranger, NAVIGATIONS],
  ];
  for (const [from, bodies] of ways) {
    for (const [way, body] of Object.entries(bodies)) {
      elsewhere.show(body(`${origin}/messages/?unread=true`));
      await page.goto(from);
      if (await page.locator("#go").count()) await page.locator("#go").click();
      await settle(page);
      assert.equal(await unread(context, origin), 1, `${way} at ${from} has marked the message`);
    }
  }
  // A form that another site submits arrives without the cookie. The response must not replace the cookie.
  elsewhere.show(`<form method="post" action="${origin}/classic"><input name="text" value="x"><button id="go">go</button></form>`);
  await page.goto(elsewhere.stranger);
  await page.locator("#go").click();
  await settle(page);
  const who = await context.request.get(`${origin}/demo/user`, { headers: { Connection: "close" } });
  assert.equal((await who.json()).user, "origins", "the form has signed the user out");
  await context.close();
}

async function tryFetchingAhead({ open, post, origin }) {
  const { context, page } = await open("ahead", { bypassCSP: true });
  await post(context, "/demo/messages", { level: 20, message: "Shown later." });
  const rules = (kind, target) => JSON.stringify({ [kind]: [{ urls: [target], eagerness: "immediate" }] });
  /** How a page requests a prefetch: the element, its properties, and the `Sec-Purpose` that the browser sends. */
  const ways = (target) => [
    ["link", { rel: "prefetch", href: target }, "prefetch"],
    ["script", { type: "speculationrules", textContent: rules("prefetch", target) }, "prefetch"],
    ["script", { type: "speculationrules", textContent: rules("prerender", target) }, "prefetch;prerender"],
  ];
  let purposes = [];
  context.on("request", (request) => purposes.push([request.url(), request.headers()["sec-purpose"]]));
  for (const target of ["/messages/?unread=true", "/classic"]) {
    for (const [name, properties, purpose] of ways(target)) {
      await page.goto(`${origin}/docs/`);
      purposes = [];
      await page.evaluate(
        ([name, properties]) => document.head.append(Object.assign(document.createElement(name), properties)),
        [name, properties],
      );
      await settle(page);
      const said = purposes.filter(([url]) => url === origin + target).map(([, purpose]) => purpose);
      assert.deepEqual(said, [purpose], "the page was not prefetched");
      assert.equal(await unread(context, origin), 1, `${purpose} has marked the message`);
    }
  }
  await page.goto(`${origin}/classic`);
  assert.equal(await page.getByText("Shown later.").count(), 1);
  await settle(page);
  assert.equal(await unread(context, origin), 0);
  await context.close();
}

async function tryBackButton({ open, post, origin }) {
  const { context, page } = await open("back");
  await post(context, "/demo/messages", { level: 20, message: "Shown once." });
  await page.goto(`${origin}/classic`);
  assert.equal(await page.getByText("Shown once.").count(), 1);
  await page.goto(`${origin}/docs/`);
  await page.goBack();
  assert.equal(await page.getByText("Shown once.").count(), 0, "the back button shows it again");
  await context.close();
}

export async function tryOrigins(site) {
  const elsewhere = await serveStranger();
  try {
    await tryElsewhere(site, elsewhere);
    await tryFetchingAhead(site);
    await tryBackButton(site);
  } finally {
    await elsewhere.stop();
  }
}

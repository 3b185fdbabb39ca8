// The states: failures, offline, signed out, another user, and a missing inbox.

import assert from "node:assert/strict";
import test from "node:test";
import { World } from "./world.mjs";

const MINUTE = 60_000;

test("failures are retried after 15, 30, 60 .. 300 seconds, about", async () => {
  const world = new World();
  world.server.fault = () => ({ status: 500, body: { detail: "A server error occurred." } });
  const { client, events } = world.open();
  client.connect();
  await world.advance(30 * MINUTE);
  const times = world.server.requests.map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => (at - times[index]) / 1000);
  const expected = [15, 30, 60, 120, 240, 300, 300, 300];
  gaps.slice(0, 8).forEach((gap, index) => {
    assert.ok(gap >= expected[index] * 0.89 && gap <= expected[index] * 1.11, `${gap} for ${expected[index]}`);
  });
  const { status, error } = client.snapshot();
  assert.deepEqual([status, error.status, error.detail], ["failed", 500, "A server error occurred."]);
  assert.equal(events.length, 1, "one problem, not one for each attempt");
  world.server.fault = () => undefined;
  await world.advance(6 * MINUTE);
  assert.deepEqual([client.snapshot().status, client.snapshot().error], ["ready", null]);
});

test("`Retry-After` is respected, as seconds and as a date", async () => {
  for (const value of ["100", new Date(Date.UTC(2026, 0, 1) + 100_000).toUTCString()]) {
    const world = new World();
    world.server.fault = () => ({ status: 429, headers: { "retry-after": value } });
    const { tab, client } = world.open();
    client.connect();
    await world.advance(500);
    assert.equal(client.snapshot().error.retryAfter, 100);
    tab.show(false);
    tab.show(true);
    tab.setOnline(true);
    assert.deepEqual(await world.requestsOf(() => world.advance(98_000)), []);
    assert.equal((await world.requestsOf(() => world.advance(5000))).length, 1);
  }
});

test("a response that is no inbox is a failure", async () => {
  for (const fault of ["html", { status: 200, body: [] }, { status: 200, body: null }]) {
    const world = new World();
    world.server.fault = () => fault;
    const { client } = world.open();
    client.connect();
    await world.advance(500);
    assert.equal(client.snapshot().status, "failed");
    await assert.rejects(Promise.all([client.refresh(), world.advance(500)]), { name: "Problem", status: 200 });
  }
});

test("the errors of parameters are the detail of a refusal", async () => {
  const world = new World();
  world.server.fault = () => ({ status: 400, body: { level__gte: ["Enter a number."], created: ["Enter a date."] } });
  const { client } = world.open();
  client.connect();
  await world.advance(500);
  assert.equal(client.snapshot().error.detail, "Enter a number. Enter a date.");
});

test("a request without a response fails after 20 seconds", async () => {
  const world = new World();
  world.server.latency = [MINUTE, MINUTE];
  const { client } = world.open();
  client.connect();
  await world.advance(21_000);
  assert.equal(client.snapshot().status, "offline");
  const problems = [];
  client.read([1]).catch((problem) => problems.push(problem.status));
  await world.advance(3 * MINUTE);
  assert.deepEqual(problems, [0]);
});

test("offline, nothing is sent; online, the inbox is read at once", async () => {
  const world = new World();
  const { tab, client } = world.open();
  client.connect();
  await world.advance(500);
  tab.setOnline(false);
  assert.equal(client.snapshot().status, "offline");
  assert.deepEqual(await world.requestsOf(() => world.advance(10 * MINUTE)), []);
  world.send(1);
  tab.setOnline(true);
  assert.equal((await world.requestsOf(() => world.advance(1500)))[0], "GET inbox/?limit=20");
  assert.deepEqual([client.snapshot().status, client.snapshot().count], ["ready", 1]);
});

for (const refusal of [401, 403, "redirect"]) {
  test(`signed out by ${refusal}: nothing is shown, and nothing is sent except probes`, async () => {
    const world = new World();
    world.send(3);
    const { tab, client, history, events } = world.open();
    client.connect();
    await world.advance(500);
    client.remove(client.snapshot().messages[0].id);
    world.server.refusal = refusal;
    world.browser.user = null;
    world.server.endStreams();
    await world.advance(10_000);
    const { status, messages, count, can, live } = client.snapshot();
    assert.deepEqual([status, messages, count, can.size, live], ["signed-out", [], 0, 0, false]);
    assert.equal(events.filter(({ name }) => name === "signedout").length, 1);
    const show = () => {
      tab.show(false);
      tab.show(true);
    };
    assert.deepEqual(await world.requestsOf(() => world.advance(20 * MINUTE)), []);
    // A page that is shown again asks, at most every 30 seconds.
    const probes = await world.requestsOf(async () => {
      for (let second = 0; second < 60; second += 1) {
        show();
        await world.advance(1000);
      }
    });
    assert.deepEqual(probes, ["GET inbox/?limit=20", "GET inbox/?limit=20"]);
    assert.equal(events.filter(({ name }) => name === "signedout").length, 1);
    world.browser.user = "alice";
    await world.advance(30_000);
    assert.ok(history.slice(-1)[0].messages.length === 0);
    show();
    await world.advance(500);
    assert.deepEqual([client.snapshot().status, client.snapshot().count], ["ready", 3]);
  });
}

test("operations of a user who has signed out are refused, and not sent", async () => {
  const world = new World();
  const sent = world.send(3);
  const { client } = world.open();
  client.connect();
  await world.advance(500);
  const removal = client.remove(sent[0]);
  const read = assert.rejects(client.read(sent), { status: 401 });
  world.browser.user = "bob";
  world.server.endStreams();
  client.refresh();
  const requests = await world.requestsOf(() => world.advance(10_000));
  await read;
  await assert.rejects(removal.send(), { status: 401 });
  assert.deepEqual(requests.filter((request) => !request.startsWith("GET")), []);
  world.browser.user = null;
  await Promise.all([client.refresh().catch(() => {}), world.advance(500)]);
  await assert.rejects(client.read(1), { status: 401 });
  assert.equal(await client.remove(1).undo(), false);
});

test("another user: no message of the first one is shown any more", async () => {
  const world = new World();
  world.send(3, { text: "of alice" });
  world.server.send("bob", { text: "of bob" });
  const { client, history, events } = world.open();
  client.connect();
  await world.advance(500);
  world.browser.user = "bob";
  world.server.endStreams();
  await world.advance(10_000);
  const texts = history.map(({ messages }) => messages.map(({ message }) => message).join());
  assert.deepEqual([...new Set(texts)], ["", "of alice,of alice,of alice", "of bob"].filter((text) => texts.includes(text)));
  assert.deepEqual([client.snapshot().status, client.snapshot().count], ["ready", 1]);
  assert.deepEqual(events.map(({ name }) => name), ["signedout"]);
  const reading = world.server.requests.find(({ path, user }) => user === "bob" && path.startsWith("inbox/"));
  assert.equal(reading.headers.get("if-none-match"), null);
});

test("a scope without an inbox is missing, and is left alone", async () => {
  const world = new World();
  world.server.fault = () => ({ status: 404, body: { detail: "Not found." } });
  const { tab, client } = world.open();
  client.connect();
  await world.advance(500);
  assert.equal(client.snapshot().status, "missing");
  assert.equal(tab.warnings.length, 1);
  assert.match(tab.warnings[0], /https:\/\/site\.test\/messages\/inbox\/.*Endpoint::Inbox/);
  const requests = await world.requestsOf(async () => {
    await world.advance(10 * MINUTE);
    tab.show(false);
    tab.show(true);
    await world.advance(10 * MINUTE);
  });
  assert.deepEqual(requests, []);
  world.server.fault = () => undefined;
  await Promise.all([client.refresh(), world.advance(500)]);
  assert.equal(client.snapshot().status, "ready");
});

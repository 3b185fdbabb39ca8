// Readings and snapshots, without other tabs.

import assert from "node:assert/strict";
import test from "node:test";
import { World, ids } from "./world.mjs";

const MINUTE = 60_000;

test("the first snapshot is idle, and a list is read and followed", async () => {
  const world = new World();
  const sent = world.send(3, { level: 30 });
  const { client } = world.open();
  assert.deepEqual({ ...client.snapshot(), can: 0 }, {
    status: "idle", live: false, error: null, messages: [], more: false, fresh: [], count: 0, unseen: 0,
    maxLevel: null, maxLevelTag: "", pending: 0, can: 0, clockOffset: 0,
  });
  client.connect();
  const requests = await world.requestsOf(() => world.advance(500));
  assert.deepEqual(requests, ["GET inbox/?limit=20", "GET stream/"]);
  const { status, live, messages, count, maxLevelTag, can } = client.snapshot();
  assert.deepEqual([status, live, count, maxLevelTag], ["ready", true, 3, "warning"]);
  assert.deepEqual(ids(messages), sent.reverse());
  assert.ok(can.has("stream") && !can.has("fly"));
});

test("requests have the right options and headers", async () => {
  const world = new World();
  const headers = async () => ({ authorization: "Bearer abc" });
  const { client } = world.open({ headers, credentials: "include", base: "/messages", filter: "?level__gte=10" });
  client.connect();
  await world.advance(500);
  await Promise.all([client.refresh(), client.read(world.send(1)), world.advance(1000)]);
  const [reading, stream, refresh, post] = world.server.requests;
  assert.deepEqual([reading.path, stream.path], ["inbox/?level__gte=10&limit=20", "stream/?level__gte=10"]);
  assert.equal(post.method, "POST");
  for (const request of world.server.requests) {
    assert.equal(request.headers.get("authorization"), "Bearer abc");
    assert.equal(request.headers.get("accept"), request === stream ? "text/event-stream" : "application/json");
    assert.equal(request.headers.get("messages-trigger"), [reading, stream].includes(request) ? "background" : null);
    assert.deepEqual([request.cache, request.credentials], ["no-store", "include"]);
  }
  assert.equal(stream.headers.get("last-event-id"), "0-1");
  assert.ok(refresh.headers.has("if-none-match"));
});

test("a response 304 changes nothing, and the snapshot stays the same object", async () => {
  const world = new World();
  world.send(2);
  const { client, history } = world.open({ live: "poll" });
  client.connect();
  await world.advance(500);
  const before = client.snapshot();
  const changes = history.length;
  await world.advance(5 * MINUTE);
  const readings = world.server.requests.slice(1);
  assert.ok(readings.length >= 18 && readings.length <= 23, `${readings.length} readings, about every 15 s`);
  for (const { headers } of readings) assert.match(headers.get("if-none-match"), /^W\//);
  assert.equal(client.snapshot(), before);
  assert.equal(history.length, changes);
});

test("without a list, only the summary is read, half as often", async () => {
  const world = new World();
  world.send(2);
  const { client } = world.open({ live: "poll" });
  const release = client.connect({ list: false });
  const requests = await world.requestsOf(() => world.advance(5 * MINUTE));
  assert.deepEqual([...new Set(requests)], ["GET inbox/?limit=0"]);
  assert.ok(requests.length >= 10 && requests.length <= 12, `${requests.length} readings`);
  assert.deepEqual([client.snapshot().status, client.snapshot().count, client.snapshot().messages], ["ready", 2, []]);
  client.connect();
  assert.deepEqual(await world.requestsOf(() => world.advance(500)), ["GET inbox/?limit=20"]);
  assert.equal(client.snapshot().messages.length, 2);
  release();
});

test("an unchanged message stays the same object", async () => {
  const world = new World();
  const [first] = world.send(2);
  const { client } = world.open();
  client.connect();
  await world.advance(500);
  const [second] = client.snapshot().messages;
  world.server.change("alice", "read", [first]);
  world.server.changeUnseen("alice", () => {});
  await world.advance(3000);
  const [newer, older] = client.snapshot().messages;
  assert.equal(newer, second);
  assert.ok(older.read_at);
});

test("fresh messages are let in by `admit`, and announced once", async () => {
  const world = new World();
  const old = world.send(1);
  const { client, events } = world.open();
  client.connect();
  await world.advance(500);
  const [next] = world.send(1);
  await world.advance(500);
  world.server.endStreams(new TypeError("cut"));
  await world.advance(10_000);
  assert.deepEqual([ids(client.snapshot().messages), ids(client.snapshot().fresh)], [old, [next]]);
  assert.deepEqual(events.map(({ name, message }) => [name, message.id]), [["message", next]]);
  client.admit();
  assert.deepEqual([ids(client.snapshot().messages), ids(client.snapshot().fresh)], [[next, ...old], []]);
});

test("`message` can be cancelled", async () => {
  const world = new World();
  const { client } = world.open();
  let wasCancelled;
  client.addEventListener("message", (event) => {
    event.preventDefault();
    wasCancelled = event.defaultPrevented;
  });
  client.connect();
  await world.advance(500);
  world.send(1);
  await world.advance(500);
  assert.equal(wasCancelled, true);
});

test("older messages are read page by page", async () => {
  const world = new World();
  const sent = world.send(7).reverse();
  const { client } = world.open({ limit: 3 });
  client.connect();
  await world.advance(500);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().more], [sent.slice(0, 3), true]);
  client.more();
  const more = client.more();
  const requests = await world.requestsOf(() => world.advance(500));
  await more;
  assert.deepEqual(requests, [`GET inbox/?limit=3&before=${sent[2]}`, `GET inbox/?limit=3&before=${sent[5]}`]);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().more], [sent, false]);
  assert.deepEqual(await world.requestsOf(() => Promise.all([client.more(), world.advance(500)])), []);
  // All of them are read again.
  assert.deepEqual(await world.requestsOf(() => Promise.all([client.refresh(), world.advance(500)])), ["GET inbox/?limit=7"]);
});

test("events that arrive during a reading are applied after it", async () => {
  const world = new World();
  const sent = world.send(3);
  const { client } = world.open();
  client.connect();
  await world.advance(500);
  world.server.latency = [2000, 2000];
  client.refresh();
  await world.advance(2500); // the response is on its way
  world.server.change("alice", "deleted", sent.slice(0, 1));
  world.server.change("alice", "read", sent.slice(1, 2));
  await world.advance(10_000);
  const { messages, count } = client.snapshot();
  assert.deepEqual([ids(messages), count, messages[1].read_at !== null], [[sent[2], sent[1]], 1, true]);
});

test("`loading` is shown after 300 ms without a list", async () => {
  const world = new World();
  world.server.latency = [400, 400];
  const { client } = world.open();
  client.connect();
  await world.advance(299);
  assert.equal(client.snapshot().status, "idle");
  await world.advance(2);
  assert.equal(client.snapshot().status, "loading");
  await world.advance(700);
  assert.equal(client.snapshot().status, "ready");
});

test("the clock of the server is taken from its responses, and small differences are ignored", async () => {
  const world = new World();
  world.server.clockOffset = 90_000;
  const { client } = world.open();
  client.connect();
  await world.advance(500);
  const { clockOffset } = client.snapshot();
  assert.ok(Math.abs(clockOffset - 90_000) < 1000, `${clockOffset}`);
  world.server.clockOffset += 900;
  await Promise.all([client.refresh(), world.advance(500)]);
  assert.equal(client.snapshot().clockOffset, clockOffset);
});

test("without `seen` on the server, all unread messages are unseen", async () => {
  const world = new World();
  world.server.can = world.server.can.filter((action) => action !== "seen");
  world.send(2);
  const { client } = world.open();
  client.connect();
  await world.advance(500);
  assert.equal(client.snapshot().unseen, 2);
  assert.deepEqual(await world.requestsOf(() => Promise.all([client.seen(), world.advance(500)])), []);
});

test("`adapt` converts messages, and what is no message is left out", async () => {
  const world = new World();
  const sent = world.send(4);
  const adapt = (raw) => {
    if (raw.id === sent[0]) throw new TypeError("not understood");
    if (raw.id === sent[1]) return { ...raw, id: "7" };
    if (raw.id === sent[2]) return { id: raw.id };
    return { ...raw, message: raw.message.toUpperCase() };
  };
  const { client } = world.open({ adapt });
  client.connect();
  await world.advance(500);
  assert.deepEqual(client.snapshot().messages.map(({ message }) => message), ["TEXT"]);
});

test("`live: off` reads at the start and on request only", async () => {
  const world = new World();
  const { client } = world.open({ live: "off" });
  client.connect();
  assert.deepEqual(await world.requestsOf(() => world.advance(10 * MINUTE)), ["GET inbox/?limit=20"]);
  world.send(1);
  await Promise.all([client.refresh(), world.advance(500)]);
  assert.equal(client.snapshot().count, 1);
});

test("a page shares one client for a scope and a filter", () => {
  const world = new World();
  const { MessagesClient } = world.browser.open();
  assert.equal(MessagesClient.at(), MessagesClient.at("/messages", "?"));
  assert.equal(MessagesClient.at("/messages/", "level=1"), MessagesClient.at(new URL("https://site.test/messages/"), "?level=1"));
  assert.notEqual(MessagesClient.at(), MessagesClient.at("/other/"));
  assert.notEqual(MessagesClient.at(), MessagesClient.at("/messages/", "level=1"));
});

test("the number of unread messages and the highest level follow the events at once", async () => {
  const world = new World();
  const sent = [20, 40, 30].map((level) => world.server.send("alice", { level }));
  const { client, history } = world.open();
  client.connect();
  await world.advance(500);
  const levels = () => [client.snapshot().count, client.snapshot().maxLevel, client.snapshot().maxLevelTag];
  assert.deepEqual(levels(), [3, 40, "error"]);
  client.read(sent[1]);
  assert.deepEqual(levels(), [2, 30, "warning"]);
  client.read(sent);
  assert.deepEqual(levels(), [0, null, ""]);
  await world.advance(3000);
  assert.deepEqual(levels(), [0, null, ""]);
  const counts = history.map(({ count }) => count);
  assert.deepEqual(counts.filter((count, index) => count !== counts[index - 1]), [0, 3, 0], "no flicker");
});

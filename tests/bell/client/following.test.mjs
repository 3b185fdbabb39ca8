// The stream, and pages that are hidden, idle or not used.

import assert from "node:assert/strict";
import test from "node:test";
import { World, ids } from "./world.mjs";

const MINUTE = 60_000;

/** A world with tabs that show the list. */
async function follow(number = 1, options, tabOptions) {
  const world = new World();
  const seats = [];
  for (let index = 0; index < number; index += 1) {
    const seat = world.open(options, tabOptions);
    seat.release = seat.client.connect();
    seats.push(seat);
    await world.advance(500);
  }
  return { world, seats, ...seats[0] };
}

const streamsOf = (world) => world.server.requests.filter(({ path }) => path.startsWith("stream/"));

test("a stream that ends is resumed after 2 to 5 seconds, with its last position", async () => {
  const { world, client } = await follow();
  for (let round = 0; round < 5; round += 1) {
    await world.advance(15_000);
    const [id] = world.send(1);
    await world.advance(200);
    world.server.endStreams(round % 2 ? new TypeError("cut") : undefined);
    const missed = world.send(2);
    await world.advance(10);
    assert.equal(client.snapshot().live, false);
    const before = streamsOf(world).length;
    await world.advance(1900);
    assert.equal(streamsOf(world).length, before);
    await world.advance(3200);
    const stream = streamsOf(world).at(-1);
    assert.equal(streamsOf(world).length, before + 1);
    assert.match(stream.headers.get("last-event-id"), new RegExp(`^${id}-1$`));
    assert.deepEqual(ids(client.snapshot().fresh).slice(0, 2), missed.reverse());
    assert.equal(client.snapshot().live, true);
  }
  assert.equal(world.server.count(/inbox/), 1, "nothing is read again");
});

test("a stream that is silent for 40 seconds is dead", async () => {
  const { world, client } = await follow();
  await world.advance(30_000);
  world.server.silence();
  const [id] = world.send(1);
  await world.advance(46_000);
  assert.deepEqual(ids(client.snapshot().fresh), [id]);
  assert.equal(streamsOf(world).length, 2);
});

test("after three short streams, the inbox is polled for 10 minutes", async () => {
  const { world, client } = await follow();
  for (let round = 0; round < 3; round += 1) {
    assert.equal(client.snapshot().live, true);
    world.server.endStreams();
    await world.advance(5500);
  }
  assert.equal(streamsOf(world).length, 3);
  const requests = await world.requestsOf(() => world.advance(8.8 * MINUTE));
  assert.deepEqual([...new Set(requests)], ["GET inbox/?limit=20"]);
  assert.ok(requests.length > 30);
  await world.advance(2.5 * MINUTE);
  assert.equal(streamsOf(world).length, 4);
  assert.equal(client.snapshot().live, true);
});

for (const fault of [{ status: 404 }, { status: 429, headers: { "retry-after": "1000" } }, "empty", "html"]) {
  test(`a stream that is refused with ${fault.status ?? fault} is tried again after 10 minutes or more`, async () => {
    const world = new World();
    world.server.fault = ({ path }) => (path.startsWith("stream/") ? fault : undefined);
    const { client } = world.open();
    client.connect();
    await world.advance(8.5 * MINUTE);
    assert.equal(streamsOf(world).length, 1);
    assert.equal(client.snapshot().status, "ready");
    assert.ok(world.server.count(/inbox/) > 30);
    world.server.fault = () => undefined;
    await world.advance((fault.headers ? 9 : 3) * MINUTE);
    assert.deepEqual([streamsOf(world).length, client.snapshot().live], [2, true]);
  });
}

test("a stream that fails is tried again with growing delays, up to 5 minutes", async () => {
  const world = new World();
  world.server.fault = ({ path }) => (path.startsWith("stream/") ? { status: 503, headers: { "retry-after": "1" } } : undefined);
  const { client } = world.open();
  client.connect();
  await world.advance(60 * MINUTE);
  const times = streamsOf(world).map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]);
  assert.ok(gaps[0] < 6000 && gaps.at(-1) > 260_000 && gaps.at(-1) < 340_000, `${gaps}`);
  for (let index = 1; index < 6; index += 1) assert.ok(gaps[index] > gaps[index - 1] * 1.5, `${gaps}`);
});

test("`resync`, and events that are not understood, cause one reading", async () => {
  const { world, client } = await follow();
  const [id] = world.send(1);
  await world.advance(500);
  client.admit();
  world.server.changeUnseen("alice", (messages) => messages.set(5, { id: 5, message: "old", level: 20, read_at: null }));
  assert.deepEqual(await world.requestsOf(() => world.advance(2000)), ["GET inbox/?limit=20"]);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().fresh], [[id, 5], []], "an old message is not fresh");
  const [stream] = world.server.streams;
  stream.controller.enqueue(new TextEncoder().encode("id: 5-9\nevent: read\ndata: {not json\n\n"));
  stream.controller.enqueue(new TextEncoder().encode("id: 5-9\nevent: unknown\ndata: {}\n\n"));
  assert.deepEqual(await world.requestsOf(() => world.advance(2000)), ["GET inbox/?limit=20"]);
});

test("tags and filters: the list is read again if an event can change what matches", async () => {
  for (const [filter, name, isRead] of [
    ["", "tagged", true], ["", "read", false], ["unread=true", "read", true], ["unread=true", "unread", true],
    ["read_after=2026-01-01", "read", true], ["extra_tags=a", "tagged", true], ["level__gte=10", "unread", false],
  ]) {
    const world = new World();
    const sent = world.send(2, { tags: ["a"] });
    if (name === "unread") world.server.change("alice", "read", sent);
    const { client } = world.open({ filter });
    client.connect();
    await world.advance(1000);
    world.server.change("alice", name, sent.slice(0, 1));
    const requests = await world.requestsOf(() => world.advance(3000));
    assert.equal(requests.length, isRead ? 1 : 0, `${filter} ${name}`);
  }
});

test("events of a stream that has broken do not change a newer reading", async () => {
  const { world, client, history } = await follow();
  world.server.latency = [1000, 1000];
  client.refresh();
  await world.advance(100);
  const sent = world.send(1);
  await world.advance(200); // the event waits for the reading
  world.server.endStreams(new TypeError("cut"));
  world.server.change("alice", "deleted", sent); // before the server makes the response
  await world.advance(10_000);
  for (const { fresh, count } of history) assert.deepEqual([fresh, count], [[], 0]);
});

// ---- Pages that are hidden, idle or not used

test("a hidden page keeps its stream for 60 seconds, and sends nothing", async () => {
  const { world, tab, client } = await follow();
  tab.show(false);
  assert.deepEqual(await world.requestsOf(() => world.advance(59_000)), []);
  assert.equal(world.server.streams.size, 1);
  await world.advance(1500);
  assert.equal(world.server.streams.size, 0);
  world.send(1);
  assert.deepEqual(await world.requestsOf(() => world.advance(30 * MINUTE)), []);
  tab.show(true);
  const requests = await world.requestsOf(() => world.advance(1000));
  assert.deepEqual(requests, ["GET inbox/?limit=20", "GET stream/"], "one conditional reading");
  assert.ok(world.server.requests.at(-2).headers.has("if-none-match"));
  assert.equal(client.snapshot().count, 1);
});

test("a page that is hidden for a moment does not even read", async () => {
  const { world, tab, client } = await follow();
  const requests = await world.requestsOf(async () => {
    tab.show(false);
    await world.advance(30_000);
    world.send(1);
    await world.advance(1000);
    tab.show(true);
    await world.advance(1000);
  });
  assert.deepEqual(requests, []);
  assert.deepEqual([client.snapshot().live, client.snapshot().count], [true, 1]);
});

test("a stream that ends while the page is hidden is not resumed", async () => {
  const { world, tab } = await follow();
  tab.show(false);
  await world.advance(1000);
  world.server.endStreams();
  assert.deepEqual(await world.requestsOf(() => world.advance(5 * MINUTE)), []);
});

test("a hidden page that polls sends nothing", async () => {
  const { world, tab } = await follow(1, { live: "poll" });
  tab.show(false);
  assert.deepEqual(await world.requestsOf(() => world.advance(30 * MINUTE)), []);
});

test("`background` keeps a hidden page up to date", async () => {
  const { world, tab, client } = await follow(1, { background: true });
  tab.show(false);
  await world.advance(20 * MINUTE);
  world.send(1);
  await world.advance(500);
  assert.equal(client.snapshot().count, 1);
  assert.equal(world.server.streams.size, 1);
});

test("a page in the back/forward cache holds neither stream, lock nor channel, and comes back", async () => {
  const { world, tab, client } = await follow();
  world.server.latency = [3000, 3000];
  client.refresh().catch(() => {});
  await world.advance(100);
  tab.hide();
  await world.advance(10);
  assert.deepEqual([world.server.streams.size, world.browser.channels.size], [0, 0]);
  assert.ok([...tab.lockRequests].every(({ lock }) => lock.holder === null && lock.waiting.length === 0));
  assert.notEqual(client.snapshot().status, "offline");
  world.server.latency = [1, 40];
  assert.deepEqual(await world.requestsOf(() => world.advance(10 * MINUTE)), []);
  world.send(1);
  tab.comeBack();
  await world.advance(1500);
  assert.deepEqual([client.snapshot().live, client.snapshot().count], [true, 1]);
  assert.equal(world.server.streams.size, 1);
});

test("`idleAfter` ends all traffic until the next key or pointer in any tab", async () => {
  const { world, seats } = await follow(2, { idleAfter: 5 });
  const touch = (seat) => seat.tab.window.dispatchEvent(new Event("pointerdown"));
  await world.advance(4 * MINUTE);
  touch(seats[1]);
  await world.advance(4 * MINUTE);
  assert.deepEqual([...world.server.streams].map(({ tab }) => tab), [seats[0].tab], "active in the other tab");
  await world.advance(1.5 * MINUTE);
  assert.equal(world.server.streams.size, 0);
  assert.deepEqual(await world.requestsOf(() => world.advance(60 * MINUTE)), []);
  world.send(1);
  touch(seats[1]);
  await world.advance(3000);
  assert.equal(world.server.streams.size, 1);
  for (const { client } of seats) assert.deepEqual([client.snapshot().live, client.snapshot().count], [true, 1]);
});

test("connections are counted, and linger for 3 seconds", async () => {
  const { world, tab, client, release } = await follow();
  release();
  const again = client.connect();
  release();
  again();
  const last = client.connect();
  await world.advance(10_000);
  assert.deepEqual([streamsOf(world).length, world.server.streams.size, world.server.count(/inbox/)], [1, 1, 1]);
  last();
  await world.advance(2900);
  assert.equal(world.server.streams.size, 1);
  await world.advance(200);
  assert.deepEqual([world.server.streams.size, world.browser.channels.size, client.snapshot().live], [0, 0, false]);
  await world.advance(70_000);
  assert.equal(world.clock.count(tab), 0, "no timer is left");
  tab.show(false);
  tab.show(true);
  assert.deepEqual(await world.requestsOf(() => world.advance(10 * MINUTE)), []);
  client.connect();
  assert.deepEqual(await world.requestsOf(() => world.advance(1000)), ["GET inbox/?limit=20", "GET stream/"]);
});

test("a program that is no page opens the stream without locks", async () => {
  const { world, client, release } = await follow(1, { base: "https://site.test/messages/" }, { isNode: true });
  assert.equal(client.snapshot().live, true);
  world.send(1);
  await world.advance(500);
  assert.equal(client.snapshot().count, 1);
  release();
  await world.advance(4000);
  assert.equal(world.server.streams.size, 0);
});

test("a page without locks polls", async () => {
  const { world, client } = await follow(2, {}, { hasLocks: false });
  await world.advance(5 * MINUTE);
  assert.equal(streamsOf(world).length, 0);
  assert.equal(client.snapshot().status, "ready");
  assert.ok(world.server.count(/inbox/) > 30);
});

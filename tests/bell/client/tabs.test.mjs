// Several tabs.

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

test("five tabs have one stream, and each has read once", async () => {
  const { world, seats } = await follow(5);
  const [id] = world.send(1);
  await world.advance(500);
  for (const { client, events } of seats) {
    assert.deepEqual([client.snapshot().live, ids(client.snapshot().fresh)], [true, [id]]);
    assert.deepEqual(events.map(({ name }) => name), ["message"]);
  }
  await world.advance(20 * MINUTE);
  assert.deepEqual([world.server.streams.size, world.server.mostStreams, world.server.count(/inbox/)], [1, 1, 5]);
});

test("a tab that was not told of a change reads again", async () => {
  const { world, seats } = await follow(2);
  world.server.endStreams(new TypeError("cut"));
  world.send(1);
  // The leader reads, so that its stream continues after the change.
  await Promise.all([seats[0].client.refresh(), world.advance(100)]);
  await world.advance(9000);
  for (const { client } of seats) assert.deepEqual([client.snapshot().live, client.snapshot().fresh.length], [true, 1]);
});

test("a leader ignores another one that does not know yet that it is deposed", async () => {
  const { world, seats } = await follow(2);
  const [first, second] = seats;
  first.tab.freeze();
  const [id] = world.send(1);
  await world.advance(1000);
  world.server.change("alice", "deleted", [id]);
  await world.advance(65_000);
  const before = second.history.length;
  first.tab.thaw();
  await world.advance(30_000);
  for (const { fresh } of second.history.slice(before)) assert.deepEqual(fresh, []);
  assert.deepEqual(first.client.snapshot().fresh, []);
});

test("a tab that has missed something reads again", async () => {
  const { world, seats } = await follow();
  const [{ tab }] = seats;
  tab.freeze(); // the leader does not pass on what happens now
  const second = world.open();
  second.client.connect();
  await world.advance(500);
  world.send(1);
  await world.advance(500);
  tab.thaw();
  await world.advance(25_000);
  assert.equal(second.client.snapshot().count, 1);
  assert.equal(second.client.snapshot().live, true);
});

test("when the leader is closed, another tab follows within 3 seconds", async () => {
  const { world, seats } = await follow(4);
  for (const { tab } of seats.slice(0, 3)) {
    tab.close();
    const [id] = world.send(1);
    await world.advance(3000);
    assert.equal(world.server.streams.size, 1);
    assert.ok(ids(seats[3].client.snapshot().fresh).includes(id));
    assert.equal(seats[3].client.snapshot().live, true);
  }
  assert.equal(world.server.count(/inbox/), 4, "nothing is read again");
});

test("when the leader is frozen without a sign, another tab follows within 60 seconds", async () => {
  const { world, seats } = await follow(3);
  seats[0].tab.freeze();
  const [id] = world.send(1);
  await world.advance(60_500);
  const alive = [...world.server.streams].filter(({ tab }) => !tab.isFrozen);
  assert.equal(alive.length, 1);
  for (const { client } of seats.slice(1)) assert.ok(ids(client.snapshot().fresh).includes(id));
  const [next] = world.send(1);
  await world.advance(1000);
  seats[0].tab.thaw();
  await world.advance(30_000);
  assert.equal(world.server.streams.size, 1);
  for (const { client } of seats) assert.deepEqual(ids(client.snapshot().fresh), [next, id]);
});

test("a leader that lives is not disturbed while its stream fails", async () => {
  const { world, seats } = await follow(3);
  world.server.fault = ({ path }) => (path.startsWith("stream/") ? { status: 503 } : undefined);
  world.server.endStreams();
  await world.advance(10 * MINUTE);
  const tabs = new Set(streamsOf(world).map(({ tab }) => tab));
  assert.equal(tabs.size, 1);
  for (const { client } of seats) assert.equal(client.snapshot().live, false);
});

test("a hidden leader hands over to a visible tab at once", async () => {
  const { world, seats } = await follow(2);
  seats[0].tab.show(false);
  await world.advance(1000);
  const [stream] = world.server.streams;
  assert.equal(stream.tab, seats[1].tab);
  const [id] = world.send(1);
  await world.advance(500);
  for (const { client } of seats) assert.deepEqual(ids(client.snapshot().fresh), [id]);
  seats[1].tab.show(false);
  await world.advance(5000);
  seats[0].tab.show(true);
  await world.advance(1000);
  assert.deepEqual([...world.server.streams].map(({ tab }) => tab), [seats[0].tab]);
});

test("when the user signs out, all tabs are emptied at once", async () => {
  const world = new World();
  world.send(2);
  const seats = [world.open(), world.open(), world.open()];
  for (const { client } of seats) client.connect();
  await world.advance(1000);
  seats[2].tab.show(false);
  world.browser.user = null;
  seats[1].client.refresh().catch(() => {});
  const requests = await world.requestsOf(() => world.advance(200));
  assert.equal(requests.length, 1);
  for (const { client } of seats) {
    assert.deepEqual([client.snapshot().status, client.snapshot().messages], ["signed-out", []]);
  }
  assert.deepEqual(await world.requestsOf(() => world.advance(10 * MINUTE)), []);
});

test("tabs of different users do not hear each other", async () => {
  const world = new World();
  world.send(1, { text: "of alice" });
  const first = world.open();
  first.client.connect();
  await world.advance(500);
  world.browser.user = "bob";
  const second = world.open();
  second.client.connect();
  await world.advance(500);
  world.send(1, { text: "of alice" });
  await world.advance(500);
  for (const { count, fresh, status } of second.history) assert.deepEqual([count, fresh, status === "signed-out"], [0, [], false]);
  assert.equal(second.events.length, 0);
});

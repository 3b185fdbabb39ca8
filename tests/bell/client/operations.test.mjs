// The operations of the user: shown at once, sent in order, and taken back if they fail.

import assert from "node:assert/strict";
import test from "node:test";
import { World, ids } from "./world.mjs";

const MINUTE = 60_000;

async function begin(number = 3, options, prepare = () => {}) {
  const world = new World();
  prepare(world.server);
  const sent = world.send(number).reverse();
  const seat = world.open(options);
  const release = seat.client.connect();
  await world.advance(500);
  return { world, sent, release, ...seat };
}

const changes = async (world, step) => (await world.requestsOf(step)).filter((request) => !request.startsWith("GET"));
const without = (...actions) => (server) => (server.can = server.can.filter((action) => !actions.includes(action)));
const state = (client) => client.snapshot().messages.map(({ read_at }) => (read_at ? "read" : "unread"));

test("marks within 400 ms are one request, and are shown at once", async () => {
  const { world, client, sent } = await begin();
  const requests = await changes(world, async () => {
    const first = client.read(sent[0]);
    assert.deepEqual([state(client), client.snapshot().count, client.snapshot().pending], [["read", "unread", "unread"], 2, 1]);
    await world.advance(300);
    const second = client.read([sent[2], sent[0]]);
    assert.equal(client.snapshot().count, 1);
    await world.advance(500);
    await Promise.all([first, second]);
  });
  assert.deepEqual(requests, [`POST read/?ids=${sent[0]},${sent[2]}`]);
  assert.equal(client.snapshot().pending, 0);
  assert.match(client.snapshot().messages[0].read_at, /^2026-01-01T/);
});

test("a request marks at most 100 messages", async () => {
  const { world, client, sent } = await begin(230, { limit: 1000 });
  const requests = await changes(world, () => Promise.all([client.read(sent), world.advance(2000)]));
  assert.deepEqual(requests.map((request) => request.split(",").length), [100, 100, 30]);
  assert.equal(client.snapshot().count, 0);
});

test("operations are sent in their order, one after the other", async () => {
  const { world, client, sent } = await begin();
  world.server.latency = [200, 200];
  const requests = await changes(world, async () => {
    client.read(sent);
    client.unread(sent[0]);
    client.read(sent[0]);
    client.unread(sent[1]);
    assert.deepEqual(state(client), ["read", "unread", "read"]);
    await world.advance(4000);
  });
  assert.deepEqual(requests, [
    `POST read/?ids=${sent}`, `POST unread/?ids=${sent[0]}`, `POST read/?ids=${sent[0]}`, `POST unread/?ids=${sent[1]}`,
  ]);
  assert.deepEqual(state(client), ["read", "unread", "read"]);
});

test("without `mark-selection-read`, messages are marked one by one; without any mark, nothing is done", async () => {
  const one = await begin(2, {}, without("mark-selection-read"));
  const requests = await changes(one.world, () => Promise.all([one.client.read(one.sent), one.world.advance(2000)]));
  assert.deepEqual(requests, one.sent.map((id) => `POST ${id}/read/`));
  const none = await begin(2, {}, without("mark-selection-read", "mark-read", "seen", "archive", "delete", "delete-selection"));
  const { client, world, sent } = none;
  const step = async () => {
    await Promise.all([client.read(sent), client.read({ upTo: sent[0] }), client.seen()]);
    for (const undoable of [client.archive(sent[0]), client.remove(sent[0])]) {
      await undoable.send();
      assert.equal(await undoable.undo(), false);
    }
    assert.deepEqual([client.snapshot().count, client.snapshot().pending], [2, 0]);
    await world.advance(1000);
  };
  assert.deepEqual(await changes(world, step), []);
});

test("`upTo` marks what the list has shown, with the filter, and not more", async () => {
  const { world, client, sent } = await begin(5, { limit: 3, filter: "level__gte=10" });
  const [fresh] = world.send(1);
  await world.advance(500);
  const requests = await changes(world, async () => {
    const read = client.read({ upTo: fresh });
    assert.deepEqual([client.snapshot().count, state(client)], [1, ["read", "read", "read"]], "the older ones, too");
    await world.advance(3000);
    await read;
  });
  assert.deepEqual(requests, [`POST read/?level__gte=10&up_to=${sent[0]}`]);
  assert.equal(client.snapshot().count, 1);
  assert.equal(world.server.inboxOf("alice").summary.count, 1);
  client.admit();
  await Promise.all([client.read({ upTo: Infinity }), world.advance(500)]);
  assert.equal(client.snapshot().count, 0);
});

test("`seen` is sent once for what is shown, and changes the number at once", async () => {
  const { world, client, sent } = await begin();
  const requests = await changes(world, async () => {
    client.seen();
    client.seen();
    assert.deepEqual([client.snapshot().unseen, client.snapshot().count], [0, 3]);
    await world.advance(1000);
    const [fresh] = world.send(1);
    await world.advance(1000);
    assert.equal(client.snapshot().unseen, 1);
    await client.seen();
    assert.equal(client.snapshot().unseen, 1, "a fresh message is not shown yet");
    client.admit();
    client.seen();
    assert.equal(client.snapshot().unseen, 0);
    await world.advance(1000);
    assert.equal(requestsUpTo(world), fresh);
  });
  assert.equal(requests.length, 2);
  assert.equal(requests[0], `POST seen/?up_to=${sent[0]}`);
  assert.equal(client.snapshot().unseen, 0);
});
const requestsUpTo = (world) => Number(/up_to=(\d+)/.exec(world.server.requests.at(-1).path)[1]);

test("reading an unseen message makes it seen, and reading a seen one does not", async () => {
  const { world, client, sent } = await begin();
  await Promise.all([client.seen(), world.advance(500)]);
  const [fresh] = world.send(1);
  await world.advance(500);
  client.read(sent[0]);
  assert.deepEqual([client.snapshot().count, client.snapshot().unseen], [3, 1]);
  client.read(fresh);
  assert.deepEqual([client.snapshot().count, client.snapshot().unseen], [2, 0]);
});

test("a removal can be undone until the next one, and is sent with it", async () => {
  const { world, client, sent } = await begin();
  const first = client.remove(sent[0]);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().count, client.snapshot().pending], [sent.slice(1), 2, 1]);
  assert.deepEqual(await changes(world, () => world.advance(10 * MINUTE)), []);
  assert.equal(await first.undo(), true);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().count, client.snapshot().pending], [sent, 3, 0]);
  assert.equal(await first.undo(), false);
  const second = client.remove(sent[1]);
  let third;
  const requests = await changes(world, async () => {
    third = client.remove(sent[2]);
    await world.advance(1000);
  });
  assert.deepEqual(requests, [`DELETE ${sent[1]}/`]);
  assert.equal(await second.undo(), false);
  assert.deepEqual(await changes(world, () => Promise.all([third.send(), world.advance(500)])), [`DELETE ${sent[2]}/`]);
  assert.deepEqual(ids(client.snapshot().messages), [sent[0]]);
});

test("a removal is sent when the list is closed, and when the page ends", async () => {
  const closed = await begin();
  closed.client.remove(closed.sent[0]);
  const step = () => {
    closed.release();
    return closed.world.advance(500);
  };
  assert.deepEqual(await changes(closed.world, step), [`DELETE ${closed.sent[0]}/`]);
  const ended = await begin();
  ended.client.read(ended.sent[1]);
  ended.client.remove(ended.sent[0]);
  const requests = await changes(ended.world, () => {
    ended.tab.hide();
    return ended.world.advance(0);
  });
  assert.deepEqual(requests.sort(), [`DELETE ${ended.sent[0]}/`, `POST read/?ids=${ended.sent[1]}`]);
  await ended.world.advance(MINUTE);
  assert.equal(ended.world.server.count(/^(DELETE|POST)/), 2, "once");
});

test("waiting marks are sent when the page is hidden", async () => {
  const { world, tab, client, sent } = await begin();
  client.read(sent[0]);
  const step = () => {
    tab.show(false);
    return world.advance(10);
  };
  assert.deepEqual(await changes(world, step), [`POST read/?ids=${sent[0]}`]);
});

test("if unread messages may not be deleted, a removal marks first", async () => {
  const { world, client, sent } = await begin(2, {}, without("delete-unread"));
  const unread = await changes(world, () => Promise.all([client.remove(sent[0]).send(), world.advance(500)]));
  assert.deepEqual(unread, [`POST ${sent[0]}/read/`, `DELETE ${sent[0]}/`]);
  await Promise.all([client.read(sent[1]), world.advance(1000)]);
  const read = await changes(world, () => Promise.all([client.remove(sent[1]).send(), world.advance(500)]));
  assert.deepEqual(read, [`DELETE ${sent[1]}/`]);
  const { client: unable, sent: kept } = await begin(1, {}, without("delete-unread", "mark-read", "mark-selection-read"));
  unable.remove(kept[0]);
  assert.equal(unable.snapshot().messages.length, 1);
});

test("archiving is sent at once, and undone by restoring", async () => {
  const { world, client, sent } = await begin();
  const undoable = client.archive(sent[1]);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().count], [[sent[0], sent[2]], 2]);
  assert.deepEqual(await changes(world, () => world.advance(500)), [`POST ${sent[1]}/archive/`]);
  const requests = await changes(world, async () => {
    const undone = undoable.undo();
    await world.advance(1);
    assert.deepEqual([ids(client.snapshot().messages), client.snapshot().count], [sent, 3]);
    await world.advance(3000);
    assert.equal(await undone, true);
  });
  assert.deepEqual(requests, [`POST ${sent[1]}/restore/`]);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().count], [sent, 3]);
  const { client: other, world: there, sent: these } = await begin(1, {}, without("restore"));
  const kept = other.archive(these[0]);
  await there.advance(500);
  assert.equal(await kept.undo(), false);
});

test("an operation that the server refuses is taken back, and the others stay", async () => {
  const { world, client, sent, events } = await begin();
  world.server.fault = ({ path }) => (path.startsWith("unread") ? { status: 403, body: { detail: "No." } } : undefined);
  const read = client.read(sent);
  const refused = client.unread(sent[0]);
  const later = client.read(sent[0]);
  const outcome = assert.rejects(refused, { name: "Problem", status: 403, detail: "No.", message: "No." });
  await world.advance(1000);
  await Promise.all([read, outcome, later]);
  await world.advance(3000);
  assert.deepEqual(state(client), ["read", "read", "read"]);
  assert.deepEqual(events.filter(({ name }) => name === "problem").map(({ problem }) => problem.status), [403]);
});

test("a message that does not exist any more needs no change", async () => {
  const { world, client, sent } = await begin(3, {}, without("mark-selection-read", "stream"));
  world.server.change("alice", "deleted", sent);
  await Promise.all([client.read(sent[0]), client.remove(sent[1]).send(), client.archive(sent[2]).send(), world.advance(2000)]);
  assert.equal(client.snapshot().pending, 0);
});

test("without a network, an operation is kept for 60 seconds", async () => {
  for (const isBack of [true, false]) {
    const { world, tab, client, sent } = await begin();
    tab.setOnline(false);
    const outcomes = [];
    client.read(sent[0]).then(() => outcomes.push("done"), (problem) => outcomes.push(problem.status));
    await world.advance(50_000);
    assert.deepEqual([outcomes, state(client)[0], client.snapshot().pending], [[], "read", 1]);
    if (isBack) tab.setOnline(true);
    await world.advance(isBack ? 1000 : 12_000);
    assert.deepEqual([outcomes, state(client)[0]], isBack ? [["done"], "read"] : [[0], "unread"]);
  }
});

test("a response that is lost, or a server that is busy, does no harm", async () => {
  for (const fault of ["lost", "network", { status: 503, headers: { "retry-after": "1" } }, { status: 429 }]) {
    const { world, client, sent, history } = await begin();
    let faults = 3;
    world.server.fault = ({ method }) => (method !== "GET" && faults-- > 0 ? fault : undefined);
    const done = [client.read(sent[0]), client.remove(sent[1]).send(), client.archive(sent[2]).send()];
    await world.advance(30_000);
    await Promise.all(done);
    await world.advance(3000);
    assert.deepEqual(ids(client.snapshot().messages), [sent[0]]);
    assert.deepEqual([state(client), client.snapshot().count], [["read"], 0]);
    assert.deepEqual(history.slice(3).map(({ count }) => count).filter((count) => count !== 0), []);
  }
});

test("a page that is no confirmation is a failure", async () => {
  const { world, client, sent } = await begin();
  world.server.fault = ({ method }) => (method === "POST" ? "html" : undefined);
  const outcome = assert.rejects(client.read(sent[0]), { status: 200 });
  await world.advance(1000);
  await outcome;
  assert.equal(client.snapshot().count, 3);
});

test("nobody needs to wait for an operation", async () => {
  const { world, client, sent } = await begin();
  world.server.fault = ({ method }) => (method === "GET" ? undefined : { status: 400 });
  client.read(sent[0]);
  client.seen();
  client.remove(sent[1]);
  client.archive(sent[2]).undo();
  client.remove(sent[0]).send();
  await world.advance(5000); // an unhandled rejection would fail this test
  assert.deepEqual(ids(client.snapshot().messages), sent);
  assert.equal(client.snapshot().pending, 0);
});

test("an operation before the first reading waits for it", async () => {
  const world = new World();
  const sent = world.send(2);
  const { client } = world.open({ live: "off" });
  const requests = await world.requestsOf(() => Promise.all([client.read(sent), world.advance(2000)]));
  assert.deepEqual(requests.slice(0, 2), ["GET inbox/?limit=20", `POST read/?ids=${sent}`]);
});

test("a reading that began before the response does not undo an operation", async () => {
  for (const wasRead of [false, true]) {
    const { world, client, sent, history } = await begin(3, { live: "poll" });
    if (wasRead) {
      await Promise.all([client.read(sent), world.advance(1000)]);
      await Promise.all([client.refresh(), world.advance(500)]);
      world.server.change("alice", "unread", sent);
    }
    world.server.fault = ({ method }) => void (world.server.latency = method === "GET" ? [900, 900] : [10, 10]);
    client.refresh(); // the server makes its response after 900 ms, before the mark
    await world.advance(600);
    const before = history.length;
    const read = client.read(sent);
    await world.advance(5000);
    await read;
    for (const { count } of history.slice(before)) assert.equal(count, 0);
    assert.deepEqual(state(client), ["read", "read", "read"]);
    await world.advance(30_000);
    assert.deepEqual(state(client), ["read", "read", "read"]);
  }
});

test("an operation stays laid over an earlier one until both are told", async () => {
  const { world, client, sent, history } = await begin(3, { live: "poll" });
  await Promise.all([client.read({ upTo: Infinity }), world.advance(500)]);
  const before = history.length;
  await Promise.all([client.unread(sent[1]), world.advance(1000)]);
  for (const { messages } of history.slice(before)) assert.equal(messages[1].read_at, null);
  await world.advance(30_000);
  assert.deepEqual(state(client), ["read", "unread", "read"]);
});

test("a removal that is under way can't be undone", async () => {
  const { world, client, sent } = await begin();
  world.server.latency = [500, 500];
  const removal = client.remove(sent[0]);
  const done = removal.send();
  await world.advance(100);
  assert.equal(await removal.undo(), false);
  assert.deepEqual([ids(client.snapshot().messages), client.snapshot().pending], [sent.slice(1), 1]);
  await world.advance(2000);
  await done;
});

test("what another tab undoes is shown, although this tab did it before", async () => {
  for (const options of [{}, { live: "poll" }]) {
    const { world, client, sent } = await begin(3, options);
    await Promise.all([client.read({ upTo: Infinity }), world.advance(3000)]);
    world.server.change("alice", "unread", sent.slice(1));
    await world.advance(20_000);
    assert.deepEqual([client.snapshot().count, state(client)], [2, ["read", "unread", "unread"]]);
  }
});

test("if the stream does not tell of an operation, the inbox is read after 2 seconds", async () => {
  const { world, client, sent } = await begin();
  world.server.delay = [MINUTE, MINUTE];
  const requests = await world.requestsOf(() => Promise.all([client.read(sent[0]), world.advance(4000)]));
  assert.deepEqual(requests, [`POST read/?ids=${sent[0]}`, "GET inbox/?limit=20"]);
});

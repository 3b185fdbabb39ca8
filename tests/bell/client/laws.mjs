// Plays random schedules of users, tabs, other programs, networks and servers, and checks the laws of the client.

import assert from "node:assert/strict";
import { World, ids } from "./world.mjs";

/** Changes by others count as recent for this time. */
const RECENT = 120_000;

/** A tab, its client, and the state that its user expects to see. */
class Seat {
  /** The last operation of the user on a message: `read`, `unread` or `gone`, by the id of the message. */
  expected = new Map();
  /** The newest message that the list has shown. */
  shown = -1;
  undoable = [];
  /** When the user has last done something with a message. */
  did = new Map();
  /** When another user or program has changed a message. */
  touched = new Map();

  constructor(game, { tab, client, events }) {
    Object.assign(this, { game, tab, client, events });
    this.release = client.connect({ list: game.isQuiet || game.random.chance(0.9) });
    client.subscribe(async () => {
      this.look();
      // An operation that has failed is shown no longer before its promise rejects.
      for (let turn = 0; turn < 20; turn += 1) await null;
      game.attempt(() => this.check());
    });
    client.addEventListener("signedout", () => {
      this.expected.clear();
      this.shown = -1;
    });
    const news = new Set();
    client.addEventListener("message", ({ detail: { message } }) => {
      game.attempt(() => assert.ok(!news.has(message.id), `(c) the message ${message.id} was announced twice`));
      news.add(message.id);
    });
  }

  get isVisible() {
    return this.tab.document.visibilityState === "visible" && !this.tab.isFrozen && !this.isAway;
  }

  /** The laws of each snapshot. */
  check() {
    const snapshot = this.client.snapshot();
    assert.equal(snapshot, this.client.snapshot(), "the snapshot is the same object");
    const { messages, fresh, count, unseen, status, pending } = snapshot;
    for (const part of [snapshot, messages, fresh, ...messages]) assert.ok(Object.isFrozen(part));
    assert.ok(Number.isInteger(count) && count >= 0, `(b) count is ${count}`);
    assert.ok(Number.isInteger(unseen) && unseen >= 0 && unseen <= count, `(b) unseen is ${unseen} of ${count}`);
    assert.ok(pending >= 0);
    const all = ids([...fresh, ...messages]);
    assert.deepEqual(all, [...new Set(all)].sort((a, b) => b - a), "(c) each message once, newest first");
    if (status === "signed-out" || status === "missing") assert.equal(all.length + count, 0, `nothing is shown: ${status}`);
    if (this.game.isQuiet && messages.length > 0) {
      const unread = [...fresh, ...messages].filter(({ read_at }) => read_at === null).length;
      assert.equal(count, unread, "(b) all messages are listed, so their number is known at each moment");
    }
    const owners = new Set([...fresh, ...messages].map(({ message }) => message));
    assert.ok(owners.size < 2, `(g) messages of ${[...owners]}`);
    for (const { id, message, read_at } of [...fresh, ...messages]) {
      assert.ok(this.game.owners.has(message), `(g) the message is of ${message}`);
      const expected = this.expected.get(id);
      assert.notEqual(expected, "gone", `(a) ${id} was removed`);
      if (expected) assert.equal(read_at === null ? "unread" : "read", expected, `(a) ${id} in ${status}`);
    }
  }

  look() {
    this.shown = Math.max(this.shown, ...ids(this.client.snapshot().messages));
  }

  /** Returns whether another user or program has changed the message a short time ago. */
  isTouched(id) {
    const last = Math.max(this.touched.get("all") ?? 0, this.touched.get(id) ?? 0);
    return this.game.clock.now - last < RECENT;
  }

  /** Does something with messages, and expects to see it at once and from then on. */
  do(expected, these, operation) {
    // If a user does the opposite within a second, the events of both may arrive after a reading that has both.
    const settled = these.filter((id) => !this.isTouched(id) && !(this.game.clock.now - this.did.get(id) < 1000));
    these.forEach((id) => this.did.set(id, this.game.clock.now));
    this.game.touch(these, this);
    these.forEach((id) => this.expected.delete(id));
    settled.forEach((id) => this.expected.set(id, expected));
    const mailbox = this.game.session;
    const forget = () => settled.forEach((id) => this.expected.delete(id));
    const promise = operation(forget);
    this.check();
    promise.catch((problem) => {
      assert.equal(problem.name, "Problem");
      if (mailbox === this.game.session) forget();
    });
  }
}

export class Game {
  seats = [];
  /** Changes with each sign-in. */
  session = 0;
  #faults = () => undefined;
  #failure;

  /** If it is quiet, only the user changes messages, all of them are listed, and requests succeed. */
  constructor(seed, { tabs = 1, options = {}, isQuiet = false } = {}) {
    this.world = new World(seed);
    const { random, server, browser, clock } = this.world;
    Object.assign(this, { random, server, browser, clock, options, owners: new Set(["alice"]) });
    if (random.chance(0.2) && !isQuiet) server.can = server.can.filter((action) => !["delete-unread", "stream"].includes(action));
    if (random.chance(0.2)) server.can = server.can.filter((action) => !action.startsWith("mark-selection"));
    this.isQuiet = isQuiet;
    // When a stream begins, its summary may be newer than the list.
    if (isQuiet) server.duration = [1e9, 1e9];
    this.filter = isQuiet ? "" : random.pick(["", "", "", "level__gte=30", "unread=true"]);
    for (let number = random.below(12); number > 0; number -= 1) this.#send();
    server.fault = (request) => {
      this.attempt(() => this.#checkRequest(request));
      return this.#faults(request);
    };
    server.onChange = (tab, these) => this.touch(these, this.seats.find((seat) => seat.tab === tab));
    for (let number = 0; number < tabs; number += 1) this.#open();
  }

  /** Runs a check that is not part of a step. */
  attempt(check) {
    try {
      check();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  async #pass(milliseconds) {
    await this.clock.advance(milliseconds);
    if (this.#failure) throw this.#failure;
  }

  /** Notes that messages change, for all seats except that of the change. */
  touch(these, except) {
    for (const seat of this.seats) {
      if (seat === except) continue;
      for (const id of these) {
        seat.touched.set(id, this.clock.now);
        id === "all" ? seat.expected.clear() : seat.expected.delete(id);
      }
    }
  }

  #open() {
    const options = { limit: this.isQuiet ? 50 : this.random.between(2, 20), filter: this.filter, ...this.options };
    this.seats.push(new Seat(this, this.world.open(options)));
  }

  #send() {
    const user = this.browser.user ?? "alice";
    return this.server.send(user, { text: user, level: this.random.pick([20, 30, 40]) });
  }

  /** The laws of each request. */
  #checkRequest({ method, path, tab, headers, user }) {
    const seat = this.seats.find((seat) => seat.tab === tab);
    if (!seat || user === null) return;
    if (method === "GET") {
      // A reading that a person has asked for begins even if the page is hidden in the meantime.
      const isShown = tab.document.visibilityState === "visible" || !headers.has("messages-trigger");
      assert.ok(isShown && !seat.isAway, `(f) ${path} of a hidden page`);
      assert.ok(tab.navigator.onLine, `(f) ${path} of a page that is offline`);
    }
    const upTo = /up_to=(-?\d+)/.exec(path);
    if (upTo) assert.ok(Number(upTo[1]) <= seat.shown, `(d) ${path}, and ${seat.shown} was shown`);
    if (path.startsWith("stream/")) assert.ok(headers.get("last-event-id"), "(c) the stream continues");
  }

  async play(steps) {
    if (this.isQuiet) await this.#pass(1000);
    for (let step = 0; step < steps; step += 1) {
      const { random } = this;
      const seat = random.pick(this.seats);
      if (random.chance(0.5)) this.#act(seat);
      else if (this.isQuiet) continue;
      else if (random.chance(0.6)) this.#change();
      else this.#disturb(seat);
      const time = random.pick([0, 10, 100, 450, 1000, 3000, random.chance(0.3) ? 70_000 : 5000]);
      await this.#pass(random.below(time + 1));
      for (const seat of this.seats) if (!seat.tab.isFrozen) seat.check();
      const streams = [...this.server.streams].filter(({ tab }) => !tab.isFrozen);
      assert.ok(streams.length <= 1, `(e) ${streams.length} streams`);
    }
  }

  /** Something that a user does. */
  #act(seat) {
    if (!seat.isVisible) return;
    const { random } = this;
    const { client } = seat;
    const { messages, fresh, status } = client.snapshot();
    if (status === "signed-out") return;
    const all = ids([...messages, ...fresh]);
    const some = all.filter(() => random.chance(0.3));
    const mayNotBeTold = () => {};
    // A reading and the events may tell of the same changes at different times, so a quiet game has no further reading.
    switch (this.isQuiet ? random.pick([0, 2, 4, 7]) : random.below(11)) {
      case 0:
      case 1:
        return some.length && seat.do("read", some, () => client.read(some));
      case 2:
        return some.length && seat.do("unread", some, () => client.unread(some[0]) && client.unread(some));
      case 3: {
        const upTo = random.chance(0.5) ? Infinity : random.pick(all);
        const these = ids(messages).filter((id) => id <= upTo);
        if (!client.snapshot().can.has("mark-selection-read")) return;
        return upTo && seat.do("read", these, () => client.read({ upTo }));
      }
      case 4:
      case 5: {
        const [id] = some;
        if (!id) return;
        return seat.do("gone", [id], (forget) => {
          const isRemoval = random.chance(0.5);
          const undoable = isRemoval ? client.remove(id) : client.archive(id);
          seat.undoable.push({ undoable, forget, id });
          if (!isRemoval || random.chance(0.3)) return undoable.send();
          // If the request fails later, no promise tells it.
          client.addEventListener("problem", forget, { once: true });
          return Promise.resolve();
        });
      }
      case 6: {
        const { undoable, id } = seat.undoable.pop() ?? {};
        if (undoable) this.touch([id]);
        return undoable?.undo().catch(mayNotBeTold);
      }
      case 7:
        client.admit();
        seat.look();
        return client.seen().catch(mayNotBeTold);
      case 8:
        return client.more().catch(mayNotBeTold);
      case 9:
        return client.refresh().catch(mayNotBeTold);
      default: {
        seat.release();
        seat.release();
        seat.release = client.connect({ list: this.isQuiet || random.chance(0.8) });
      }
    }
  }

  /** Something that another program does. */
  #change() {
    const { random, server } = this;
    const user = this.browser.user ?? "alice";
    const all = [...server.box(user).messages.keys()];
    const some = all.filter(() => random.chance(0.2));
    const kind = random.below(10);
    if (kind < 4) return this.#send();
    if (kind < 8) {
      this.touch(some);
      return server.change(user, random.pick(["read", "unread", "deleted", "tagged"]), some);
    }
    this.touch(["all"]);
    if (kind === 8) {
      for (let number = 0; number < 40; number += 1) this.#send();
      return server.change(user, "deleted", all.concat([...server.box(user).messages.keys()].slice(-35)));
    }
    return server.changeUnseen(user, (messages) => {
      const id = (this.clock.now - 86_400_000) * 1000 + messages.size;
      if (random.chance(0.5)) messages.delete(random.pick(all));
      else messages.set(id, { id, message: user, level: 30, level_tag: "warning", extra_tags: [], view: "", read_at: null });
    });
  }

  /** Something that happens to the page, the network, the server or the session. */
  #disturb(seat) {
    const { random, server, browser } = this;
    const { tab } = seat;
    switch (random.below(12)) {
      case 0:
      case 1:
        if (!tab.isFrozen && !seat.isAway) tab.show(tab.document.visibilityState === "hidden");
        return;
      case 2:
        if (tab.isFrozen) return tab.thaw();
        if (seat.isAway) tab.comeBack();
        else tab.hide();
        seat.isAway = !seat.isAway;
        return;
      case 3:
        if (seat.isAway) return;
        return tab.isFrozen ? tab.thaw() : tab.freeze();
      case 4:
        if (!tab.isFrozen) tab.setOnline(!tab.navigator.onLine);
        return;
      case 5:
        return this.seats.length < 5 && this.#open();
      case 6:
        if (this.seats.length < 2) return;
        seat.tab.close();
        this.seats = this.seats.filter((other) => other !== seat);
        return;
      case 7:
        server.endStreams(random.chance(0.5) ? new TypeError("cut") : undefined);
        return;
      case 8:
        server.silence();
        return;
      case 9:
        return random.chance(0.4) ? this.#signIn(random.pick(["alice", "bob", null])) : undefined;
      default: {
        const fault = random.pick(["network", "lost", "html", status(503, 1), status(503), status(429, 7), status(500)]);
        const probability = random.pick([0, 0.2, 1]);
        this.#faults = () => (random.chance(probability) ? fault : undefined);
      }
    }
  }

  #signIn(user) {
    const { browser, server } = this;
    if (browser.user === user) return;
    this.session += 1;
    server.endStreams();
    server.refusal = this.random.pick([401, 403, "redirect"]);
    browser.user = user;
    if (user) this.owners.add(user);
    this.touch(["all"]);
  }

  /** Everything works again, nothing happens any more, and all clients must show what the server has. */
  async rest() {
    const { server, browser, seats } = this;
    this.#faults = () => undefined;
    if (browser.user === null) this.#signIn("alice");
    for (const seat of seats) {
      const { tab } = seat;
      tab.thaw();
      if (seat.isAway) tab.comeBack();
      seat.isAway = false;
      tab.setOnline(true);
      tab.show(true);
    }
    // A probe that has failed is repeated when the page becomes visible again.
    await this.#pass(60_000);
    for (const { tab } of seats) tab.show(false);
    for (const { tab } of seats) tab.show(true);
    for (const { client, undoable } of seats) for (const one of undoable) one.undoable.send().catch(() => {});
    for (const seat of seats) seat.release = [seat.client.connect(), seat.release][0];
    await this.#pass(700_000);
    const mayStream = server.can.includes("stream") && (this.options.live ?? "auto") === "auto";
    if (mayStream && server.streams.size === 0) await this.#pass(6000); // it has just ended
    this.owners = new Set([browser.user]);
    for (const seat of seats) {
      seat.check();
      const { status, messages, fresh, more, count, unseen, maxLevel, maxLevelTag, pending, can } = seat.client.snapshot();
      const shown = [...fresh, ...messages];
      const inbox = server.inboxOf(browser.user, this.filter, shown.length);
      const all = server.inboxOf(browser.user, this.filter, 100_000);
      assert.equal(status, "ready");
      assert.equal(pending, 0);
      assert.deepEqual(ids(shown), ids(inbox.results), "(c) at rest, the list is that of the server");
      assert.deepEqual(shown, inbox.results, "(a), (c) at rest, the list is that of the server");
      // The client does not read the list again if messages are deleted that it does not show.
      assert.ok(more || all.results.length === shown.length, "(c) no older message is lost");
      const { summary } = inbox;
      const seen = { count, unseen, max_level: maxLevel, max_level_tag: maxLevelTag };
      assert.deepEqual(seen, { unseen: summary.count, ...summary }, "(b) at rest, the summary is that of the server");
      assert.deepEqual([...can], inbox.can);
    }
    assert.equal(server.streams.size, mayStream ? 1 : 0, "(e) one stream");
    for (const { client } of seats) assert.equal(client.snapshot().live, mayStream);
  }
}

const status = (status, seconds) => ({ status, headers: seconds ? { "retry-after": String(seconds) } : {} });

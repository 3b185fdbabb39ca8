// A model of the endpoints, with the wire format of the server, and the faults of servers, proxies and networks.

import { createHash } from "node:crypto";

const NAMES = { 10: "debug", 20: "info", 25: "success", 30: "warning", 40: "error" };
const ALL = ["delete", "delete-unread", "delete-selection", "stream", "seen", "archive", "restore"].concat(
  ["mark-read", "mark-unread", "mark-selection-read", "mark-selection-unread"],
);

/** More changes than this are told as `resync`. */
const MOST_CHANGES = 64;

const encoder = new TextEncoder();

/** The messages of a user. */
class Box {
  messages = new Map();
  archive = new Map();
  seen = -1;
  version = 1;
  /** The changes, in their order. */
  log = [];

  constructor(user) {
    this.key = `key-${user}`;
  }
}

export class Server {
  can = ALL;
  /** The response to a request without a user: 401, 403, or `redirect`. */
  refusal = 403;
  heartbeat = [20_000, 25_000];
  duration = [480_000, 600_000];
  latency = [1, 40];
  /** The time until a stream tells of a change. */
  delay = [0, 120];
  /** All requests: `{at, method, path, headers, tab}`. */
  requests = [];
  streams = new Set();
  /** The most streams of pages that are not frozen, at the same time. */
  mostStreams = 0;
  /** Returns the fault of a request: `network`, `lost`, `html`, `empty`, or `{status, headers, body}`. */
  fault = () => undefined;
  /** Is called with the tab and the ids of a request that changes messages. */
  onChange = () => {};
  clockOffset = 0;
  #boxes = new Map();
  #lastId = 0;

  constructor(clock, random) {
    Object.assign(this, { clock, random });
  }

  box(user) {
    if (!this.#boxes.has(user)) this.#boxes.set(user, new Box(user));
    return this.#boxes.get(user);
  }

  count(pattern) {
    return this.requests.filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;
  }

  // ---- Changes by other programs

  send(user, { level = 20, text = "text", tags = [] } = {}) {
    const id = (this.#lastId = Math.max(this.#lastId + 1, this.clock.now * 1000));
    const created = new Date(id / 1000).toISOString();
    const state = { level, level_tag: NAMES[level] ?? "", extra_tags: tags, view: "", read_at: null, created };
    this.box(user).messages.set(id, { id, message: text, ...state });
    this.#tell(user, { name: "message", ids: [id] });
    return id;
  }

  /** Changes messages, and returns the number of those that were changed. */
  change(user, name, ids) {
    const box = this.box(user);
    const read_at = new Date(this.clock.now).toISOString();
    const changed = ids.filter((id) => {
      const message = box.messages.get(id);
      if (!message) return false;
      if (name === "read") return message.read_at === null && box.messages.set(id, { ...message, read_at });
      if (name === "unread") return message.read_at !== null && box.messages.set(id, { ...message, read_at: null });
      if (name === "tagged") return box.messages.set(id, { ...message, extra_tags: [`tag-${this.random.below(9)}`] });
      return box.messages.delete(id);
    });
    if (changed.length) this.#tell(user, { name, ids: changed, read_at });
    return changed.length;
  }

  /** Changes messages in a way of which the streams know only that it happened. */
  changeUnseen(user, change) {
    change(this.box(user).messages);
    this.#tell(user, { name: "resync", ids: [] });
  }

  // ---- Requests

  fetch(tab, url, { method = "GET", headers = {}, signal, redirect, credentials, cache } = {}) {
    const { pathname, search, origin } = new URL(url);
    const path = pathname.replace("/messages/", "") + search;
    const all = new Headers(headers);
    const request = { at: this.clock.now, method, path, headers: all, tab, user: tab.browser.user, credentials, cache };
    this.requests.push(request);
    return new Promise((resolve, reject) => {
      const fail = () => reject(new TypeError("Failed to fetch"));
      if (signal?.aborted) return fail();
      signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      if (origin !== "https://site.test" || !tab.navigator.onLine) return fail();
      const fault = this.fault(request);
      const answer = () => {
        if (fault === "network") return fail();
        if (signal?.aborted && method === "GET") return;
        const response = this.#answer(request, fault, redirect, signal);
        if (fault === "lost") return this.clock.set(fail, 5, tab);
        this.clock.set(() => (tab.navigator.onLine ? resolve(response) : fail()), this.random.between(...this.latency), tab);
      };
      this.clock.set(answer, this.random.between(...this.latency));
    });
  }

  #answer(request, fault, redirect, signal) {
    const { method, path, user } = request;
    if (fault === "html") return new Response("<h1>Hello</h1>", { headers: { "content-type": "text/html" } });
    if (fault === "empty") return new Response(null, { status: 204 });
    if (fault?.status) return json(fault.body ?? { detail: "Refused." }, fault.status, fault.headers);
    if (!user) {
      if (this.refusal === "redirect" && redirect === "manual") {
        return { type: "opaqueredirect", status: 0, ok: false, headers: new Headers(), body: null };
      }
      if (this.refusal === "redirect") return new Response("<h1>Sign in</h1>");
      return json({ detail: "Authentication credentials were not provided." }, this.refusal);
    }
    const [name, query] = path.split("?");
    const parameters = new URLSearchParams(query);
    const box = this.box(user);
    const date = { date: new Date(this.clock.now + this.clockOffset).toUTCString() };
    if (name === "inbox/") return this.#inbox(box, request, parameters, date);
    if (name === "stream/") return this.#stream(request, parameters, signal);
    if (name === "seen/") {
      box.seen = Math.max(box.seen, Math.min(Number(parameters.get("up_to")), Math.max(-1, ...box.messages.keys())));
      this.#tell(user, null);
      return json({ seen: box.seen });
    }
    const [, id, action] = /^(-?\d+)\/(\w+)?/.exec(name) ?? [];
    const selected = id ? [Number(id)] : this.#select(box, parameters);
    const verb = method === "DELETE" ? "deleted" : (action ?? name.slice(0, -1));
    const needed = { deleted: "delete", read: "mark-read", unread: "mark-unread" }[verb] ?? verb;
    const needs = id ? needed : needed.replace("mark-", "mark-selection-").replace(/^delete$/, "delete-selection");
    if (!this.can.includes(needs)) return json({ detail: "Not found." }, 404);
    this.onChange(request.tab, selected);
    if (verb === "restore") return this.#restore(user, box, selected);
    const existing = selected.filter((one) => box.messages.has(one));
    if (id && existing.length === 0) return json({ detail: "No Message matches the given query." }, 404);
    const mayDelete = (one) => this.can.includes("delete-unread") || box.messages.get(one).read_at !== null;
    if (verb === "deleted" && id && !mayDelete(existing[0])) return json({ detail: "unread" }, 403);
    if (verb === "archive") for (const one of existing) box.archive.set(one, box.messages.get(one));
    const changed = verb === "deleted" ? existing.filter(mayDelete) : existing;
    const count = this.change(user, verb === "archive" ? "deleted" : verb, changed);
    return verb === "deleted" && id ? new Response(null, { status: 204 }) : json({ count });
  }

  #restore(user, box, ids) {
    const archived = ids.filter((id) => box.archive.has(id));
    if (archived.length === 0) return json({ detail: "No Message matches the given query." }, 404);
    this.changeUnseen(user, (messages) => {
      for (const id of archived) messages.set(id, box.archive.get(id));
    });
    for (const id of archived) box.archive.delete(id);
    return json({ count: archived.length });
  }

  #select(box, parameters) {
    const matching = [...box.messages.values()].filter((message) => matches(message, parameters)).map(({ id }) => id);
    const ids = parameters.get("ids")?.split(",").map(Number);
    const upTo = parameters.get("up_to");
    return matching.filter((id) => (!ids || ids.includes(id)) && (!upTo || id <= Number(upTo)));
  }

  /** The JSON that a request without `before` gets. */
  inboxOf(user, filter = "", limit = 1000) {
    return this.#page(this.box(user), new URLSearchParams(filter), limit, Infinity);
  }

  #page(box, parameters, limit, before) {
    const matching = [...box.messages.values()].filter((message) => matches(message, parameters));
    const sorted = matching.sort((one, other) => other.id - one.id);
    const older = sorted.filter(({ id }) => id < before);
    const results = older.slice(0, limit);
    const summary = this.#summary(box, matching);
    return { mailbox: box.key, results, more: limit > 0 && older.length > limit, summary, can: this.can };
  }

  #summary(box, matching) {
    const unread = matching.filter(({ read_at }) => read_at === null);
    const max_level = unread.length ? Math.max(...unread.map(({ level }) => level)) : null;
    const unseen = this.can.includes("seen") && { unseen: unread.filter(({ id }) => id > box.seen).length };
    return { count: unread.length, ...unseen, max_level, max_level_tag: NAMES[max_level] ?? "" };
  }

  #inbox(box, { headers }, parameters, date) {
    const limit = Number(parameters.get("limit") ?? 10);
    const body = this.#page(box, parameters, limit, Number(parameters.get("before") ?? Infinity));
    const etag = `W/"${createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 22)}"`;
    if (headers.get("if-none-match") === etag) return new Response(null, { status: 304, headers: { etag, ...date } });
    return json({ at: position(box), ...body }, 200, { etag, ...date });
  }

  // ---- The stream

  #tell(user, change) {
    const box = this.box(user);
    if (change) box.log.push(change);
    if (change && change.name !== "message") box.version += 1;
    for (const stream of this.streams) {
      if (stream.user === user) this.clock.set(() => this.#pump(stream), this.random.between(...this.delay));
    }
  }

  #stream(request, parameters, signal) {
    const { user, tab, headers } = request;
    if (!this.can.includes("stream")) return json({ detail: "Not found." }, 404);
    const box = this.box(user);
    const [, after, proof] = /^(-?\d+)(?:-(\d+))?$/.exec(headers.get("last-event-id") ?? parameters.get("after") ?? "") ?? [];
    const start = after === undefined ? Math.max(0, ...box.messages.keys()) : Number(after);
    const stream = { user, tab, box, parameters, cursor: box.log.length, last: "", queue: Promise.resolve(), isOpen: true };
    const body = new ReadableStream({ start: (controller) => (stream.controller = controller) });
    this.streams.add(stream);
    signal?.addEventListener("abort", () => {
      stream.isSilent = false;
      this.#end(stream);
      stream.controller.error(new DOMException("aborted", "AbortError"));
    });
    this.mostStreams = Math.max(this.mostStreams, [...this.streams].filter(({ tab }) => !tab.isFrozen).length);
    const first = [...box.messages.values()].filter(({ id }) => id > start).map(({ id }) => id).sort((a, b) => a - b);
    const isProven = after !== undefined && Number(proof) === box.version;
    this.#write(stream, `retry: ${this.random.between(2000, 5000)}\n`);
    first.forEach((id) => this.#writeMessage(stream, id));
    this.#writeSummary(stream, isProven);
    if (after !== undefined && !isProven) this.#writeEvent(stream, "resync", {}, true);
    const beat = () => {
      if (!stream.isOpen) return;
      stream.last = "";
      this.#pump(stream);
      this.clock.set(beat, this.random.between(...this.heartbeat));
    };
    this.clock.set(beat, this.random.between(...this.heartbeat));
    this.clock.set(() => this.#end(stream), this.random.between(...this.duration));
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  /** Tells a stream of everything that has happened. */
  #pump(stream) {
    if (!stream.isOpen) return;
    const { box, parameters } = stream;
    const changes = box.log.slice(stream.cursor);
    stream.cursor = box.log.length;
    const isMuch = changes.flatMap(({ ids }) => ids).length > MOST_CHANGES;
    for (const { name, ids, read_at } of changes) {
      if (name === "message") for (const id of ids) this.#writeMessage(stream, id);
      else if (isMuch || name === "resync") this.#writeEvent(stream, "resync", {});
      else {
        const loose = new URLSearchParams(
          [...parameters].filter(([key]) => key !== "unread" && (key !== "extra_tags" || name !== "tagged")),
        );
        const named = ids.filter((id) => name === "deleted" || !box.messages.has(id) || matches(box.messages.get(id), loose));
        if (named.length) this.#writeEvent(stream, name, { ids: named, ...(name === "read" && { read_at }) });
      }
    }
    this.#writeSummary(stream, true);
  }

  #writeMessage(stream, id) {
    const message = stream.box.messages.get(id);
    if (message && matches(message, stream.parameters)) this.#writeEvent(stream, "", message);
  }

  #writeSummary(stream, isProven) {
    const { box, parameters } = stream;
    const matching = [...box.messages.values()].filter((message) => matches(message, parameters));
    const summary = JSON.stringify({ ...this.#summary(box, matching), mailbox: box.key });
    if (summary === stream.last) return;
    stream.last = summary;
    this.#writeEvent(stream, "summary", summary, isProven);
  }

  #writeEvent(stream, name, data, isProven = false) {
    const id = isProven ? position(stream.box) : position(stream.box).split("-")[0];
    const text = typeof data === "string" ? data : JSON.stringify(data);
    this.#write(stream, `id: ${id}\n${name && `event: ${name}\n`}data: ${text}\n\n`);
  }

  /** Sends a text in pieces that end anywhere. */
  #write(stream, text) {
    const bytes = encoder.encode(text);
    for (let start = 0; start < bytes.length; ) {
      const end = this.random.chance(0.7) ? bytes.length : start + this.random.between(1, bytes.length - start);
      const piece = bytes.slice(start, end);
      this.clock.set(() => stream.isOpen && !stream.isSilent && stream.controller.enqueue(piece), 1, stream.tab);
      start = end;
    }
  }

  #end(stream, error) {
    if (!stream.isOpen) return;
    stream.isOpen = false;
    this.streams.delete(stream);
    if (stream.isSilent) return;
    if (error) return stream.controller.error(error);
    this.clock.set(() => {
      try {
        stream.controller.close();
      } catch {
        // The tab has ended the stream itself.
      }
    }, 0, stream.tab);
  }

  /** Ends the streams of a user, as when the session ends. */
  endStreams(error) {
    for (const stream of [...this.streams]) this.#end(stream, error);
  }

  /** Ends the connections of a tab. */
  disconnect(tab) {
    for (const stream of [...this.streams]) if (stream.tab === tab) this.#end(stream);
  }

  /** Stops to send anything, without closing the connection. */
  silence() {
    for (const stream of this.streams) stream.isSilent = true;
  }
}

const position = (box) => `${Math.max(0, ...box.messages.keys())}-${box.version}`;

function matches(message, parameters) {
  const least = parameters.get("level__gte");
  const unread = parameters.get("unread");
  const tag = parameters.get("extra_tags");
  return (
    (!least || message.level >= Number(least)) &&
    (!unread || (message.read_at === null) === (unread === "true")) &&
    (!tag || message.extra_tags.includes(tag))
  );
}

function json(body, status = 200, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

// actix-messages: the client of the inbox. Its source, with comments, is in bell/client.
function eventParser(onBlock, onRetry) {
  const decoder = new TextDecoder();
  let rest = "";
  let endsWithReturn = false;
  let id = "";
  let name = "";
  let data = [];
  const endBlock = () => {
    if (data.length > 0) onBlock({ id, name: name || "message", data: data.join("\n") });
    name = "";
    data = [];
  };
  const take = (line) => {
    if (line === "") return endBlock();
    const [, field, value = ""] = (/^([^:]*)(?:: ?(.*))?$/s.exec(line));
    if (field === "data") data.push(value);
    if (field === "event") name = value;
    if (field === "id" && !value.includes("\0")) id = value;
    if (field === "retry" && /^\d+$/.test(value)) onRetry(Number(value));
  };
  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true });
    if (text === "") return;
    if (endsWithReturn && text.startsWith("\n")) text = text.slice(1);
    endsWithReturn = text.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = (lines.pop());
    lines.forEach(take);
  };
}
const CLOCK_TOLERANCE = 2000;
const LONGEST_REQUEST = 20_000;
export class Problem extends Error {
  constructor(status, detail, retryAfter = 0) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
  get isTransient() {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}
class Requests {
  clockOffset = 0;
  #known = new Map();
  #readings = new Set();
  constructor({ base, filter, headers, credentials, fetch }) {
    this.base = base;
    this.filter = filter;
    this.headers = headers;
    this.credentials = credentials;
    this.fetch = fetch;
  }
  query(parameters) {
    const own = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    return [...(this.filter ? [this.filter] : []), ...own].join("&");
  }
  async send(method, path, { isBackground, keepalive = false, headers = {}, signal } = {}) {
    const fetch = this.fetch ?? globalThis.fetch;
    let response;
    try {
      const all = new Headers(await this.headers?.());
      all.set("accept", "application/json");
      if (isBackground) all.set("messages-trigger", "background");
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      const { credentials } = this;
      const options = { method, headers: all, credentials, keepalive, signal };
      response = await fetch(new URL(path, this.base).href, { ...options, cache: "no-store", redirect: "manual" });
    } catch {
      throw new Problem(0, "The server can't be reached.");
    }
    const { type, status, ok } = response;
    if (type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304)) {
      throw new Problem(401, "The server redirects the request, probably to a sign-in page.");
    }
    if (ok || status === 304) return response;
    const seconds = retryAfter(response.headers.get("retry-after"));
    throw new Problem(status, detailOf(await response.json().catch(() => null)) || `Error ${status}`, seconds);
  }
  openStream(position, signal) {
    const headers = { accept: "text/event-stream", "last-event-id": position };
    return this.send("GET", this.filter ? `stream/?${this.filter}` : "stream/", { isBackground: true, headers, signal });
  }
  async change(method, path) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), LONGEST_REQUEST);
    try {
      const { status, headers } = await this.send(method, path, { keepalive: true, signal: abort.signal });
      const isJson = headers.get("content-type")?.startsWith("application/json");
      if (status !== 204 && !isJson) throw new Problem(status, "The response is not JSON.");
    } finally {
      clearTimeout(timer);
    }
  }
  async readInbox(parameters, isBackground) {
    const query = this.query(parameters);
    const abort = new AbortController();
    this.#readings.add(abort);
    const timer = setTimeout(() => abort.abort(), LONGEST_REQUEST);
    const known = this.#known.get(query);
    try {
      const headers = known && { "if-none-match": known.etag };
      const sentAt = Date.now();
      const options = { isBackground, headers, signal: abort.signal };
      const response = await this.send("GET", `inbox/?${query}`, options);
      this.#compareClocks(response.headers.get("date"), sentAt);
      if (response.status === 304 && known) return known.body;
      const body = await response.json().catch((error) => {
        throw error instanceof SyntaxError ? new Problem(response.status, "The response is not JSON.") : error;
      });
      if (typeof body?.mailbox !== "string") throw new Problem(response.status, "The response is not an inbox.");
      const etag = response.headers.get("etag");
      this.#known.delete(query);
      if (etag) this.#known.set(query, { etag, body });
      if (this.#known.size > 2) this.#known.delete((this.#known.keys().next().value));
      return body;
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0, "The connection broke.");
    } finally {
      clearTimeout(timer);
      this.#readings.delete(abort);
    }
  }
  #compareClocks(date, sentAt) {
    const offset = Date.parse(date ?? "") + 500 - (sentAt + Date.now()) / 2;
    if (Math.abs(offset - this.clockOffset) > CLOCK_TOLERANCE) this.clockOffset = offset;
  }
  abortReadings() {
    for (const abort of this.#readings) abort.abort();
  }
  forget() {
    this.abortReadings();
    this.#known.clear();
  }
}
function detailOf(body) {
  if (typeof body?.detail === "string") return body.detail;
  return Object.values(body ?? {}).flat().filter((text) => typeof text === "string").join(" ");
}
function retryAfter(value) {
  if (!value) return 0;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : 0;
}
const isUnread = (message) => Boolean(message) && message?.read_at === null;
class Mailbox {
  key = "";
  isListed = false;
  more = false;
  count = 0;
  unseen = null;
  maxLevel = null;
  maxLevelTag = "";
  isLevelOld = false;
  unseenFrom = null;
  can = new Set();
  messages = new Map();
  copy() {
    return Object.assign(new Mailbox(), this, { messages: new Map(this.messages) });
  }
  list() {
    return [...this.messages.values()].sort((one, other) => other.id - one.id);
  }
  unread() {
    return this.list().filter(isUnread);
  }
  summarise({ count, unseen, max_level, max_level_tag }) {
    this.count = count;
    this.unseen = unseen ?? null;
    this.maxLevel = max_level;
    this.maxLevelTag = max_level_tag;
    this.isLevelOld = false;
    this.unseenFrom = null;
  }
  replace(messages, more) {
    this.messages = new Map(messages.map((message) => [message.id, reuse(this.messages.get(message.id), message)]));
    this.more = more;
    this.isListed = true;
    this.unseenFrom = null;
  }
  extend(messages, more) {
    this.replace([...this.messages.values(), ...messages], more);
  }
  put(message) {
    this.change(message.id, reuse(this.messages.get(message.id), message));
  }
  change(id, next) {
    const old = this.messages.get(id);
    const was = isUnread(old);
    const is = isUnread(next);
    const isUnseen = id >= (this.unseenFrom ??= this.#findUnseen());
    if (next) this.messages.set(id, Object.freeze(next));
    else this.messages.delete(id);
    if (was === is) return;
    const step = is ? 1 : -1;
    this.count = Math.max(0, this.count + step);
    const { unseen } = this;
    if (unseen !== null) this.unseen = Math.max(0, Math.min(this.count, isUnseen ? unseen + step : unseen));
    this.isLevelOld = true;
  }
  mark(ids, readAt, isTold = false) {
    for (const id of ids) {
      const message = this.messages.get(id);
      const isChange = isUnread(message) !== (readAt === null) || (isTold && message?.read_at !== readAt);
      if (message && isChange) this.change(id, { ...message, read_at: readAt });
    }
  }
  markUpTo(upTo, readAt) {
    this.mark([...this.messages.keys()].filter((id) => id <= upTo), readAt);
    const reachesOlder = this.more && [...this.messages.keys()].some((id) => id <= upTo);
    if (readAt === null || !reachesOlder) return;
    this.count = this.unread().length;
    if (this.unseen !== null) this.unseen = Math.min(this.unseen, this.count);
    this.isLevelOld = true;
  }
  see(upTo) {
    const later = this.unread().filter(({ id }) => id > upTo).length;
    if (this.unseen !== null) this.unseen = Math.min(this.unseen, later);
    this.unseenFrom = null;
  }
  #findUnseen() {
    if (this.unseen === 0) return Math.max(-Infinity, ...this.messages.keys()) + 1;
    return this.unread()[(this.unseen ?? 0) - 1]?.id ?? -Infinity;
  }
  updateLevel() {
    if (!this.isLevelOld) return;
    const unread = this.unread();
    const isComplete = unread.length >= this.count;
    if (isComplete) {
      this.maxLevel = null;
      this.maxLevelTag = "";
    }
    for (const { level, level_tag } of unread) {
      if (this.maxLevel === null || level > this.maxLevel) {
        this.maxLevel = level;
        this.maxLevelTag = level_tag;
      }
    }
  }
}
function reuse(old, next) {
  return old && JSON.stringify(old) === JSON.stringify(next) ? old : Object.freeze(next);
}
const GATHER = 400;
const MOST_IDS = 100;
const LONGEST_DELAY = 2000;
const LONGEST_RETRY = 60_000;
const effects = {
  read: (mailbox, { ids, upTo, at }) => (upTo === null ? mailbox.mark(ids, at) : mailbox.markUpTo(upTo, at)),
  unread: (mailbox, { ids, upTo }) => (upTo === null ? mailbox.mark(ids, null) : mailbox.markUpTo(upTo, null)),
  remove: (mailbox, { ids }) => ids.forEach((id) => mailbox.change(id, null)),
  archive: (mailbox, { ids }) => ids.forEach((id) => mailbox.change(id, null)),
  restore: (mailbox, { message }) => {
    if (message && !mailbox.messages.has(message.id)) mailbox.change(message.id, message);
  },
  seen: (mailbox, { upTo }) => mailbox.see((upTo)),
};
class Operations {
  #all = [];
  #isSending = false;
  #gathering;
  #retryNow = null;
  constructor(options) {
    this.options = options;
  }
  get pending() {
    return this.#all.filter(({ state }) => state !== "done").length;
  }
  applyTo(mailbox) {
    const shown = mailbox.copy();
    for (const operation of this.#all) effects[operation.kind](shown, operation);
    shown.updateLevel();
    return shown;
  }
  add(kind, { ids = [], upTo, message, isHeld = false }) {
    const last = this.#all.findLast(({ state }) => state === "waiting" || state === "sent");
    const isMark = (kind === "read" || kind === "unread") && upTo === undefined;
    const all = new Set([...(last?.ids ?? []), ...ids]);
    if (isMark && last?.kind === kind && last.upTo === null && last.state === "waiting" && last.since === null) {
      if (all.size <= MOST_IDS) {
        last.ids = [...all];
        this.options.onChange();
        return last;
      }
    }
    const operation = newOperation(kind, ids, upTo ?? null, message);
    operation.state = isHeld ? "held" : "waiting";
    this.#all.push(operation);
    this.options.onChange();
    if (!isMark && !isHeld) this.#sendAll();
    if (isMark && this.#gathering === undefined) this.#gathering = setTimeout(() => this.#sendAll(), GATHER);
    return operation;
  }
  takeBack(operation) {
    if (operation.since !== null || !this.#drop(operation)) return false;
    operation.resolve();
    return true;
  }
  release() {
    for (const operation of this.#all) if (operation.state === "held") operation.state = "waiting";
    this.#sendAll();
  }
  hurry() {
    this.#sendAll();
  }
  releaseNow() {
    for (const operation of this.#all) if (operation.state !== "done") operation.sending ??= this.#send(operation);
    this.#sendAll();
  }
  retry() {
    this.#retryNow?.();
  }
  settle(mailbox, isTold) {
    const staying = [];
    this.#all = this.#all.filter((operation) => {
      const { state, kind, ids } = operation;
      const isCovered = staying.some((earlier) => ids.some((id) => earlier.ids.includes(id) || id <= (earlier.upTo ?? -Infinity)));
      if (state === "done" && isTold(operation) && !isCovered) {
        effects[kind](mailbox, operation);
        return false;
      }
      if (kind !== "seen") staying.push(operation);
      return true;
    });
  }
  isUnsettled(operation) {
    return this.#all.includes(operation) && operation.kind !== "seen";
  }
  clear(problem) {
    const all = this.#all;
    this.#all = [];
    for (const operation of all) if (operation.state !== "done") operation.reject(problem);
    this.#retryNow?.();
  }
  #drop(operation) {
    const before = this.#all.length;
    this.#all = this.#all.filter((other) => other !== operation);
    if (this.#all.length < before) this.options.onChange();
    return this.#all.length < before;
  }
  async #sendAll() {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#isSending) return;
    this.#isSending = true;
    let next;
    while ((next = this.#all.find(({ state }) => state === "waiting" || state === "sent"))) {
      next.sending ??= this.#send(next);
      const delay = await next.sending;
      next.sending = null;
      if (delay) await this.#wait(delay);
    }
    this.#isSending = false;
  }
  async #send(operation) {
    operation.state = "sent";
    operation.since ??= Date.now();
    operation.attempts += 1;
    try {
      for (const step of await this.options.steps(operation)) {
        await this.options.send(step).catch((problem) => {
          if (problem.status !== 404 || !step.mayBeGone) throw problem;
        });
      }
      if (this.#all.includes(operation)) {
        operation.state = "done";
        operation.resolve();
        this.options.onDone(operation);
        setTimeout(() => this.isUnsettled(operation) && this.options.onUntold(), LONGEST_DELAY);
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!this.#all.includes(operation)) return 0;
      const left = operation.since + LONGEST_RETRY - Date.now();
      const required = 1000 * error.retryAfter;
      if (error.isTransient && left > required) {
        operation.state = "waiting";
        return Math.min(left, Math.max(required, Math.min(15_000, 1000 * 2 ** (operation.attempts - 1))));
      }
      this.#drop(operation);
      operation.reject(error);
      this.options.onProblem(error);
    }
    return 0;
  }
  async #wait(delay) {
    await new Promise((resolve) => {
      this.#retryNow = () => resolve(undefined);
      setTimeout(resolve, delay);
    });
    this.#retryNow = null;
  }
}
function newOperation(kind, ids, upTo, message) {
  let resolve = () => {};
  let reject = () => {};
  const promise = new Promise((onDone, onProblem) => [resolve, reject] = [onDone, onProblem]);
  promise.catch(() => {});
  const progress = { since: null, attempts: 0, answeredAt: 0, sending: null };
  const at = new Date().toISOString();
  return { kind, ids, upTo, message, at, state: "waiting", ...progress, promise, resolve, reject };
}
const post = (path) => ({ method: "POST", path });
const postOne = (path) => ({ ...post(path), mayBeGone: true });
const may = ({ can }, ...actions) => actions.some((action) => can.has(action));
const mayMark = (mailbox, kind) => may(mailbox, `mark-${kind}`, `mark-selection-${kind}`);
const mustMark = (mailbox, id) => !may(mailbox, "delete-unread") && !mailbox.messages.get(id)?.read_at;
const mayRemove = (mailbox, id) =>
  may(mailbox, "delete", "delete-selection") && (!mustMark(mailbox, id) || mayMark(mailbox, "read"));
function stepsOf({ kind, ids, upTo }, mailbox, query) {
  const [id] = ids;
  switch (kind) {
    case "seen":
      return [post(`seen/?up_to=${upTo}`)];
    case "archive":
      return may(mailbox, kind) ? [postOne(`${id}/archive/`)] : [];
    case "restore":
      return may(mailbox, kind) ? [post(`${id}/restore/`)] : [];
    case "read":
    case "unread":
      if (upTo !== null) return [post(`${kind}/?${query({ up_to: upTo })}`)];
      if (may(mailbox, `mark-selection-${kind}`)) return [post(`${kind}/?ids=${ids}`)];
      return may(mailbox, `mark-${kind}`) ? ids.map((one) => postOne(`${one}/${kind}/`)) : [];
    case "remove": {
      if (!mayRemove(mailbox, id)) return [];
      const deletion = { method: "DELETE", path: may(mailbox, "delete") ? `${id}/` : `?ids=${id}`, mayBeGone: true };
      if (!mustMark(mailbox, id)) return [deletion];
      return [postOne(may(mailbox, "mark-read") ? `${id}/read/` : `read/?ids=${id}`), deletion];
    }
  }
}
class Inbox {
  mailbox = new Mailbox();
  isListStale = true;
  admitted = null;
  #newest = -Infinity;
  constructor({ filter, adapt, operations, onMessage }) {
    this.filtersState = /(^|&)(unread|read_)/.test(filter);
    this.filtersTags = /(^|&)extra_tags/.test(filter);
    this.adapt = adapt;
    this.operations = operations;
    this.onMessage = onMessage;
  }
  isOfAnother(key) {
    return this.mailbox.key !== "" && key !== this.mailbox.key;
  }
  forget() {
    this.mailbox = new Mailbox();
    this.isListStale = true;
    this.admitted = null;
    this.#newest = -Infinity;
  }
  take(body, isList, began) {
    const { mailbox } = this;
    mailbox.key = body.mailbox;
    if ([...mailbox.can].join() !== body.can.join()) mailbox.can = new Set(body.can);
    this.operations.settle(mailbox, ({ answeredAt }) => answeredAt < began);
    mailbox.summarise(body.summary);
    if (!isList) return;
    const messages = this.#adaptAll(body.results);
    const isFirst = !mailbox.isListed;
    mailbox.replace(messages, body.more);
    this.isListStale = false;
    const newest = Math.max(-Infinity, ...mailbox.messages.keys());
    this.admitted ??= newest;
    if (isFirst) this.#newest = Math.max(this.#newest, newest);
    messages.reverse().forEach((message) => this.#announce(message));
  }
  extend(body) {
    this.mailbox.extend(this.#adaptAll(body.results), body.more);
  }
  apply(name, body) {
    const { mailbox } = this;
    const ids = (body?.ids ?? []);
    if (name === "summary") {
      this.operations.settle(mailbox, ({ kind }) => kind === "seen");
      mailbox.summarise(body);
    }
    if (name === "message") {
      for (const message of this.#adaptAll([body])) {
        if (this.#isInList(message)) mailbox.put(message);
        this.#announce(message);
      }
    }
    if (name === "read") mailbox.mark(ids, body.read_at, true);
    if (name === "unread") mailbox.mark(ids, null);
    if (name === "deleted") ids.forEach((id) => mailbox.change(id, null));
    const isTagged = name === "tagged" && (this.filtersTags || ids.some((id) => mailbox.messages.has(id)));
    const isMarked = (name === "read" || name === "unread") && this.filtersState;
    const isEmptied = mailbox.isListed && mailbox.more && mailbox.messages.size === 0;
    return name === "resync" || isTagged || isMarked || isEmptied;
  }
  settle() {
    const { messages } = this.mailbox;
    this.operations.settle(this.mailbox, ({ kind, ids, upTo }) => {
      if (upTo !== null) return false;
      if (kind === "restore") return true;
      const listed = ids.flatMap((id) => messages.get(id) ?? []);
      if (kind !== "read" && kind !== "unread") return listed.length === 0;
      return listed.every(({ read_at }) => (read_at === null) === (kind === "unread"));
    });
  }
  #isInList({ id }) {
    const { isListed, more, messages } = this.mailbox;
    return isListed && (!more || [...messages.keys()].some((other) => other <= id));
  }
  #announce(message) {
    if (message.id <= this.#newest) return;
    this.#newest = message.id;
    this.onMessage(message);
  }
  #adaptAll(raw) {
    return raw.flatMap((one) => {
      try {
        const message = this.adapt(one);
        return Number.isSafeInteger(message?.id) && typeof message.message === "string" ? [message] : [];
      } catch {
        return [];
      }
    });
  }
}
const LONGEST_POLL = 300_000;
const READING_GAP = 1000;
const about = (milliseconds) => milliseconds * (0.9 + 0.2 * Math.random());
class Schedule {
  isStale = false;
  toldAt = 0;
  #readAt = -Infinity;
  #failures = 0;
  #notBefore = 0;
  #jitter = 1;
  constructor(interval, polls) {
    this.interval = interval;
    this.polls = polls;
  }
  begin() {
    this.isStale = false;
    this.#readAt = this.toldAt = Date.now();
    this.#jitter = about(1);
  }
  succeed() {
    this.forgive();
    this.#notBefore = 0;
  }
  fail({ retryAfter }) {
    this.isStale = true;
    this.#failures += 1;
    this.#notBefore = Date.now() + 1000 * retryAfter;
  }
  forgive() {
    this.#failures = 0;
  }
  delay(isLive, isList) {
    if (!this.isStale && (isLive || !this.polls)) return null;
    const interval = this.interval / (isList ? 2 : 1);
    let at = this.isStale ? this.#readAt + READING_GAP : this.toldAt + interval * this.#jitter;
    if (this.#failures) {
      at = this.#readAt + Math.min(LONGEST_POLL, interval * 2 ** (this.#failures - 1)) * this.#jitter;
    }
    return Math.max(at, this.#notBefore) - Date.now();
  }
}
const LONGEST_SILENCE = 40_000;
const SHORT = 10_000;
const MOST_SHORT = 3;
const REFUSED = 600_000;
const LONGEST_WAIT = 300_000;
class Stream {
  isLive = false;
  #first = [];
  #connection = null;
  #next;
  #notBefore = 0;
  #retry = 2000 + 3000 * Math.random();
  #failures = 0;
  #shorts = 0;
  constructor(options) {
    this.options = options;
  }
  start() {
    if (this.#connection || this.#next !== undefined) return;
    this.#plan();
  }
  stop() {
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#connection?.abort();
    this.#connection = null;
    this.#setLive(false);
  }
  forgiveFailures() {
    this.#failures = this.#shorts = this.#notBefore = 0;
  }
  #plan() {
    this.#next = setTimeout(() => {
      this.#next = undefined;
      this.#connect();
    }, Math.max(0, this.#notBefore - Date.now()));
  }
  async #connect() {
    const connection = (this.#connection = new AbortController());
    const { signal } = connection;
    this.#first = [];
    const openedAt = Date.now();
    let problem = null;
    let lastByteAt = openedAt;
    let silence;
    const expectBytes = () => {
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), LONGEST_SILENCE);
    };
    expectBytes();
    try {
      const { status, headers, body } = await this.options.open(signal);
      if (!body || !headers.get("content-type")?.startsWith("text/event-stream")) {
        throw new Problem(status, "The response is not a stream.");
      }
      const parse = eventParser(
        (block) => this.#connection === connection && this.#take(read(block)),
        (retry) => (this.#retry = retry),
      );
      const reader = body.getReader();
      for (let piece; !(piece = await reader.read()).done && !signal.aborted; ) {
        lastByteAt = Date.now();
        expectBytes();
        parse(piece.value);
      }
    } catch (error) {
      problem = error instanceof Problem ? error : null;
    }
    clearTimeout(silence);
    connection.abort();
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.#notBefore = Date.now() + this.#waitAfter(problem, lastByteAt - openedAt);
    this.#plan();
    this.#setLive(false);
    if (problem && !isFailure(problem)) this.options.onRefusal();
  }
  #waitAfter(problem, duration) {
    if (problem && isFailure(problem)) {
      this.#failures += 1;
      const wait = Math.min(LONGEST_WAIT, this.#retry * 2 ** (this.#failures - 1));
      return Math.max(about(wait), problem.retryAfter * 1000);
    }
    this.#failures = 0;
    if (problem) return Math.max(about(REFUSED), problem.retryAfter * 1000);
    this.#shorts = duration < SHORT ? this.#shorts + 1 : 0;
    return this.#shorts < MOST_SHORT ? this.#retry : about(REFUSED);
  }
  #take(event) {
    const { accepts, onEvent } = this.options;
    if (this.isLive) return onEvent(event);
    this.#first.push(event);
    if (event.name !== "summary" || !accepts(event)) return;
    this.#first.forEach(onEvent);
    this.#setLive(this.#connection !== null);
  }
  #setLive(isLive) {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    this.options.onChange();
  }
}
const isFailure = ({ status }) => status === 0 || status >= 500;
function read({ id, name, data }) {
  try {
    return { id, name, body: JSON.parse(data) };
  } catch {
    return { id, name: "resync", body: {} };
  }
}
const BEAT = 20_000;
const LONGEST_ABSENCE = 50_000;
class Tabs {
  isLeading = false;
  heardAt = 0;
  #channel = null;
  #request = null;
  #release = () => {};
  #timer;
  constructor(name, options) {
    this.name = name;
    this.options = options;
    this.locks = globalThis.navigator?.locks;
    if (this.locks && globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(name);
      this.#channel.onmessage = ({ data }) => this.#hear(data);
    }
  }
  get canLead() {
    return this.#channel !== null || !globalThis.document;
  }
  join() {
    if (this.#request) return;
    const request = (this.#request = new AbortController());
    if (!this.locks || !this.#channel) return this.#lead();
    this.#ask(request, { signal: request.signal });
    this.post({ kind: "wants" });
    this.#expectLeader();
  }
  leave() {
    const request = this.#request;
    this.#request = null;
    clearTimeout(this.#timer);
    request?.abort();
    this.#release();
    this.#setLeading(false);
  }
  offer() {
    if (this.isLeading) this.post({ kind: "offer" });
  }
  post(message) {
    this.#channel?.postMessage(message);
  }
  beat() {
    if (!this.isLeading) return;
    clearTimeout(this.#timer);
    this.post({ kind: "beat", ...this.options.state() });
    if (this.#channel) this.#timer = setTimeout(() => this.beat(), BEAT);
  }
  close() {
    this.leave();
    this.#channel?.close();
    this.#channel = null;
  }
  async #ask(request, options) {
    try {
      await this.locks?.request(this.name, options, () => {
        if (this.#request !== request) return;
        const released = new Promise((resolve) => (this.#release = () => resolve(undefined)));
        this.#lead();
        return released;
      });
    } catch {
    }
    if (this.#request !== request) return;
    this.leave();
    this.options.onChange();
  }
  #lead() {
    this.#setLeading(true);
    this.beat();
  }
  #setLeading(isLeading) {
    if (this.isLeading === isLeading) return;
    this.isLeading = isLeading;
    this.options.onChange();
  }
  #expectLeader() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#request?.abort();
      this.#request = new AbortController();
      this.#ask(this.#request, { steal: true });
    }, LONGEST_ABSENCE * (1 + 0.2 * Math.random()));
  }
  #hear(message) {
    if (message.kind === "wants" && this.isLeading) {
      if (this.options.isAwake()) this.beat();
      else this.leave();
    }
    if (message.kind === "offer" && this.#request && !this.isLeading) this.post({ kind: "wants" });
    if (message.kind === "beat" || message.kind === "event") {
      this.heardAt = Date.now();
      if (this.#request && !this.isLeading) this.#expectLeader();
    }
    this.options.onMessage(message);
  }
}
const LOST_LEADER = 25_000;
class Follower {
  position = "";
  #tabs = null;
  #leaderIsLive = false;
  #stream;
  constructor(options) {
    this.options = options;
    const { open, accepts, onEvent, onChange, onRefusal } = options;
    this.#stream = new Stream({
      open: (signal) => open(this.position, signal),
      accepts,
      onEvent: (event) => {
        this.post({ kind: "event", event, after: this.position });
        this.position = event.id;
        onEvent(event);
      },
      onChange: () => {
        this.#tabs?.beat();
        onChange();
      },
      onRefusal,
    });
  }
  get isLive() {
    return this.#stream.isLive || this.#leaderIsLive;
  }
  get hasStream() {
    return this.#stream.isLive;
  }
  post(message) {
    this.#tabs?.post(message);
  }
  open(name) {
    this.#tabs ??= new Tabs(name, {
      isAwake: this.options.isAwake,
      state: () => ({ isLive: this.#stream.isLive, at: this.position }),
      onMessage: (message) => this.#hear(message),
      onChange: this.options.onChange,
    });
  }
  close() {
    this.#stream.stop();
    this.#tabs?.close();
    this.#tabs = null;
    this.#leaderIsLive = false;
  }
  sync(mayStart, mayStay) {
    if (mayStart && this.#tabs?.canLead) this.#tabs.join();
    else if (!mayStay) this.#tabs?.leave();
    const isLeading = this.#tabs?.isLeading;
    if (isLeading) this.#leaderIsLive = false;
    if (mayStart && isLeading) this.#stream.start();
    else if (!mayStay || !isLeading) this.#stream.stop();
  }
  offer() {
    this.#tabs?.offer();
  }
  checkLeader() {
    if (this.#tabs && Date.now() - this.#tabs.heardAt > LOST_LEADER) this.#leaderIsLive = false;
  }
  forgiveFailures() {
    this.#stream.forgiveFailures();
  }
  #hear(message) {
    const { onEvent, onGap, onChange, onGone, onActive } = this.options;
    if (message.kind === "gone") onGone();
    if (message.kind === "active") onActive();
    if ((message.kind !== "beat" && message.kind !== "event") || this.#tabs?.isLeading) return;
    const isBeat = message.kind === "beat";
    this.#leaderIsLive = !isBeat || message.isLive;
    const at = isBeat ? message.at : message.after;
    if (this.#leaderIsLive && at !== this.position) {
      this.position = at;
      onGap();
    }
    if (!isBeat) {
      this.position = message.event.id;
      onEvent(message.event);
    }
    onChange();
  }
}
const HIDDEN_STREAM = 60_000;
class Page {
  isUsed = false;
  isPresent = true;
  isIdle = false;
  #listening = new AbortController();
  #activeAt = 0;
  #idling;
  #hiding;
  constructor(options) {
    this.options = options;
  }
  get isVisible() {
    return this.options.background || globalThis.document?.visibilityState !== "hidden";
  }
  get isOnline() {
    return globalThis.navigator?.onLine !== false;
  }
  get isShown() {
    return this.isUsed && this.isPresent && this.isVisible && this.isOnline;
  }
  get isLookedAt() {
    return this.isShown && !this.isIdle;
  }
  get mayStay() {
    return this.isUsed && this.isPresent && this.isOnline && !this.isIdle && this.#hiding !== undefined;
  }
  start() {
    if (this.isUsed) return;
    this.isUsed = this.isPresent = true;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const { onChange, onOnline, onActivity, idleAfter } = this.options;
    const { document } = globalThis;
    const on = (target, names, listener) => {
      for (const name of names) target?.addEventListener?.(name, listener, { signal, passive: true, capture: true });
    };
    on(document, ["visibilitychange"], () => this.#turn());
    on(document, ["freeze"], () => this.#leave());
    on(document, ["resume"], () => this.#comeBack());
    on(globalThis, ["pagehide"], () => this.#leave());
    on(globalThis, ["pageshow"], () => this.#comeBack());
    on(globalThis, ["offline"], onChange);
    on(globalThis, ["online"], onOnline);
    if (!idleAfter) return;
    on(globalThis, ["keydown", "pointerdown", "pointermove", "wheel"], () => {
      if (this.isIdle || Date.now() - this.#activeAt > 10_000) onActivity();
      this.wake();
    });
    this.wake();
  }
  stop() {
    this.isUsed = false;
    this.#listening.abort();
    clearTimeout(this.#idling);
    clearTimeout(this.#hiding);
    this.#hiding = undefined;
  }
  wake() {
    const { idleAfter, onChange } = this.options;
    if (!idleAfter) return;
    this.#activeAt = Date.now();
    clearTimeout(this.#idling);
    this.#idling = setTimeout(() => {
      this.isIdle = true;
      onChange();
    }, idleAfter);
    if (!this.isIdle) return;
    this.isIdle = false;
    onChange();
  }
  #turn() {
    const { onChange, onHide } = this.options;
    clearTimeout(this.#hiding);
    this.#hiding = undefined;
    if (!this.isVisible) {
      this.#hiding = setTimeout(() => {
        this.#hiding = undefined;
        onChange();
      }, HIDDEN_STREAM);
      onHide();
    }
    onChange();
  }
  #leave() {
    if (!this.isPresent) return;
    this.options.onLeave();
    this.isPresent = false;
    this.options.onChange();
  }
  #comeBack() {
    if (this.isPresent) return;
    this.isPresent = true;
    this.options.onChange();
  }
}
class Turns {
  isRunning = false;
  #last = Promise.resolve();
  #held = [];
  constructor(apply, onEnd) {
    this.apply = apply;
    this.onEnd = onEnd;
  }
  run(reading) {
    const turn = this.#last.then(async () => {
      this.isRunning = true;
      try {
        await reading();
      } finally {
        this.#held.splice(0).forEach(this.apply);
        this.isRunning = false;
        this.onEnd();
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
  hear(event) {
    if (this.isRunning) this.#held.push(event);
    else this.apply(event);
  }
  drop() {
    this.#held = [];
  }
}
const PROBE_GAP = 30_000;
class Probe {
  isRunning = false;
  #askedAt = -Infinity;
  #wasShown = false;
  refuse() {
    this.#askedAt = Date.now();
  }
  begin(isShown, isSignedOut) {
    const hasReturned = isShown && !this.#wasShown;
    this.#wasShown = isShown;
    this.isRunning &&= isShown;
    if (!hasReturned || !isSignedOut || Date.now() - this.#askedAt < PROBE_GAP) return false;
    this.#askedAt = Date.now();
    this.isRunning = true;
    return true;
  }
}
const LINGER = 3000;
class Connections {
  lists = 0;
  #count = 0;
  #lingering;
  constructor(options) {
    this.options = options;
  }
  open(isList) {
    let isOpen = true;
    const list = isList ? 1 : 0;
    this.#count += 1;
    this.lists += list;
    clearTimeout(this.#lingering);
    this.options.onOpen(isList);
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#count -= 1;
      this.lists -= list;
      if (this.#count === 0) this.#lingering = setTimeout(this.options.onEnd, LINGER);
      this.options.onClose(isList && this.lists === 0);
    };
  }
}
const LOADING_AFTER = 300;
const ANOTHER = new Problem(401, "Another user has signed in.");
class Engine {
  requests;
  inbox;
  operations;
  gone = "";
  error = null;
  seenUpTo = -Infinity;
  #follower;
  #page;
  #schedule;
  #probe = new Probe();
  #connections;
  #wasAwake = false;
  #wasLive = false;
  #turns;
  #isQueued = false;
  #isLoading = false;
  #refresh = null;
  #epoch = 0;
  #moment = 0;
  #nextReading;
  constructor(options, onChange, tell) {
    const { base, filter, headers, credentials = "same-origin", fetch, background = false, live = "auto" } = options;
    this.limit = options.limit ?? 20;
    this.mayStream = live === "auto";
    this.onChange = onChange;
    this.tell = tell;
    this.#schedule = new Schedule(1000 * (options.poll ?? 30), live !== "off");
    this.requests = new Requests({ base, filter, headers, credentials, fetch });
    this.operations = new Operations({
      steps: (operation) => this.#stepsOf(operation),
      send: (step) => this.#send(step),
      onChange,
      onDone: (operation) => this.#onDone(operation),
      onUntold: () => this.isLive && this.#readSoon(),
      onProblem: (problem) => tell("problem", { problem }),
    });
    this.inbox = new Inbox({
      filter,
      adapt: options.adapt ?? ((raw) => raw),
      operations: this.operations,
      onMessage: (message) => tell("message", { message }, true),
    });
    this.#connections = new Connections({
      onOpen: (isList) => {
        const mustRead = isList && (this.inbox.isListStale || !this.isLive);
        if (mustRead || !this.#page.isUsed) this.#schedule.isStale = true;
        this.#page.start();
        this.#sync();
      },
      onClose: (isLastList) => {
        if (isLastList) this.operations.release();
        this.#sync();
      },
      onEnd: () => {
        this.operations.release();
        this.#abortReadings();
        this.#page.stop();
        this.#sync();
      },
    });
    this.#turns = new Turns(
      (event) => this.#apply(event),
      () => {
        this.#settle();
        this.#sync();
      },
    );
    this.#page = new Page({
      background,
      idleAfter: 60_000 * (options.idleAfter ?? 0),
      onChange: () => this.#sync(),
      onHide: () => {
        this.operations.hurry();
        this.#follower.offer();
      },
      onLeave: () => {
        this.operations.releaseNow();
        this.#abortReadings();
      },
      onOnline: () => this.#onOnline(),
      onActivity: () => this.#follower.post({ kind: "active" }),
    });
    this.#follower = new Follower({
      open: (position, signal) => this.requests.openStream(position, signal),
      isAwake: () => this.#isAwake,
      accepts: ({ body }) => this.#accepts(body),
      onEvent: (event) => {
        this.#schedule.toldAt = Date.now();
        this.#turns.hear(event);
      },
      onGap: () => this.#mustRead(),
      onRefusal: () => this.#readSoon(),
      onChange: () => this.#sync(),
      onGone: () => this.#leave("signed-out", new Problem(401, "The user has signed out in another tab.")),
      onActive: () => this.#page.wake(),
    });
  }
  get isLive() {
    return this.#follower.isLive;
  }
  get status() {
    const { key, isListed } = this.inbox.mailbox;
    if (this.gone) return this.gone;
    if (!this.#page.isOnline || this.error?.status === 0) return "offline";
    if (this.error) return "failed";
    if (key && (isListed || !this.#connections.lists)) return "ready";
    return this.#isLoading ? "loading" : "idle";
  }
  connect(isList) {
    return this.#connections.open(isList);
  }
  refresh() {
    this.#refresh ??= this.#turns.run(() => {
      this.#refresh = null;
      return this.#read(false, true);
    });
    return this.#refresh;
  }
  more() {
    return this.#turns.run(async () => {
      const { isListed, more, messages } = this.inbox.mailbox;
      if (!isListed || !more) return;
      const epoch = this.#epoch;
      const body = await this.#readInbox({ limit: this.limit, before: Math.min(...messages.keys()) }, false);
      if (epoch !== this.#epoch) return;
      if (this.inbox.isOfAnother(body.mailbox)) this.#leave("", ANOTHER);
      else this.inbox.extend(body);
    });
  }
  async #stepsOf(operation) {
    if (!this.inbox.mailbox.key) await this.refresh();
    return stepsOf(operation, this.inbox.mailbox, (parameters) => this.requests.query(parameters));
  }
  async #send({ method, path }) {
    try {
      await this.requests.change(method, path);
    } catch (error) {
      const problem = (error);
      if (problem.status === 401) this.#leave("signed-out", problem);
      if (problem.status === 403) this.#readSoon();
      throw problem;
    }
  }
  #onDone(operation) {
    operation.answeredAt = ++this.#moment;
    this.#settle();
    this.onChange();
    if (!this.operations.isUnsettled(operation)) return;
    if (this.isLive ? operation.upTo !== null : !this.#schedule.polls) this.#readSoon();
  }
  #settle() {
    if (!this.#turns.isRunning) this.inbox.settle();
  }
  #readInbox(parameters, isBackground) {
    if (!this.#page.isPresent) throw new Problem(0, "The page is not shown.");
    return this.requests.readInbox(parameters, isBackground);
  }
  #mustRead() {
    this.#schedule.isStale = this.inbox.isListStale = true;
  }
  #readSoon() {
    this.#schedule.isStale = true;
    this.#sync();
  }
  #readInBackground() {
    if (this.#isQueued) return;
    this.#isQueued = true;
    const reading = this.#turns.run(async () => {
      this.#isQueued = false;
      if (this.#isAwake || this.#probe.isRunning) await this.#read(true, this.#connections.lists > 0);
    });
    reading.catch(() => {});
  }
  async #read(isBackground, isList) {
    const epoch = this.#epoch;
    const began = ++this.#moment;
    this.#schedule.begin();
    const loading = setTimeout(() => {
      this.#isLoading = isList;
      this.onChange();
    }, LOADING_AFTER);
    try {
      const limit = isList ? Math.max(this.limit, this.inbox.mailbox.messages.size) : 0;
      const body = await this.#readInbox({ limit }, isBackground);
      if (epoch === this.#epoch) this.#take(body, isList, began);
    } catch (error) {
      if (epoch === this.#epoch) this.#fail((error));
      throw error;
    } finally {
      clearTimeout(loading);
      this.#isLoading = this.#probe.isRunning = false;
    }
  }
  #take(body, isList, began) {
    if (this.inbox.isOfAnother(body.mailbox)) {
      this.#leave("", ANOTHER);
      this.#schedule.isStale = false;
    }
    this.gone = "";
    this.error = null;
    this.#schedule.succeed();
    this.inbox.take(body, isList, began);
    if (this.isLive) return;
    if (!isList) this.inbox.isListStale = true;
    this.#follower.position = body.at;
    this.#turns.drop();
  }
  #fail(problem) {
    if (problem.status === 401 || problem.status === 403) return this.#leave("signed-out", problem);
    if (problem.status === 404) return this.#leave("missing", problem);
    if (this.gone) return;
    const isNew = this.error?.status !== problem.status;
    this.error = problem;
    this.#schedule.fail(problem);
    if (isNew) this.tell("problem", { problem });
  }
  #accepts(summary) {
    const isOurs = !this.inbox.isOfAnother(summary.mailbox);
    if (!isOurs) this.#leave("", ANOTHER);
    return isOurs;
  }
  #apply({ name, body }) {
    if (name === "summary" && !this.#accepts(body)) return;
    if (this.inbox.apply(name, body)) this.#mustRead();
    this.#settle();
    this.onChange();
    this.#plan();
  }
  get #isAwake() {
    return this.#page.isLookedAt && !this.gone;
  }
  #sync() {
    const { isUsed, isPresent, mayStay } = this.#page;
    const { key } = this.inbox.mailbox;
    const isAwake = this.#isAwake;
    if (isAwake && !this.#wasAwake) this.#follower.checkLeader();
    this.#wasAwake = isAwake;
    if (this.#wasLive && !this.isLive) this.#schedule.toldAt = Date.now();
    this.#wasLive = this.isLive;
    if (!isUsed || !isPresent) this.#follower.close();
    else if (key) this.#follower.open(`messages ${this.requests.base} ${key} ${this.requests.filter}`);
    const mayStart = isAwake && this.mayStream && may(this.inbox.mailbox, "stream");
    this.#follower.sync(mayStart, mayStay && this.#follower.hasStream);
    if (this.#probe.begin(this.#page.isShown, this.gone === "signed-out")) this.#readInBackground();
    this.#plan();
    this.onChange();
  }
  #plan() {
    clearTimeout(this.#nextReading);
    if (this.#turns.isRunning || !this.#isAwake) return;
    const delay = this.#schedule.delay(this.isLive, this.#connections.lists > 0);
    if (delay === null) return;
    if (delay <= 0) this.#readInBackground();
    else this.#nextReading = setTimeout(() => this.#readInBackground(), delay);
  }
  #onOnline() {
    this.#schedule.forgive();
    this.#follower.forgiveFailures();
    this.operations.retry();
    if (this.error?.status === 0) this.#schedule.isStale = true;
    this.#sync();
  }
  #abortReadings() {
    this.#epoch += 1;
    this.#mustRead();
    this.requests.abortReadings();
  }
  #leave(gone, problem) {
    this.#probe.refuse();
    if (gone && gone === this.gone) return;
    this.#epoch += 1;
    this.#follower.post({ kind: "gone" });
    this.#follower.close();
    this.#follower.position = "";
    this.requests.forget();
    this.operations.clear(problem);
    this.inbox.forget();
    this.seenUpTo = -Infinity;
    this.#turns.drop();
    this.gone = gone;
    this.error = gone ? problem : null;
    if (gone === "missing") console.warn(`There is no ${this.requests.base}inbox/: the scope needs \`Endpoint::Inbox\`.`);
    else this.tell("signedout", {});
    this.#schedule.isStale = !gone;
    this.#sync();
  }
}
export class MessagesClient extends EventTarget {
  #engine;
  #isDirty = false;
  #isNotifying = false;
  #shown;
  #notified;
  static at(base, filter) {
    const key = `${resolve(base)} ${plain(filter)}`;
    const client = shared.get(key) ?? new MessagesClient({ base, filter });
    shared.set(key, client);
    return client;
  }
  constructor(options = {}) {
    super();
    const { base, filter } = options;
    this.#engine = new Engine(
      { ...options, base: resolve(base), filter: plain(filter) },
      () => this.#changed(),
      (name, detail, cancelable) => this.dispatchEvent(new CustomEvent(name, { detail, cancelable })),
    );
    this.#shown = this.#notified = this.#build();
  }
  snapshot = () => {
    if (this.#isDirty) {
      this.#isDirty = false;
      const next = this.#build();
      if (!isSame(this.#shown, next)) this.#shown = next;
    }
    return this.#shown;
  };
  subscribe = (listener) => {
    const heard = () => listener();
    this.addEventListener("change", heard);
    return () => this.removeEventListener("change", heard);
  };
  connect({ list = true } = {}) {
    return this.#engine.connect(list);
  }
  refresh() {
    return this.#engine.refresh();
  }
  more() {
    return this.#engine.more();
  }
  admit() {
    const { admitted } = this.#engine.inbox;
    if (admitted === null) return;
    this.#engine.inbox.admitted = Math.max(admitted, ...this.snapshot().fresh.map(({ id }) => id));
    this.#changed();
  }
  read(what) {
    return quiet(this.#mark("read", what));
  }
  unread(what) {
    return quiet(this.#mark("unread", what));
  }
  remove(id) {
    if (!this.#mayDo((mailbox) => mayRemove(mailbox, id))) return nothing;
    this.#engine.operations.release();
    const operation = this.#engine.operations.add("remove", { ids: [id], isHeld: true });
    return {
      undo: async () => this.#engine.operations.takeBack(operation),
      send: () => {
        this.#engine.operations.release();
        return operation.promise;
      },
    };
  }
  archive(id) {
    if (!this.#mayDo((mailbox) => may(mailbox, "archive"))) return nothing;
    const message = this.#engine.operations.applyTo(this.#engine.inbox.mailbox).messages.get(id);
    const operation = this.#engine.operations.add("archive", { ids: [id] });
    return {
      undo: () => quiet(this.#unarchive(operation, message)),
      send: () => operation.promise,
    };
  }
  seen() {
    const { admitted, mailbox } = this.#engine.inbox;
    const isNeeded = admitted !== null && admitted > this.#engine.seenUpTo && this.snapshot().unseen > 0;
    if (!isNeeded || !may(mailbox, "seen")) return Promise.resolve();
    this.#engine.seenUpTo = admitted;
    const { promise } = this.#engine.operations.add("seen", { upTo: admitted });
    promise.catch(() => (this.#engine.seenUpTo = -Infinity));
    return promise;
  }
  #mayDo(isPermitted) {
    const { mailbox } = this.#engine.inbox;
    return !this.#engine.gone && (mailbox.key === "" || isPermitted(mailbox));
  }
  async #mark(kind, what) {
    if (this.#engine.gone) throw new Problem(401, "No user is signed in.");
    if (typeof what === "object" && "upTo" in what) {
      const { admitted, mailbox } = this.#engine.inbox;
      const upTo = Math.min(what.upTo, admitted ?? -Infinity);
      if (upTo === -Infinity || !may(mailbox, `mark-selection-${kind}`)) return;
      return this.#engine.operations.add(kind, { upTo }).promise;
    }
    if (!this.#mayDo((mailbox) => mayMark(mailbox, kind))) return;
    const ids = [...new Set([what].flat())];
    const parts = [];
    while (ids.length) parts.push(this.#engine.operations.add(kind, { ids: ids.splice(0, 100) }).promise);
    await Promise.all(parts);
  }
  async #unarchive(operation, message) {
    if (this.#engine.operations.takeBack(operation)) return true;
    await operation.promise;
    if (!this.#mayDo((mailbox) => may(mailbox, "restore"))) return false;
    await this.#engine.operations.add("restore", { ids: operation.ids, message }).promise;
    return true;
  }
  #changed() {
    this.#isDirty = true;
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    queueMicrotask(() => {
      this.#isNotifying = false;
      if (this.snapshot() === this.#notified) return;
      this.#notified = this.#shown;
      this.dispatchEvent(new Event("change"));
    });
  }
  #build() {
    const shown = this.#engine.operations.applyTo(this.#engine.inbox.mailbox);
    const list = shown.isListed ? shown.list() : [];
    const admitted = this.#engine.inbox.admitted ?? Infinity;
    const hasUnread = shown.count > 0;
    return Object.freeze({
      status: this.#engine.status,
      live: this.#engine.isLive,
      error: this.#engine.error,
      messages: Object.freeze(list.filter(({ id }) => id <= admitted)),
      more: shown.more,
      fresh: Object.freeze(list.filter(({ id }) => id > admitted)),
      count: shown.count,
      unseen: shown.unseen ?? shown.count,
      maxLevel: hasUnread ? shown.maxLevel : null,
      maxLevelTag: hasUnread ? shown.maxLevelTag : "",
      pending: this.#engine.operations.pending,
      can: shown.can,
      clockOffset: this.#engine.requests.clockOffset,
    });
  }
}
const shared = new Map();
const nothing = { undo: async () => false, send: async () => {} };
function quiet(promise) {
  promise.catch(() => {});
  return promise;
}
const plain = (filter = "") => filter.replace(/^\?/, "");
function resolve(base = "/messages/") {
  const url = new URL(base, globalThis.document?.baseURI ?? globalThis.location?.href);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}
function isSame(one, other) {
  const keys = (Object.keys(one));
  return keys.every((key) => {
    const [a, b] = [one[key], other[key]];
    if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
    return a.length === b.length && a.every((value, index) => value === b[index]);
  });
}

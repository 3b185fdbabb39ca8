// A browser with tabs. Each tab runs its own copy of the client, on a clock that the test moves.

import { joined } from "../../../bell/build.mjs";
import { MUTANTS } from "./mutants.mjs";

const LOCALS = "globalThis setTimeout clearTimeout Date Math BroadcastChannel console";

/** Returns a function that runs the client with these globals. */
function compile() {
  let code = joined("client").replace(/^export /gm, "");
  const mutant = MUTANTS[process.env.BELL_MUTANT];
  if (mutant) code = mutant.apply(code);
  return new Function(...LOCALS.split(" "), `${code}\nreturn { MessagesClient, Problem, eventParser };`);
}

const run = compile();

export class Browser {
  /** The user of the cookie. */
  user = "alice";
  tabs = [];
  #locks = new Map();
  channels = new Set();

  constructor(clock, random, server) {
    Object.assign(this, { clock, random, server });
  }

  open(options) {
    const tab = new Tab(this, options);
    this.tabs.push(tab);
    return tab;
  }

  lock(name) {
    if (!this.#locks.has(name)) this.#locks.set(name, { holder: null, waiting: [] });
    return this.#locks.get(name);
  }

  /** `navigator.locks` of a tab. */
  locksOf(tab) {
    const grantNext = (lock) => {
      const next = lock.holder ? undefined : lock.waiting.shift();
      if (next) grant(lock, next);
    };
    const grant = (lock, request) => {
      lock.holder = request;
      const run = async () => {
        try {
          request.resolve(await request.callback({}));
        } catch (error) {
          request.reject(error);
        }
        if (lock.holder === request) lock.holder = null;
        grantNext(lock);
      };
      this.clock.set(run, 0, request.tab);
    };
    const request = (name, options, callback) =>
      new Promise((resolve, reject) => {
        const lock = this.lock(name);
        const own = { tab, callback, resolve, reject };
        const aborted = () => new DOMException("The request was aborted.", "AbortError");
        tab.lockRequests.add({ lock, own, grantNext });
        if (options.signal?.aborted) return reject(aborted());
        options.signal?.addEventListener("abort", () => {
          if (!lock.waiting.includes(own)) return;
          lock.waiting = lock.waiting.filter((other) => other !== own);
          reject(aborted());
        });
        if (options.steal) {
          const old = lock.holder;
          if (old) this.clock.set(() => old.reject(aborted()), 0, old.tab);
          return grant(lock, own);
        }
        lock.waiting.push(own);
        grantNext(lock);
      });
    return { request };
  }
}

export class Tab {
  isFrozen = false;
  isClosed = false;
  lockRequests = new Set();
  warnings = [];

  constructor(browser, { hasLocks = true, isNode = false, isOnline = true } = {}) {
    this.browser = browser;
    const { clock, random } = browser;
    const tab = this;
    this.window = new EventTarget();
    this.document = Object.assign(new EventTarget(), { visibilityState: "visible", baseURI: "https://site.test/page" });
    this.navigator = { onLine: isOnline, ...(hasLocks && { locks: browser.locksOf(this) }) };
    const fetch = (url, options) => browser.server.fetch(this, url, options);
    const globals = isNode
      ? { fetch, location: { href: "https://site.test/" } }
      : Object.assign(this.window, { fetch, document: this.document, navigator: this.navigator });
    class BroadcastChannel {
      constructor(name) {
        Object.assign(this, { name, tab });
        browser.channels.add(this);
      }
      postMessage(data) {
        if (!browser.channels.has(this)) throw new DOMException("The channel is closed.", "InvalidStateError");
        for (const other of browser.channels) {
          if (other === this || other.name !== this.name) continue;
          const copy = structuredClone(data);
          const deliver = () => browser.channels.has(other) && other.onmessage?.({ data: copy });
          // The messages arrive in their order.
          other.deliverAt = Math.max(other.deliverAt ?? 0, clock.now + (random.chance(0.2) ? random.below(5) : 0));
          clock.set(deliver, other.deliverAt - clock.now, other.tab);
        }
      }
      close() {
        browser.channels.delete(this);
      }
    }
    if (!isNode) globals.BroadcastChannel = BroadcastChannel;
    class TabDate extends Date {
      constructor(...parts) {
        super(...(parts.length ? parts : [clock.now]));
      }
      static now = () => clock.now;
    }
    const locals = {
      globalThis: globals,
      setTimeout: (run, delay) => clock.set(run, delay, this),
      clearTimeout: (id) => clock.clear(id),
      Date: TabDate,
      Math: Object.create(Math, { random: { value: random.next } }),
      BroadcastChannel,
      console: { warn: (text) => this.warnings.push(text) },
    };
    Object.assign(this, run(...LOCALS.split(" ").map((name) => locals[name])));
  }

  client(options) {
    return new this.MessagesClient(options);
  }

  show(isVisible) {
    this.document.visibilityState = isVisible ? "visible" : "hidden";
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  setOnline(isOnline) {
    this.navigator.onLine = isOnline;
    this.window.dispatchEvent(new Event(isOnline ? "online" : "offline"));
  }

  /** Navigates away. The page stays in the back/forward cache. */
  hide() {
    this.window.dispatchEvent(new Event("pagehide"));
    this.show(false);
  }

  comeBack() {
    this.document.visibilityState = "visible";
    this.window.dispatchEvent(new Event("pageshow"));
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  /** Ends without a sign, as after a crash: the locks and connections of the process end. */
  close() {
    this.isFrozen = this.isClosed = true; // none of its timers runs any more
    for (const channel of this.browser.channels) if (channel.tab === this) this.browser.channels.delete(channel);
    for (const { lock, own, grantNext } of this.lockRequests) {
      lock.waiting = lock.waiting.filter((other) => other !== own);
      if (lock.holder === own) lock.holder = null;
      grantNext(lock);
    }
    this.browser.server.disconnect(this);
  }

  /** Stops without a sign. Its locks and connections stay. */
  freeze() {
    this.isFrozen = true;
  }

  thaw() {
    this.isFrozen = false;
  }
}

// Chooses the tab that holds the stream, and passes its events on to the other tabs.

/** @typedef {import("./stream.js").StreamEvent} StreamEvent */

/** The leader tells the other tabs this often that it is there. */
const BEAT = 20_000; // milliseconds

/** A leader that is not heard for this time is frozen. */
const LONGEST_ABSENCE = 50_000;

/**
 * A message to the other tabs. `beat`: from the leader, with its state. `event`: an event of the leader's stream, with
 * the position before it. `wants`: from a visible tab that is not the leader. `offer`: from a leader that is hidden.
 * `gone`: the user is no longer the same. `active`: the user is there.
 *
 * @typedef {{kind: "beat", isLive: boolean, at: string} | {kind: "event", event: StreamEvent, after: string}
 *   | {kind: "wants" | "offer" | "gone" | "active"}} TabMessage
 */

/** The tabs of one mailbox. One of them leads. */
export class Tabs {
  isLeading = false;
  /** When the leader was heard. */
  heardAt = 0;
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** @type {AbortController | null} The request for the lock, until the lock is released. */
  #request = null;
  #release = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} The next beat of the leader, or the end of our patience. */
  #timer;

  /**
   * @param {string} name
   * @param {object} options
   * @param {() => boolean} options.isAwake Whether this tab may lead.
   * @param {() => {isLive: boolean, at: string}} options.state
   * @param {(message: TabMessage) => void} options.onMessage
   * @param {() => void} options.onChange Is called when `isLeading` changes.
   */
  constructor(name, options) {
    this.name = name;
    this.options = options;
    this.locks = globalThis.navigator?.locks;
    if (this.locks && globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel(name);
      this.#channel.onmessage = ({ data }) => this.#hear(data);
    }
  }

  /** Whether a stream may be opened: a page without locks would open one in each tab. */
  get canLead() {
    return this.#channel !== null || !globalThis.document;
  }

  /** Leads as soon as no other tab does. */
  join() {
    if (this.#request) return;
    const request = (this.#request = new AbortController());
    if (!this.locks || !this.#channel) return this.#lead();
    this.#ask(request, { signal: request.signal });
    this.post({ kind: "wants" });
    this.#expectLeader();
  }

  /** Stops to lead, and to wait for the lead. */
  leave() {
    const request = this.#request;
    this.#request = null;
    clearTimeout(this.#timer);
    request?.abort();
    this.#release();
    this.#setLeading(false);
  }

  /** Lets another tab lead if it wants to. */
  offer() {
    if (this.isLeading) this.post({ kind: "offer" });
  }

  /** @param {TabMessage} message */
  post(message) {
    this.#channel?.postMessage(message);
  }

  /** Tells the other tabs the state of the leader. */
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

  /**
   * @param {AbortController} request
   * @param {LockOptions} options
   */
  async #ask(request, options) {
    try {
      await this.locks?.request(this.name, options, () => {
        if (this.#request !== request) return;
        const released = new Promise((resolve) => (this.#release = () => resolve(undefined)));
        this.#lead();
        return released;
      });
    } catch {
      // Another tab has stolen the lock, or we do not wait for it any more.
    }
    if (this.#request !== request) return;
    this.leave();
    this.options.onChange();
  }

  #lead() {
    this.#setLeading(true);
    this.beat();
  }

  /** @param {boolean} isLeading */
  #setLeading(isLeading) {
    if (this.isLeading === isLeading) return;
    this.isLeading = isLeading;
    this.options.onChange();
  }

  /** Takes the lead if the leader is not heard. */
  #expectLeader() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#request?.abort();
      this.#request = new AbortController();
      this.#ask(this.#request, { steal: true });
    }, LONGEST_ABSENCE * (1 + 0.2 * Math.random()));
  }

  /** @param {TabMessage} message */
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

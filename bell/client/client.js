// The client of an inbox, as a front end uses it.

import { Engine } from "./engine.js";
import { Problem } from "./requests.js";
import { may, mayMark, mayRemove } from "./steps.js";

/** @typedef {import("./mailbox.js").Mailbox} Mailbox */
/** @typedef {import("./mailbox.js").Message} Message */
/** @typedef {import("./operations.js").Operation} Operation */
/** @typedef {import("./types.js").Options} Options */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Undoable} Undoable */

/**
 * The client of one inbox. Dispatches the events `change`, `message` (`detail.message`, cancellable), `problem`
 * (`detail.problem`) and `signedout`.
 */
export class MessagesClient extends EventTarget {
  #engine;
  #isDirty = false;
  #isNotifying = false;
  /** @type {Snapshot} */
  #shown;
  /** @type {Snapshot} The snapshot of the last `change`. */
  #notified;

  /**
   * Returns the client that this page shares for a scope and a filter.
   *
   * @param {string | URL} [base]
   * @param {string} [filter]
   */
  static at(base, filter) {
    const key = `${resolve(base)} ${plain(filter)}`;
    const client = shared.get(key) ?? new MessagesClient({ base, filter });
    shared.set(key, client);
    return client;
  }

  /** @param {Options} [options] */
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

  /** Returns the present state. The function is bound to the client. @type {() => Snapshot} */
  snapshot = () => {
    if (this.#isDirty) {
      this.#isDirty = false;
      const next = this.#build();
      if (!isSame(this.#shown, next)) this.#shown = next;
    }
    return this.#shown;
  };

  /**
   * Calls the listener after each change of the snapshot. Returns a function that ends this. The function is bound to
   * the client.
   *
   * @type {(listener: () => void) => () => void}
   */
  subscribe = (listener) => {
    const heard = () => listener();
    this.addEventListener("change", heard);
    return () => this.removeEventListener("change", heard);
  };

  /**
   * Reads the inbox and follows it, until the returned function is called. Connections are counted. After the last one,
   * the client stops in 3 seconds.
   *
   * @param {object} [options]
   * @param {boolean} [options.list] Whether the messages are shown, or only their number. By default `true`.
   * @returns {() => void}
   */
  connect({ list = true } = {}) {
    return this.#engine.connect(list);
  }

  /** Reads the newest messages now. Rejects with a `Problem` if this is not possible. */
  refresh() {
    return this.#engine.refresh();
  }

  /** Reads the next older messages. Rejects with a `Problem` if this is not possible. */
  more() {
    return this.#engine.more();
  }

  /** Lets the fresh messages into the list. */
  admit() {
    const { admitted } = this.#engine.inbox;
    if (admitted === null) return;
    this.#engine.inbox.admitted = Math.max(admitted, ...this.snapshot().fresh.map(({ id }) => id));
    this.#changed();
  }

  /**
   * Marks messages as read. `upTo` marks all messages up to this one, but none that the list has not shown.
   *
   * Rejects with a `Problem` if the server refuses. The caller does not have to await the promise.
   *
   * @param {number | readonly number[] | {upTo: number}} what
   * @returns {Promise<void>}
   */
  read(what) {
    return quiet(this.#mark("read", what));
  }

  /**
   * Marks messages as unread, like `read`.
   *
   * @param {number | readonly number[] | {upTo: number}} what
   * @returns {Promise<void>}
   */
  unread(what) {
    return quiet(this.#mark("unread", what));
  }

  /**
   * Deletes a message. The request is sent with the next removal, when the last list is closed, or when the page ends.
   *
   * @param {number} id
   * @returns {Undoable}
   */
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

  /**
   * Moves a message to the archive at once. To undo it is to restore the message.
   *
   * @param {number} id
   * @returns {Undoable}
   */
  archive(id) {
    if (!this.#mayDo((mailbox) => may(mailbox, "archive"))) return nothing;
    const message = this.#engine.operations.applyTo(this.#engine.inbox.mailbox).messages.get(id);
    const operation = this.#engine.operations.add("archive", { ids: [id] });
    return {
      undo: () => quiet(this.#unarchive(operation, message)),
      send: () => operation.promise,
    };
  }

  /**
   * Counts all messages of the list as seen.
   *
   * @returns {Promise<void>}
   */
  seen() {
    const { admitted, mailbox } = this.#engine.inbox;
    const isNeeded = admitted !== null && admitted > this.#engine.seenUpTo && this.snapshot().unseen > 0;
    if (!isNeeded || !may(mailbox, "seen")) return Promise.resolve();
    this.#engine.seenUpTo = admitted;
    const { promise } = this.#engine.operations.add("seen", { upTo: admitted });
    promise.catch(() => (this.#engine.seenUpTo = -Infinity));
    return promise;
  }

  // ---- Operations

  /**
   * Returns whether an operation is worth a try. Before the first reading, nothing is known to be forbidden.
   *
   * @param {(mailbox: Mailbox) => boolean} isPermitted
   */
  #mayDo(isPermitted) {
    const { mailbox } = this.#engine.inbox;
    return !this.#engine.gone && (mailbox.key === "" || isPermitted(mailbox));
  }

  /**
   * @param {"read" | "unread"} kind
   * @param {number | readonly number[] | {upTo: number}} what
   * @returns {Promise<void>}
   */
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

  /**
   * @param {Operation} operation
   * @param {Message | undefined} message
   */
  async #unarchive(operation, message) {
    if (this.#engine.operations.takeBack(operation)) return true;
    await operation.promise;
    if (!this.#mayDo((mailbox) => may(mailbox, "restore"))) return false;
    await this.#engine.operations.add("restore", { ids: operation.ids, message }).promise;
    return true;
  }

  // ---- Telling

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

  /** @returns {Snapshot} */
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

/** @type {Map<string, MessagesClient>} The clients of `MessagesClient.at`. */
const shared = new Map();

/** @type {Undoable} An operation that the server does not permit. */
const nothing = { undo: async () => false, send: async () => {} };

/**
 * Returns the promise. Its rejection does no harm if no caller awaits it.
 *
 * @template T
 * @param {Promise<T>} promise
 */
function quiet(promise) {
  promise.catch(() => {});
  return promise;
}

/** Returns a filter without its question mark. @param {string} [filter] */
const plain = (filter = "") => filter.replace(/^\?/, "");

/** Returns the absolute address of the scope. @param {string | URL} [base] */
function resolve(base = "/messages/") {
  const url = new URL(base, globalThis.document?.baseURI ?? globalThis.location?.href);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/**
 * Returns whether two snapshots show the same.
 *
 * @param {Snapshot} one
 * @param {Snapshot} other
 */
function isSame(one, other) {
  const keys = /** @type {(keyof Snapshot)[]} */ (Object.keys(one));
  return keys.every((key) => {
    const [a, b] = [one[key], other[key]];
    if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
    return a.length === b.length && a.every((value, index) => value === b[index]);
  });
}

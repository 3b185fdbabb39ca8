// Follows what the server tells about a mailbox, and which messages are new.

import { Mailbox } from "./mailbox.js";

/** @typedef {import("./mailbox.js").Message} Message */
/** @typedef {import("./operations.js").Operations} Operations */
/** @typedef {import("./stream.js").StreamEvent} StreamEvent */

/** The mailbox as the server has told it. */
export class Inbox {
  mailbox = new Mailbox();
  /** Whether the list may lack changes. */
  isListStale = true;
  /** @type {number | null} The newest message that was let into the list. */
  admitted = null;
  #newest = -Infinity;

  /**
   * @param {object} options
   * @param {string} options.filter
   * @param {(raw: any) => Message} options.adapt
   * @param {Operations} options.operations
   * @param {(message: Message) => void} options.onMessage Is called once with each new message.
   */
  constructor({ filter, adapt, operations, onMessage }) {
    /** Whether a change of `read_at`, or of the tags, changes which messages match. */
    this.filtersState = /(^|&)(unread|read_)/.test(filter);
    this.filtersTags = /(^|&)extra_tags/.test(filter);
    this.adapt = adapt;
    this.operations = operations;
    this.onMessage = onMessage;
  }

  /** @param {string} key */
  isOfAnother(key) {
    return this.mailbox.key !== "" && key !== this.mailbox.key;
  }

  forget() {
    this.mailbox = new Mailbox();
    this.isListStale = true;
    this.admitted = null;
    this.#newest = -Infinity;
  }

  /**
   * Takes the response to a reading.
   *
   * @param {any} body
   * @param {boolean} isList
   * @param {number} began The moment at which the reading began.
   */
  take(body, isList, began) {
    const { mailbox } = this;
    mailbox.key = body.mailbox;
    if ([...mailbox.can].join() !== body.can.join()) mailbox.can = new Set(body.can);
    // A list that is not read now must keep the changes of the operations that are no longer laid over it.
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

  /** Takes a page of older messages. @param {any} body */
  extend(body) {
    this.mailbox.extend(this.#adaptAll(body.results), body.more);
  }

  /**
   * Takes an event. Returns whether the inbox must be read again.
   *
   * @param {string} name
   * @param {any} body
   */
  apply(name, body) {
    const { mailbox } = this;
    const ids = /** @type {number[]} */ (body?.ids ?? []);
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

  /** Forgets the operations of which the server has told the change. */
  settle() {
    const { messages } = this.mailbox;
    this.operations.settle(this.mailbox, ({ kind, ids, upTo }) => {
      if (upTo !== null) return false;
      if (kind === "restore") return true; // no event tells it, and the message is known
      const listed = ids.flatMap((id) => messages.get(id) ?? []);
      if (kind !== "read" && kind !== "unread") return listed.length === 0;
      return listed.every(({ read_at }) => (read_at === null) === (kind === "unread"));
    });
  }

  /** Returns whether the message is not older than the list. @param {Message} message */
  #isInList({ id }) {
    const { isListed, more, messages } = this.mailbox;
    return isListed && (!more || [...messages.keys()].some((other) => other <= id));
  }

  /** @param {Message} message */
  #announce(message) {
    if (message.id <= this.#newest) return;
    this.#newest = message.id;
    this.onMessage(message);
  }

  /** Converts messages, and leaves out what is no message. @param {unknown[]} raw */
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

// The operations of the user, which are shown before the server has confirmed them.

import { Problem } from "./requests.js";

/** @typedef {import("./mailbox.js").Mailbox} Mailbox */
/** @typedef {import("./mailbox.js").Message} Message */

/** Marks within this time are one request. */
const GATHER = 400; // milliseconds

/** The maximum number of ids in one request. */
const MOST_IDS = 100;

/** If the stream works, it tells of an operation within this time. */
const LONGEST_DELAY = 2000; // milliseconds

/** An operation that can't reach the server fails after this time. */
const LONGEST_RETRY = 60_000; // milliseconds

/** @typedef {"read" | "unread" | "remove" | "archive" | "restore" | "seen"} Kind */

/**
 * An operation. `held`: it can be undone, and is not sent yet. `waiting`: it is sent as soon as possible. `sent`: its
 * response is awaited. `done`: the server has confirmed it, but may not have told the change yet.
 *
 * @typedef {object} Operation
 * @property {Kind} kind
 * @property {number[]} ids
 * @property {number | null} upTo
 * @property {string} at The time of the operation.
 * @property {Message | undefined} message The message that is restored.
 * @property {"held" | "waiting" | "sent" | "done"} state
 * @property {number | null} since The time of the first attempt.
 * @property {number} attempts
 * @property {number} answeredAt The moment of the response, as a number of the client.
 * @property {Promise<number> | null} sending
 * @property {Promise<void>} promise
 * @property {() => void} resolve
 * @property {(problem: Problem) => void} reject
 */

/** @typedef {{method: string, path: string, mayBeGone?: boolean}} Step A request. `mayBeGone`: 404 is a success. */

/** @type {Record<Kind, (mailbox: Mailbox, operation: Operation) => void>} */
const effects = {
  read: (mailbox, { ids, upTo, at }) => (upTo === null ? mailbox.mark(ids, at) : mailbox.markUpTo(upTo, at)),
  unread: (mailbox, { ids, upTo }) => (upTo === null ? mailbox.mark(ids, null) : mailbox.markUpTo(upTo, null)),
  remove: (mailbox, { ids }) => ids.forEach((id) => mailbox.change(id, null)),
  archive: (mailbox, { ids }) => ids.forEach((id) => mailbox.change(id, null)),
  restore: (mailbox, { message }) => {
    if (message && !mailbox.messages.has(message.id)) mailbox.change(message.id, message);
  },
  seen: (mailbox, { upTo }) => mailbox.see(/** @type {number} */ (upTo)),
};

/** The queue of the operations. They are sent one after the other, in the order in which the user did them. */
export class Operations {
  /** @type {Operation[]} */
  #all = [];
  #isSending = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #gathering;
  /** @type {(() => void) | null} Ends the wait for the next attempt. */
  #retryNow = null;

  /**
   * @param {object} options
   * @param {(operation: Operation) => Promise<Step[]>} options.steps The requests of an operation.
   * @param {(step: Step) => Promise<unknown>} options.send
   * @param {() => void} options.onChange
   * @param {(operation: Operation) => void} options.onDone
   * @param {() => void} options.onUntold Is called if the server has not told of an operation for some time.
   * @param {(problem: Problem) => void} options.onProblem
   */
  constructor(options) {
    this.options = options;
  }

  /** The number of operations that the server has not confirmed. */
  get pending() {
    return this.#all.filter(({ state }) => state !== "done").length;
  }

  /**
   * Returns the mailbox with all operations applied.
   *
   * @param {Mailbox} mailbox
   */
  applyTo(mailbox) {
    const shown = mailbox.copy();
    for (const operation of this.#all) effects[operation.kind](shown, operation);
    shown.updateLevel();
    return shown;
  }

  /**
   * Adds an operation. A held one waits for `release`.
   *
   * @param {Kind} kind
   * @param {{ids?: number[], upTo?: number, message?: Message, isHeld?: boolean}} what
   * @returns {Operation}
   */
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

  /**
   * Takes back an operation. Returns whether this was possible: it must not have been sent.
   *
   * @param {Operation} operation
   */
  takeBack(operation) {
    if (operation.since !== null || !this.#drop(operation)) return false;
    operation.resolve();
    return true;
  }

  /** Sends the held operations, and those that wait for more marks. */
  release() {
    for (const operation of this.#all) if (operation.state === "held") operation.state = "waiting";
    this.#sendAll();
  }

  /** Sends the marks that wait for more of them. */
  hurry() {
    this.#sendAll();
  }

  /** Sends all operations at once, since the page may end now. */
  releaseNow() {
    for (const operation of this.#all) if (operation.state !== "done") operation.sending ??= this.#send(operation);
    this.#sendAll();
  }

  /** Tries again at once, since the network is there again. */
  retry() {
    this.#retryNow?.();
  }

  /**
   * Makes operations that the server has confirmed a part of the mailbox.
   *
   * @param {Mailbox} mailbox
   * @param {(operation: Operation) => boolean} isTold
   */
  settle(mailbox, isTold) {
    // An operation is laid over the earlier ones on the same messages, so it stays as long as they do.
    /** @type {Operation[]} */
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

  /** Returns whether the operation still waits to be told by the server. @param {Operation} operation */
  isUnsettled(operation) {
    // A summary tells what is seen, sooner or later.
    return this.#all.includes(operation) && operation.kind !== "seen";
  }

  /**
   * Removes all operations, since the user is no longer the same.
   *
   * @param {Problem} problem
   */
  clear(problem) {
    const all = this.#all;
    this.#all = [];
    for (const operation of all) if (operation.state !== "done") operation.reject(problem);
    this.#retryNow?.();
  }

  /** @param {Operation} operation */
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

  /**
   * Sends an operation. Returns the time to wait before it is sent again; 0 if it has come to its end.
   *
   * @param {Operation} operation
   */
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

  /** @param {number} delay */
  async #wait(delay) {
    await new Promise((resolve) => {
      this.#retryNow = () => resolve(undefined);
      setTimeout(resolve, delay);
    });
    this.#retryNow = null;
  }
}

/**
 * @param {Kind} kind
 * @param {number[]} ids
 * @param {number | null} upTo
 * @param {Message | undefined} message
 * @returns {Operation}
 */
function newOperation(kind, ids, upTo, message) {
  let resolve = () => {};
  /** @type {(problem: Problem) => void} */
  let reject = () => {};
  /** @type {Promise<void>} */
  const promise = new Promise((onDone, onProblem) => [resolve, reject] = [onDone, onProblem]);
  // Not every caller awaits the operation.
  promise.catch(() => {});
  const progress = { since: null, attempts: 0, answeredAt: 0, sending: null };
  const at = new Date().toISOString();
  return { kind, ids, upTo, message, at, state: "waiting", ...progress, promise, resolve, reject };
}

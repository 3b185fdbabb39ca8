// Follows the stream: connects, connects again, and notices a connection that is dead or refused.

import { Problem } from "./requests.js";
import { about } from "./schedule.js";
import { eventParser } from "./wire.js";

/** @typedef {import("./wire.js").Block} Block */

/**
 * An event of the stream.
 *
 * @typedef {object} StreamEvent
 * @property {string} id The position of the stream after this event.
 * @property {string} name
 * @property {any} body
 */

/** A stream that works sends a summary every 25 seconds. */
const LONGEST_SILENCE = 40_000; // milliseconds

/** A stream that ends before is short. After several short ones, something between us and the server breaks them. */
const SHORT = 10_000;
const MOST_SHORT = 3;

/** The time after which a stream is tried again that was refused or is always short. */
const REFUSED = 600_000;

const LONGEST_WAIT = 300_000;

/** The stream of a mailbox. */
export class Stream {
  /** Whether the present connection has sent its first summary. */
  isLive = false;
  /** @type {StreamEvent[]} The events before the first summary of the present connection. */
  #first = [];
  /** @type {AbortController | null} The present connection. */
  #connection = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #next;
  #notBefore = 0;
  #retry = 2000 + 3000 * Math.random();
  #failures = 0;
  #shorts = 0;

  /**
   * @param {object} options
   * @param {(signal: AbortSignal) => Promise<Response>} options.open Sends the request.
   * @param {(summary: StreamEvent) => boolean} options.accepts Whether a connection is about the right mailbox.
   * @param {(event: StreamEvent) => void} options.onEvent
   * @param {() => void} options.onChange Is called when `isLive` changes.
   * @param {() => void} options.onRefusal
   */
  constructor(options) {
    this.options = options;
  }

  /** Connects, if no connection is open or planned. */
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

  /** Connects without the wait after failures, since the network is there again. */
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
    /** @type {Problem | null} */
    let problem = null;
    let lastByteAt = openedAt;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
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
      problem = error instanceof Problem ? error : null; // without one, the connection broke
    }
    clearTimeout(silence);
    connection.abort(); // a body that is still read
    if (this.#connection !== connection) return; // stopped
    this.#connection = null;
    this.#notBefore = Date.now() + this.#waitAfter(problem, lastByteAt - openedAt);
    this.#plan();
    this.#setLive(false);
    if (problem && !isFailure(problem)) this.options.onRefusal();
  }

  /**
   * Returns the time after which the stream is opened again.
   *
   * @param {Problem | null} problem
   * @param {number} duration
   */
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

  /** @param {StreamEvent} event */
  #take(event) {
    const { accepts, onEvent } = this.options;
    if (this.isLive) return onEvent(event);
    // The first summary tells whose messages came before it.
    this.#first.push(event);
    if (event.name !== "summary" || !accepts(event)) return;
    this.#first.forEach(onEvent);
    this.#setLive(this.#connection !== null);
  }

  /** @param {boolean} isLive */
  #setLive(isLive) {
    if (this.isLive === isLive) return;
    this.isLive = isLive;
    this.options.onChange();
  }
}

/** Returns whether the server could not open the stream. Otherwise, it did not want to. @param {Problem} problem */
const isFailure = ({ status }) => status === 0 || status >= 500;

/**
 * Reads the JSON of an event. If it is not JSON, the state must be read again.
 *
 * @param {Block} block
 * @returns {StreamEvent}
 */
function read({ id, name, data }) {
  try {
    return { id, name, body: JSON.parse(data) };
  } catch {
    return { id, name: "resync", body: {} };
  }
}

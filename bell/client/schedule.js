// Decides when the inbox is read.

/** @typedef {import("./requests.js").Problem} Problem */

const LONGEST_POLL = 300_000; // milliseconds

/** The least time between two readings that no person has asked for. */
const READING_GAP = 1000;

/** Returns a time that differs by at most 10 %. @param {number} milliseconds */
export const about = (milliseconds) => milliseconds * (0.9 + 0.2 * Math.random());

/** The schedule of the readings. */
export class Schedule {
  /** Whether there may be changes that no event tells. */
  isStale = false;
  /** When the server has last told something. */
  toldAt = 0;
  #readAt = -Infinity;
  #failures = 0;
  #notBefore = 0;
  #jitter = 1;

  /**
   * @param {number} interval The milliseconds between two readings.
   * @param {boolean} polls Whether the inbox is read without a reason.
   */
  constructor(interval, polls) {
    this.interval = interval;
    this.polls = polls;
  }

  begin() {
    // A change from now on calls for another reading.
    this.isStale = false;
    this.#readAt = this.toldAt = Date.now();
    this.#jitter = about(1);
  }

  succeed() {
    this.forgive();
    this.#notBefore = 0;
  }

  /** @param {Problem} problem */
  fail({ retryAfter }) {
    this.isStale = true;
    this.#failures += 1;
    this.#notBefore = Date.now() + 1000 * retryAfter;
  }

  /** Forgets the failures, since the network is there again. */
  forgive() {
    this.#failures = 0;
  }

  /**
   * Returns the time until the next reading; `null` if there is no reason for one.
   *
   * @param {boolean} isLive
   * @param {boolean} isList Whether a list is shown.
   */
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

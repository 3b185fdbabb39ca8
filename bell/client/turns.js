// Runs readings one after the other, and holds events back while one of them runs.

/** @typedef {import("./stream.js").StreamEvent} StreamEvent */

/** The queue of the readings. */
export class Turns {
  isRunning = false;
  #last = Promise.resolve();
  /** @type {StreamEvent[]} */
  #held = [];

  /**
   * @param {(event: StreamEvent) => void} apply
   * @param {() => void} onEnd Is called after each reading, and after the events that have waited for it.
   */
  constructor(apply, onEnd) {
    this.apply = apply;
    this.onEnd = onEnd;
  }

  /**
   * @param {() => Promise<void>} reading
   * @returns {Promise<void>}
   */
  run(reading) {
    const turn = this.#last.then(async () => {
      this.isRunning = true;
      try {
        await reading();
      } finally {
        // These events may be older than the reading.
        this.#held.splice(0).forEach(this.apply);
        this.isRunning = false;
        this.onEnd();
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** @param {StreamEvent} event */
  hear(event) {
    if (this.isRunning) this.#held.push(event);
    else this.apply(event);
  }

  /** Drops the events that wait. */
  drop() {
    this.#held = [];
  }
}

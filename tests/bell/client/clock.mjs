// A clock that tests move, and random numbers that a seed repeats.

/** Runs everything that is ready without any time passing. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

export class Clock {
  now = Date.UTC(2026, 0, 1);
  #timers = new Map();
  #next = 1;

  /** Runs a function after a delay. The timers of an owner that is frozen wait until it is not. */
  set(run, delay = 0, owner = null) {
    const id = this.#next++;
    this.#timers.set(id, { id, at: this.now + Math.max(0, Number(delay) || 0), run, owner });
    return id;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** The number of timers of an owner. */
  count(owner) {
    return [...this.#timers.values()].filter((timer) => timer.owner === owner).length;
  }

  /** Lets the time pass. */
  async advance(milliseconds) {
    const end = this.now + milliseconds;
    await settle();
    for (let timer; (timer = this.#first(end)); ) {
      this.#timers.delete(timer.id);
      this.now = Math.max(this.now, timer.at);
      timer.run();
      await settle();
    }
    this.now = end;
  }

  #first(end) {
    let first;
    for (const timer of this.#timers.values()) {
      if (timer.at > end || timer.owner?.isFrozen) continue;
      if (!first || timer.at < first.at || (timer.at === first.at && timer.id < first.id)) first = timer;
    }
    return first;
  }
}

/** Random numbers from a seed (mulberry32). */
export class Random {
  constructor(seed) {
    this.seed = seed >>> 0;
  }

  /** A number from 0 to 1. */
  next = () => {
    this.seed = (this.seed + 0x6d2b79f5) >>> 0;
    let mixed = this.seed;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  below = (limit) => Math.floor(this.next() * limit);
  between = (least, most) => least + this.below(most - least + 1);
  chance = (probability) => this.next() < probability;
  pick = (list) => list[this.below(list.length)];
}

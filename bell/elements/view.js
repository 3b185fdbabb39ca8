// Notices which rows a person has had in view for long enough.

/**
 * Reports each observed element once it was in view for a time without a break.
 */
export class View {
  /** @type {Map<Element, number>} The elements in view, and since when. */
  #since = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #observer;
  #options;

  /**
   * @param {Element | null} root The element that scrolls, or `null` for the page.
   * @param {object} options
   * @param {() => number} options.dwell The time, in milliseconds.
   * @param {() => boolean} options.isWatched Whether a person looks at the page now.
   * @param {(elements: Element[]) => void} options.see
   */
  constructor(root, options) {
    this.#options = options;
    this.#observer = new IntersectionObserver((entries) => this.#moved(entries), { root, threshold: [0, 0.3, 0.6, 1] });
  }

  /** @param {Element} element */
  observe(element) {
    this.#observer.observe(element);
  }

  /** @param {Element} element */
  unobserve(element) {
    this.#observer.unobserve(element);
    this.#since.delete(element);
  }

  /** Begins to measure again, since a person has looked away, or looks again. */
  restart() {
    for (const element of this.#since.keys()) this.#since.set(element, performance.now());
    this.#wait();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #moved(entries) {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
      const fills = rootBounds ? intersectionRect.height >= rootBounds.height / 2 : false;
      const isInView = isIntersecting && (intersectionRatio >= 0.6 || fills);
      if (!isInView) this.#since.delete(target);
      else if (!this.#since.has(target)) this.#since.set(target, performance.now());
    }
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    const first = Math.min(...this.#since.values());
    if (first === Infinity || !this.#options.isWatched()) return;
    this.#timer = setTimeout(() => this.#look(), first + this.#options.dwell() - performance.now());
  }

  #look() {
    if (!this.#options.isWatched()) return;
    const until = performance.now() - this.#options.dwell() + 1;
    const seen = [...this.#since].filter(([, since]) => since <= until).map(([element]) => element);
    for (const element of seen) this.unobserve(element);
    if (seen.length) this.#options.see(seen);
    this.#wait();
  }
}

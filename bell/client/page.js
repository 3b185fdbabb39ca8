// Knows whether the user can see this page: visible, not in the back/forward cache, not idle, and online.

/** A page that is hidden keeps its stream for this time. */
const HIDDEN_STREAM = 60_000; // milliseconds

/** The state of the page. A program without a document is always visible. */
export class Page {
  /** Whether the client is in use. */
  isUsed = false;
  /** Whether the page is neither frozen nor in the back/forward cache. */
  isPresent = true;
  isIdle = false;
  #listening = new AbortController();
  #activeAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #idling;
  /** @type {ReturnType<typeof setTimeout> | undefined} Runs while a hidden page may keep its stream. */
  #hiding;

  /**
   * @param {object} options
   * @param {boolean} options.background Whether a hidden page counts as visible.
   * @param {number} options.idleAfter The milliseconds without a key or pointer after which the user is idle; 0 for never.
   * @param {() => void} options.onChange
   * @param {() => void} options.onHide
   * @param {() => void} options.onLeave Is called before the page may end.
   * @param {() => void} options.onOnline
   * @param {() => void} options.onActivity
   */
  constructor(options) {
    this.options = options;
  }

  get isVisible() {
    return this.options.background || globalThis.document?.visibilityState !== "hidden";
  }

  get isOnline() {
    return globalThis.navigator?.onLine !== false;
  }

  /** Whether the page can be seen, and requests can be sent. */
  get isShown() {
    return this.isUsed && this.isPresent && this.isVisible && this.isOnline;
  }

  /** Whether the user may look at the page. */
  get isLookedAt() {
    return this.isShown && !this.isIdle;
  }

  /** Whether a stream that is open may stay so: the page was hidden a short time ago. */
  get mayStay() {
    return this.isUsed && this.isPresent && this.isOnline && !this.isIdle && this.#hiding !== undefined;
  }

  start() {
    if (this.isUsed) return;
    this.isUsed = this.isPresent = true;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const { onChange, onOnline, onActivity, idleAfter } = this.options;
    const { document } = globalThis;
    /** @type {(target: EventTarget | undefined, names: string[], listener: () => void) => void} */
    const on = (target, names, listener) => {
      for (const name of names) target?.addEventListener?.(name, listener, { signal, passive: true, capture: true });
    };
    on(document, ["visibilitychange"], () => this.#turn());
    on(document, ["freeze"], () => this.#leave());
    on(document, ["resume"], () => this.#comeBack());
    on(globalThis, ["pagehide"], () => this.#leave());
    on(globalThis, ["pageshow"], () => this.#comeBack());
    on(globalThis, ["offline"], onChange);
    on(globalThis, ["online"], onOnline);
    if (!idleAfter) return;
    on(globalThis, ["keydown", "pointerdown", "pointermove", "wheel"], () => {
      if (this.isIdle || Date.now() - this.#activeAt > 10_000) onActivity();
      this.wake();
    });
    this.wake();
  }

  stop() {
    this.isUsed = false;
    this.#listening.abort();
    clearTimeout(this.#idling);
    clearTimeout(this.#hiding);
    this.#hiding = undefined;
  }

  /** Notes that the user is there, at this page or at another one. */
  wake() {
    const { idleAfter, onChange } = this.options;
    if (!idleAfter) return;
    this.#activeAt = Date.now();
    clearTimeout(this.#idling);
    this.#idling = setTimeout(() => {
      this.isIdle = true;
      onChange();
    }, idleAfter);
    if (!this.isIdle) return;
    this.isIdle = false;
    onChange();
  }

  /** Is called when the page becomes visible or hidden. */
  #turn() {
    const { onChange, onHide } = this.options;
    clearTimeout(this.#hiding);
    this.#hiding = undefined;
    if (!this.isVisible) {
      this.#hiding = setTimeout(() => {
        this.#hiding = undefined;
        onChange();
      }, HIDDEN_STREAM);
      onHide();
    }
    onChange();
  }

  #leave() {
    if (!this.isPresent) return;
    this.options.onLeave();
    this.isPresent = false;
    this.options.onChange();
  }

  #comeBack() {
    if (this.isPresent) return;
    this.isPresent = true;
    this.options.onChange();
  }
}

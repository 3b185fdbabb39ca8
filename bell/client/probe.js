// Decides when to ask whether a user is signed in again.

/** The least time between two probes. */
const PROBE_GAP = 30_000; // milliseconds

/** A page that is shown again asks, but not too often. */
export class Probe {
  isRunning = false;
  #askedAt = -Infinity;
  #wasShown = false;

  /** Notes that no user is signed in. */
  refuse() {
    this.#askedAt = Date.now();
  }

  /**
   * Returns whether to ask now.
   *
   * @param {boolean} isShown Whether the page is shown.
   * @param {boolean} isSignedOut
   */
  begin(isShown, isSignedOut) {
    const hasReturned = isShown && !this.#wasShown;
    this.#wasShown = isShown;
    this.isRunning &&= isShown;
    if (!hasReturned || !isSignedOut || Date.now() - this.#askedAt < PROBE_GAP) return false;
    this.#askedAt = Date.now();
    this.isRunning = true;
    return true;
  }
}

// Follows the changes of a mailbox: by the stream of this tab, or by that of another tab.

import { Stream } from "./stream.js";
import { Tabs } from "./tabs.js";

/** @typedef {import("./tabs.js").TabMessage} TabMessage */
/** @typedef {import("./stream.js").StreamEvent} StreamEvent */

/** A tab that returns has lost its leader if it was not heard for this time. */
const LOST_LEADER = 25_000; // milliseconds

/** The source of the events. */
export class Follower {
  /** The position from which the events continue. */
  position = "";
  /** @type {Tabs | null} */
  #tabs = null;
  #leaderIsLive = false;
  #stream;

  /**
   * @param {object} options
   * @param {(position: string, signal: AbortSignal) => Promise<Response>} options.open Requests the stream.
   * @param {() => boolean} options.isAwake Whether this tab may send requests.
   * @param {(summary: StreamEvent) => boolean} options.accepts Whether a stream is about the right mailbox.
   * @param {(event: StreamEvent) => void} options.onEvent
   * @param {() => void} options.onGap Is called if events may be missing.
   * @param {() => void} options.onRefusal Is called if the server refuses the stream.
   * @param {() => void} options.onChange Is called if `isLive` changes, or if `sync` is necessary.
   * @param {() => void} options.onGone Is called if another tab has noticed that the user is no longer the same.
   * @param {() => void} options.onActive Is called if the user is active in another tab.
   */
  constructor(options) {
    this.options = options;
    const { open, accepts, onEvent, onChange, onRefusal } = options;
    this.#stream = new Stream({
      open: (signal) => open(this.position, signal),
      accepts,
      onEvent: (event) => {
        this.post({ kind: "event", event, after: this.position });
        this.position = event.id;
        onEvent(event);
      },
      onChange: () => {
        this.#tabs?.beat();
        onChange();
      },
      onRefusal,
    });
  }

  /** Whether changes arrive at once. */
  get isLive() {
    return this.#stream.isLive || this.#leaderIsLive;
  }

  /** Whether this tab has a stream that works. */
  get hasStream() {
    return this.#stream.isLive;
  }

  /** @param {TabMessage} message */
  post(message) {
    this.#tabs?.post(message);
  }

  /** Begins to hear the other tabs with this name. @param {string} name */
  open(name) {
    this.#tabs ??= new Tabs(name, {
      isAwake: this.options.isAwake,
      state: () => ({ isLive: this.#stream.isLive, at: this.position }),
      onMessage: (message) => this.#hear(message),
      onChange: this.options.onChange,
    });
  }

  close() {
    this.#stream.stop();
    this.#tabs?.close();
    this.#tabs = null;
    this.#leaderIsLive = false;
  }

  /**
   * Starts and stops the stream, and the part in the choice of a leader.
   *
   * @param {boolean} mayStart
   * @param {boolean} mayStay Whether a stream that is open stays open.
   */
  sync(mayStart, mayStay) {
    if (mayStart && this.#tabs?.canLead) this.#tabs.join();
    else if (!mayStay) this.#tabs?.leave();
    const isLeading = this.#tabs?.isLeading;
    if (isLeading) this.#leaderIsLive = false;
    if (mayStart && isLeading) this.#stream.start();
    else if (!mayStay || !isLeading) this.#stream.stop();
  }

  /** Lets another tab lead, since this one is hidden. */
  offer() {
    this.#tabs?.offer();
  }

  /** Notices that the leader has gone while this tab was hidden. */
  checkLeader() {
    if (this.#tabs && Date.now() - this.#tabs.heardAt > LOST_LEADER) this.#leaderIsLive = false;
  }

  /** Connects without the wait after failures, since the network is there again. */
  forgiveFailures() {
    this.#stream.forgiveFailures();
  }

  /** @param {TabMessage} message */
  #hear(message) {
    const { onEvent, onGap, onChange, onGone, onActive } = this.options;
    if (message.kind === "gone") onGone();
    if (message.kind === "active") onActive();
    // A leader that was frozen may not know yet that another tab leads.
    if ((message.kind !== "beat" && message.kind !== "event") || this.#tabs?.isLeading) return;
    const isBeat = message.kind === "beat";
    this.#leaderIsLive = !isBeat || message.isLive;
    const at = isBeat ? message.at : message.after;
    if (this.#leaderIsLive && at !== this.position) {
      // Something happened before this tab listened, or between two leaders.
      this.position = at;
      onGap();
    }
    if (!isBeat) {
      this.position = message.event.id;
      onEvent(message.event);
    }
    onChange();
  }
}

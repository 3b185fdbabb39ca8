// Tells users of screen readers that messages have come: rarely, and only what is new.

import { textOfMessage } from "./content.js";
import { levelGroup } from "./icons.js";

/** @typedef {import("../client/mailbox.js").Message} Message */
/** @typedef {import("./base.js").MessagesElement} MessagesElement */

/** How long after the first message it is told, and the least time between two announcements, in milliseconds. */
const [DELAY, INTERVAL] = [1000, 30_000];

const REGION = "messages-announcements";

/**
 * The state of an element.
 *
 * @typedef {object} Known
 * @property {number | null} unseen The number of unseen messages that needs no announcement.
 * @property {Message[]} arrived
 */

class Announcer {
  /** @type {WeakMap<MessagesElement, Known>} */
  #known = new WeakMap();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #last = -INTERVAL;

  /** Forgets what an element has shown. @param {MessagesElement} host */
  forget(host) {
    this.#known.set(host, { unseen: null, arrived: [] });
    this.#region();
  }

  /** @param {MessagesElement} host @param {Message} message */
  arrived(host, message) {
    this.#known.get(host)?.arrived.push(message);
  }

  /** @param {MessagesElement} host */
  changed(host) {
    const known = this.#known.get(host);
    const { status, unseen } = host.snapshot;
    if (!known || host.announce === "none" || (status !== "ready" && status !== "offline")) return;
    known.unseen = Math.min(known.unseen ?? unseen, unseen);
    if (unseen === known.unseen || this.#timer) return;
    const wait = Math.max(DELAY, this.#last + INTERVAL - performance.now());
    this.#timer = setTimeout(() => this.#tell(host), wait);
  }

  /** @param {MessagesElement} host */
  #tell(host) {
    this.#timer = undefined;
    const known = this.#known.get(host);
    const { unseen } = host.snapshot;
    const n = unseen - (known?.unseen ?? unseen);
    if (!known || n <= 0) return;
    const arrived = known.arrived.splice(0);
    known.unseen = unseen;
    // A person who reads the list, or another page, is not interrupted.
    if (host.isListShown || !host.isConnected || !document.hasFocus()) return;
    this.#last = performance.now();
    const errors = arrived.filter(({ level }) => levelGroup(level) === "error").length;
    const texts = arrived.filter(({ level }) => host.announce === "text" && level >= 30).map((one) => one.title || textOfMessage(one));
    const all = [host.text("fresh", { n }), ...(errors ? [host.text("errors", { n: errors })] : [])].join(", ");
    this.#region().textContent = [all, ...texts].join(". ");
  }

  /** Returns the region, which all elements share. It is outside of them: not all screen readers hear a shadow root. */
  #region() {
    const known = document.getElementById(REGION);
    if (known) return known;
    const region = document.createElement("div");
    region.id = REGION;
    region.role = "status";
    Object.assign(region.style, { position: "absolute", inlineSize: "1px", blockSize: "1px", overflow: "hidden", clipPath: "inset(50%)", whiteSpace: "nowrap" });
    document.body.append(region);
    return region;
  }
}

/** The announcer of this page. */
export const announce = new Announcer();

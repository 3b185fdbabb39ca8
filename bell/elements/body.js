// The part under the header: what was done, the state of the client, new messages, and the list.

import { timeOf } from "./dates.js";
import { make, setAttribute, setText } from "./dom.js";
import { List } from "./list.js";

/** @typedef {import("./base.js").MessagesElement} MessagesElement */
/** @typedef {import("./texts.js").TextName} TextName */

/** How often the times are written again, in milliseconds. */
export const TICK = 30_000;

/** The text and the slot of each state that hides or explains the list. */
const STATES = /** @type {const} */ ({
  loading: "loading",
  offline: "offline",
  failed: "failed",
  "signed-out": "signedOut",
});

export class Body {
  #host;
  #status = make("p", { part: "status", role: "status" });
  #fresh = make("button", { part: "new", type: "button", click: () => this.#admit() });
  #state = make("p", { part: "state" });
  #retry = make("button", { part: "action retry", type: "button", click: () => this.#host.refresh() });
  #skeleton = make("div", { part: "skeleton", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  #empty = make("div", { part: "empty" }, make("slot", { name: "empty" }));
  #signedOut = make("div", { part: "empty" }, make("slot", { name: "signed-out" }));
  /** When the server answered last. */
  #answered = 0;

  /** @param {MessagesElement} host @param {HTMLElement | null} scroller The element that scrolls, if it is not the page. */
  constructor(host, scroller) {
    this.#host = host;
    this.scroller = scroller;
    this.list = new List(host, scroller);
    this.nodes = [this.#status, this.#fresh, this.#state, this.#retry, this.#skeleton, this.#empty, this.#signedOut, this.list.element];
  }

  /** Shows the snapshot. */
  render() {
    const host = this.#host;
    const { status, messages, fresh, more } = host.snapshot;
    const isOut = status === "signed-out" || status === "missing";
    if (status === "ready") this.#answered = Date.now();
    if (fresh.length && host.isWatched && this.#isAtTop && this.list.isUntouched) return this.list.admit();

    const name = status in STATES ? STATES[/** @type {keyof typeof STATES} */ (status)] : null;
    const isText = name && name !== "signedOut";
    const time = this.#answered ? timeOf(this.#answered, Date.now(), { ...host.calendar, isAbsolute: true }) : "";
    setText(this.#state, isText ? host.text(name, { time }) : "");
    this.#state.hidden = !isText;
    this.#retry.hidden = status !== "failed";
    setText(this.#retry, host.text("retry"));
    this.#skeleton.hidden = status !== "loading" || messages.length > 0;
    setAttribute(this.list.element, "aria-busy", status === "loading");
    this.#show(this.#empty, host.text("empty"), status === "ready" && !messages.length && !fresh.length && !more);
    this.#show(this.#signedOut, host.text("signedOut"), isOut);
    this.#fresh.hidden = !fresh.length || isOut;
    setText(this.#fresh, host.text("fresh", { n: fresh.length }));
    this.list.render();
    if (host.isListShown && document.visibilityState === "visible") host.client.seen().catch(() => {});
  }

  /** @param {Element} element @param {string} text @param {boolean} isShown */
  #show(element, text, isShown) {
    setAttribute(element, "hidden", !isShown);
    setText(/** @type {Element} */ (element.firstElementChild), text);
  }

  /**
   * Tells what a person has done, perhaps with a button.
   *
   * @param {string} text
   * @param {string} [label]
   * @param {() => void} [act]
   */
  tell(text, label, act) {
    this.#status.replaceChildren(text);
    if (!label || !act) return;
    const click = () => {
      act();
      this.tell("");
      this.#host.focusHeading();
    };
    this.#status.append(" ", make("button", { part: "action undo", type: "button", click }, label));
  }

  /** Forgets what was only for this opening. */
  close() {
    this.tell("");
    this.list.close();
  }

  get #isAtTop() {
    return this.scroller ? this.scroller.scrollTop < 1 : this.list.element.getBoundingClientRect().top >= 0;
  }

  #admit() {
    this.list.admit();
    if (this.scroller) this.scroller.scrollTop = 0;
    else this.list.element.scrollIntoView({ block: "nearest" });
    this.#host.focusHeading();
  }
}

/**
 * Marks all shown messages as read, and offers to undo that.
 *
 * @param {MessagesElement} host
 */
export function markAll(host) {
  const { messages, can, count } = host.snapshot;
  const ids = messages.filter(({ read_at }) => !read_at).map(({ id }) => id).slice(0, 100);
  host.markAllRead().catch(() => {});
  const mayUndo = ["mark-unread", "mark-selection-unread"].some((name) => can.has(name)) && ids.length;
  const undo = () => host.client.unread(ids).catch(() => {});
  host.tell(host.text("markedAll", { n: count }), mayUndo ? host.text("undo") : "", undo);
}

/**
 * Shows the button that marks all messages only if it does something.
 *
 * @param {MessagesElement} host
 * @param {HTMLButtonElement} button
 */
export function updateMarkAll(host, button) {
  const { count, can, messages } = host.snapshot;
  setText(button, host.text("markAll"));
  button.hidden = !(count && messages.length && can.has("mark-selection-read"));
}

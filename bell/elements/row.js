// A row of the list: a message and its controls.

import { prepareLink, showText, textOfMessage } from "./content.js";
import { fullTime, timeOf } from "./dates.js";
import { isPlainClick, make, safeLink, setAttribute, setText } from "./dom.js";
import { icon, levelGroup } from "./icons.js";
import { fromTemplate } from "./template.js";

/** @typedef {import("../client/mailbox.js").Message} Message */
/** @typedef {import("./base.js").MessagesElement} MessagesElement */

/**
 * The actions of a row.
 *
 * @typedef {object} Deeds
 * @property {(message: Message, href: URL, action?: {label: string, href: string}) => boolean} open Returns whether the
 *   browser follows the link.
 * @property {(message: Message) => void} toggle Marks as read or unread.
 * @property {(message: Message, kind: "archive" | "remove", wasByKey?: boolean) => void} take
 */

/** The longest part of a text in the name of a button, in characters. */
const NAME_LENGTH = 40;

/** A row. */
export class Row {
  element = make("li");
  #host;
  #deeds;
  /** @type {Message | undefined} */
  #message;
  /** @type {string | undefined} */
  #built;
  /** @type {Element | null} The content that the application has made. */
  #own = null;
  #time = make("time", { part: "time" });
  #state = make("span", { class: "hidden" });
  #text = make("p", { part: "text", dir: "auto" });
  #more = make("button", { part: "more", type: "button", "data-control": "more", click: () => this.#expand() });
  /** @type {HTMLButtonElement[]} */
  #controls = [];

  /** @param {MessagesElement} host @param {Deeds} deeds */
  constructor(host, deeds) {
    this.#host = host;
    this.#deeds = deeds;
  }

  /**
   * Shows a message.
   *
   * @param {Message} message
   * @param {object} state
   * @param {boolean} state.isUnread Whether the message looks unread.
   * @param {boolean} state.isFresh
   */
  update(message, { isUnread, isFresh }) {
    // The reading does not change the content.
    const content = JSON.stringify({ ...message, read_at: 0 }) + this.#host.version;
    this.#message = message;
    if (this.#built !== content) this.#build(message);
    this.#built = content;
    const group = levelGroup(message.level);
    const parts = ["message", `level-${group}`, isUnread && "unread", isFresh && "fresh"].filter(Boolean).join(" ");
    setAttribute(this.element, "part", parts);
    setAttribute(this.element, "class", parts);
    const host = this.#host;
    const state = [isUnread && host.text("isUnread"), message.level_tag].filter(Boolean).join(", ");
    setText(this.#state, state && `${state}: `);
    setText(this.#time, timeOf(Date.parse(message.created), host.now, host.calendar));
    this.#updateControls(message);
  }

  /** Frees what is outside of the row. */
  remove() {
    this.#own?.remove();
  }

  /** Shows the button "More" if the text is cut. The row is in view. */
  measure() {
    const { scrollHeight, clientHeight } = this.#text;
    this.#more.hidden = this.element.classList.contains("expanded") || scrollHeight <= clientHeight + 1;
  }

  /** @param {Message} message */
  #build(message) {
    const host = this.#host;
    this.#own?.remove();
    this.#own = host.renderMessage?.(message) ?? fromTemplate(host, message);
    this.#more.hidden = true;
    setText(this.#more, host.text("more"));
    const created = Date.parse(message.created);
    setAttribute(this.#time, "datetime", message.created);
    setAttribute(this.#time, "title", fullTime(created, host.calendar));
    const slot = make("slot", { name: `message-${message.id}` }, ...this.#content(message));
    const actions = (message.actions ?? []).map((action) => this.#link(message, action.href, action.label, action)).filter((link) => link.href);
    const buttons = make("div", { part: "actions" }, ...actions, ...this.#buttons());
    const level = make("span", { part: "level" }, icon(levelGroup(message.level)));
    this.element.dataset.id = `${message.id}`;
    this.element.replaceChildren(make("span", { part: "dot" }), level, make("div", { class: "content" }, slot, buttons));
    if (!this.#own) return;
    this.#own.slot = slot.name;
    host.append(this.#own);
  }

  /** @param {Message} message @returns {HTMLElement[]} */
  #content(message) {
    const href = this.#host.hrefOf ? this.#host.hrefOf(message) : message.data?.url;
    showText(this.#text, message);
    for (const link of this.#text.querySelectorAll("a")) this.#follow(link, message);
    const meta = make("p", { part: "meta" }, this.#time);
    for (const tag of message.extra_tags) meta.append(make("span", { part: "tag" }, tag));
    if ((message.times ?? 1) > 1) meta.append(make("span", { part: "times" }, `×${message.times}`));
    if (message.title) {
      const title = href ? this.#link(message, href, message.title) : message.title;
      return [make("p", { part: "title", dir: "auto" }, this.#state, title), this.#text, this.#more, meta];
    }
    if (href && message.format !== "safe_html") this.#text.replaceChildren(this.#link(message, href, message.message));
    this.#text.prepend(this.#state);
    return [this.#text, this.#more, meta];
  }

  /**
   * Makes a link. An unsafe address gives a text.
   *
   * @param {Message} message
   * @param {unknown} href
   * @param {string} label
   * @param {{label: string, href: string}} [action]
   */
  #link(message, href, label, action) {
    const link = make("a", { part: action ? "action link" : "link", "data-control": action ? label : "title" }, label);
    prepareLink(link, safeLink(href));
    this.#follow(link, message, action);
    return link;
  }

  /** @param {HTMLAnchorElement} link @param {Message} message @param {{label: string, href: string}} [action] */
  #follow(link, message, action) {
    link.addEventListener("click", (event) => {
      if (!link.href || !isPlainClick(event)) return;
      if (!this.#deeds.open(message, new URL(link.href), action)) event.preventDefault();
    });
  }

  #buttons() {
    const take = (/** @type {"archive" | "remove"} */ kind) => () => this.#message && this.#deeds.take(this.#message, kind);
    const deeds = { read: () => this.#message && this.#deeds.toggle(this.#message), archive: take("archive"), remove: take("remove") };
    this.#controls = Object.entries(deeds).map(([name, click]) =>
      make("button", { part: `action ${name}`, type: "button", "data-control": name, click }),
    );
    return this.#controls;
  }

  /** @param {Message} message */
  #updateControls(message) {
    const [host, isRead] = [this.#host, !!message.read_at];
    const text = textOfMessage({ ...message, message: message.title || message.message }).slice(0, NAME_LENGTH);
    const { can } = host.snapshot;
    const mayMark = ["mark-", "mark-selection-"].some((kind) => can.has(kind + (isRead ? "unread" : "read")));
    const mayRemove = isRead || can.has("delete-unread") || mayMark;
    const shown = /** @type {const} */ ([
      [isRead ? "unreadOne" : "read", isRead ? "unread" : "read", mayMark],
      ["archive", "archive", can.has("archive")],
      ["remove", "remove", mayRemove && (can.has("delete") || can.has("delete-selection"))],
    ]);
    this.#controls.forEach((button, index) => {
      const [name, shape, isPermitted] = shown[index];
      button.hidden = !isPermitted;
      const label = host.text(name, { text });
      if (button.getAttribute("aria-label") === label) return;
      setAttribute(button, "aria-label", label);
      button.replaceChildren(icon(shape));
    });
  }

  #expand() {
    this.element.classList.add("expanded");
    this.#more.hidden = true;
  }
}

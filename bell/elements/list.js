// The list of messages: rows under days, and what a person does with them.

import { dayOf } from "./dates.js";
import { arrange, make, setText } from "./dom.js";
import { Row } from "./row.js";
import { View } from "./view.js";

/** @typedef {import("../client/mailbox.js").Message} Message */
/** @typedef {import("../client/types.js").Undoable} Undoable */
/** @typedef {import("./base.js").MessagesElement} MessagesElement */

/** How long a message that has just arrived is tinted, in milliseconds. */
const TINT = 2000;

/** The list. */
export class List {
  element = make("div", { part: "list", keydown: (/** @type {KeyboardEvent} */ event) => this.#press(event) });
  #host;
  #view;
  /** @type {Map<number, Row>} */
  #rows = new Map();
  /** @type {Map<string, HTMLElement>} */
  #days = new Map();
  /** @type {Set<number>} Messages that look unread until the list is closed, since they were when it was opened. */
  #kept = new Set();
  /** @type {Set<number>} Messages that no look marks until the list is closed: one has, or a person has marked them. */
  #settled = new Set();
  /** @type {Map<number, number>} The messages that have just arrived, and when. */
  #fresh = new Map();
  /** @type {{message: Message, element: HTMLElement} | null} The message that was removed last, and can come back. */
  #taken = null;

  /** @param {MessagesElement} host @param {Element | null} scroller */
  constructor(host, scroller) {
    this.#host = host;
    this.#view = new View(scroller, {
      dwell: () => host.dwell,
      isWatched: () => host.isWatched,
      see: (elements) => this.#see(elements.map(({ id }) => id)),
    });
  }

  /** Begins to measure again which rows are in view. */
  restart() {
    this.#view.restart();
  }

  /** Forgets what was only for this opening. */
  close() {
    this.#kept.clear();
    this.#settled.clear();
    this.#taken = null;
  }

  /** Lets the fresh messages in, with a tint. */
  admit() {
    for (const { id } of this.#host.snapshot.fresh) this.#fresh.set(id, performance.now());
    this.#host.client.admit();
    setTimeout(() => this.#host.render(), TINT);
  }

  /** Shows the messages of the snapshot. */
  render() {
    const host = this.#host;
    const messages = [...host.snapshot.messages];
    const { message: taken, element } = this.#taken ?? {};
    if (taken && messages.some(({ id }) => id === taken.id)) this.#taken = null;
    else if (taken) messages.push(taken);
    messages.sort((one, other) => other.id - one.id);

    /** @type {Map<string, Element[]>} */
    const days = new Map();
    const unused = new Set(this.#rows.keys());
    for (const message of messages) {
      const day = dayOf(Date.parse(message.created), host.now, host.calendar);
      const rows = days.get(day) ?? [];
      days.set(day, rows);
      if (element && message === taken && this.#taken) rows.push(element);
      else rows.push(this.#row(message).element);
      if (message !== taken || !this.#taken) unused.delete(message.id);
    }
    for (const id of unused) this.#drop(id);
    const shown = [...days].map(([day, rows]) => {
      const section = this.#days.get(day) ?? make("section", {}, make("h3", { part: "day" }), make("ul", { role: "list" }));
      const [heading, list] = section.children;
      setText(heading, day);
      arrange(list, rows);
      return /** @type {const} */ ([day, section]);
    });
    this.#days = new Map(shown);
    arrange(this.element, [...this.#days.values()]);
    if (host.mark === "open" && host.isWatched) this.#see([...this.#rows.keys()]);
  }

  /** Returns whether rows may move: the list is at its top, and no person points at it or has the focus in it. */
  get isUntouched() {
    return !this.element.matches(":hover, :focus-within");
  }

  /** @param {Message} message */
  #row(message) {
    const { id } = message;
    if (!message.read_at) this.#kept.add(id);
    let row = this.#rows.get(id);
    if (!row) {
      row = new Row(this.#host, {
        open: (...all) => this.#open(...all),
        toggle: (one) => this.#toggle(one),
        take: (one, kind) => this.#take(one, kind),
      });
      this.#rows.set(id, row);
    }
    const isFresh = performance.now() - (this.#fresh.get(id) ?? -Infinity) < TINT;
    row.update(message, { isUnread: !message.read_at || this.#kept.has(id), isFresh });
    row.element.id = `${id}`;
    if (!message.read_at && this.#host.mark === "view" && !this.#settled.has(id)) this.#view.observe(row.element);
    else this.#view.unobserve(row.element);
    if (row.element.isConnected) row.measure();
    else requestAnimationFrame(() => row.measure());
    return row;
  }

  /** @param {number} id */
  #drop(id) {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#view.unobserve(row.element);
    row.remove();
    this.#rows.delete(id);
    this.#fresh.delete(id);
  }

  /** Marks the messages that a person has seen. @param {Iterable<number | string>} seen */
  #see(seen) {
    const { acknowledge, client, snapshot } = this.#host;
    const all = new Set([...seen].map(Number));
    const ids = snapshot.messages
      .filter(({ id, level, read_at }) => all.has(id) && !read_at && level < acknowledge && !this.#settled.has(id))
      .map(({ id }) => id);
    for (const id of ids) this.#settled.add(id);
    if (ids.length) client.read(ids);
  }

  /** @type {import("./row.js").Deeds["open"]} */
  #open(message, href, action) {
    const host = this.#host;
    if (!message.read_at && host.mark !== "none") host.client.read(message.id);
    return host.fire("message-open", { message, action, href: href.href }, true);
  }

  /** @param {Message} message */
  #toggle({ id, read_at }) {
    const { client } = this.#host;
    this.#kept.delete(id);
    this.#settled.add(id);
    if (read_at) client.unread(id);
    else client.read(id);
  }

  /** @type {import("./row.js").Deeds["take"]} */
  #take(message, kind, wasByKey = false) {
    const host = this.#host;
    const all = this.#all();
    const index = all.findIndex(({ id }) => id === `${message.id}`);
    const next = all[index + 1];
    const undoable = host.client[kind](message.id);
    const text = host.text(kind === "archive" ? "archived" : "removed");
    const undo = make("button", { part: "action undo", type: "button", "data-control": "undo" }, host.text("undo"));
    undo.addEventListener("click", async () => {
      undo.disabled = true;
      await undoable.undo().catch(() => {});
      this.#taken = null;
      host.render();
      this.#focus(this.#rows.get(message.id)?.element, kind);
    });
    this.#taken = { message, element: make("li", { part: "message taken", class: "taken" }, make("span", {}, text), undo) };
    host.tell(text);
    host.render();
    if (!wasByKey) undo.focus();
    else if (next?.isConnected) this.#focus(next, kind);
    else host.focusHeading();
  }

  #all() {
    return /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("li")]);
  }

  /**
   * Focuses the control with this name in a row, or the first one.
   *
   * @param {Element | undefined} row
   * @param {string} [name]
   */
  #focus(row, name) {
    const all = /** @type {HTMLElement[]} */ ([...(row?.querySelectorAll("[data-control]") ?? [])]);
    const visible = all.filter((one) => one.checkVisibility() && (one.localName !== "a" || one.hasAttribute("href")));
    (visible.find(({ dataset }) => dataset.control === name) ?? visible[0])?.focus();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const path = /** @type {HTMLElement[]} */ (event.composedPath());
    const row = path.find(({ localName }) => localName === "li");
    if (!row || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const all = this.#all();
    const index = all.indexOf(row);
    const name = path[0].dataset?.control;
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#focus(all[Math.max(0, Math.min(to, all.length - 1))], name);
    } else if (event.key === "Delete") {
      const remove = row.querySelector('[data-control="remove"]:not([hidden])');
      const message = this.#host.snapshot.messages.find(({ id }) => `${id}` === row.id);
      if (remove && message) this.#take(message, "remove", true);
    }
  }
}

// `<messages-inbox>`: the list as a page, with filters and older messages.

import { MessagesElement } from "./base.js";
import { Body, TICK, markAll, updateMarkAll } from "./body.js";
import { make, setAttribute, setText } from "./dom.js";
import { adoptStyles } from "./styles.js";

/** How long the search waits for the next key, in milliseconds. */
const TYPING = 300;

/** The choices of the filter, and the parameters of each. */
const CHOICES = /** @type {const} */ ({ all: "", onlyUnread: "unread=true", warnings: "level__gte=30" });

export class MessagesInbox extends MessagesElement {
  #root = this.attachShadow({ mode: "open" });
  #label = make("slot", { name: "heading" });
  #heading = make("h2", { part: "heading", tabindex: -1 }, this.#label);
  #markAll = make("button", { part: "mark-all", type: "button", click: () => markAll(this) });
  #choice = make("select", { part: "filter", change: () => this.changeFilters() });
  #search = make("input", { part: "search", type: "search", input: () => this.#type() });
  #older = make("button", { part: "older", type: "button", click: () => this.#showOlder() });
  #body = new Body(this, null);
  /** @type {(() => void) | null} */
  #disconnect = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  constructor() {
    super();
    adoptStyles(this.#root);
    for (const value of Object.values(CHOICES)) this.#choice.append(make("option", { value }));
    const header = make("div", { part: "header" }, this.#heading, make("slot", { name: "header-end" }), this.#markAll);
    const filters = make("div", { part: "filters", role: "search" }, this.#choice, this.#search);
    this.#root.append(header, filters, ...this.#body.nodes, this.#older, make("slot", { name: "footer" }), make("slot"));
  }

  get allFilters() {
    const search = this.#search.value.trim();
    return [this.filter, this.#choice.value, search && `search=${encodeURIComponent(search)}`].filter(Boolean).join("&");
  }

  attach() {
    this.release();
    this.#disconnect = this.client.connect();
    this.#timer = setInterval(() => this.render(), TICK);
  }

  release() {
    this.#disconnect?.();
    this.#disconnect = null;
    clearInterval(this.#timer);
    this.#body.close();
  }

  restart() {
    this.#body.list.restart();
    this.render();
  }

  /** @param {string} text @param {string} [label] @param {() => void} [act] */
  tell(text, label, act) {
    this.#body.tell(text, label, act);
  }

  focusHeading() {
    this.#heading.focus();
  }

  render() {
    const { status, more } = this.snapshot;
    const isOut = status === "signed-out" || status === "missing";
    setText(this.#label, this.label || this.text("label"));
    updateMarkAll(this, this.#markAll);
    Object.keys(CHOICES).forEach((name, index) => setText(this.#choice.options[index], this.text(/** @type {keyof typeof CHOICES} */ (name))));
    setAttribute(this.#choice, "aria-label", this.text("show"));
    setAttribute(this.#search, "aria-label", this.text("search"));
    setAttribute(this.#search, "placeholder", this.text("search"));
    setText(this.#older, this.text("older"));
    this.#older.hidden = !more || isOut;
    this.#body.render();
  }

  #type() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.changeFilters(), TYPING);
  }

  async #showOlder() {
    this.#older.disabled = true;
    await this.client.more().catch(() => {});
    this.#older.disabled = false;
  }
}

// The common part of both elements: attributes, the client, texts, events, and the states of the client.

import { MessagesClient } from "../client/index.js";
import { announce } from "./announcer.js";
import { setAttribute } from "./dom.js";
import { textOf } from "./texts.js";

/** @typedef {import("../client/mailbox.js").Message} Message */
/** @typedef {import("../client/types.js").Snapshot} Snapshot */
/** @typedef {import("./dates.js").Calendar} Calendar */
/** @typedef {import("./texts.js").TextName} TextName */
/** @typedef {import("./texts.js").Texts} Texts */

/** The attributes with their default values. Each is a property, too: `maxLevelTag` is `max-level-tag`. */
const ATTRIBUTES = {
  src: "", filter: "", count: -1, maxLevelTag: "", badge: "unseen", max: 99, mark: "view", dwell: 1500, acknowledge: Infinity,
  live: "auto", poll: 30, idleAfter: 0, background: false, announce: "count", documentTitle: false, appBadge: false,
  placement: "block-end inline-end", density: "cosy", label: "", clock: "auto", timeZone: "", hideSignedOut: false, open: false,
};

/** @param {string} property */
const attributeOf = (property) => property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The properties without an attribute. */
const PROPERTIES = ["client", "texts", "renderMessage", "hrefOf"];

/** The attributes that choose the client. */
const OF_CLIENT = ["src", "filter", "live", "poll", "idle-after", "background"];

/** The attributes that change the content of rows. */
const OF_ROWS = ["clock", "time-zone", "lang"];

/** The folder that the script came from. If it is part of another script, the usual path of the scope. */
const HERE = /\/bell\.js$/.test(new URL(import.meta.url).pathname) ? new URL(".", import.meta.url).href : "/messages/";

/** @type {Map<string, MessagesClient>} The clients with other settings than `MessagesClient.at`. */
const clients = new Map();

/** The number of the next element, for ids. */
let versions = 0;

const Base = /** @type {{new (): HTMLElement & Record<keyof typeof ATTRIBUTES, any>}} */ (HTMLElement);

/** An element that shows messages. */
export class MessagesElement extends Base {
  static observedAttributes = [...Object.keys(ATTRIBUTES).map(attributeOf), "lang"];

  /** The number of the settings that the rows were made with. */
  version = 0;
  /** @type {Texts} */
  #texts = {};
  /** @type {((message: Message) => Element | null) | null} */
  #renderMessage = null;
  /** @type {((message: Message) => string | URL | null) | null} */
  #hrefOf = null;
  /** @type {MessagesClient | null} */
  #client = null;
  #hasOwnClient = false;
  /** @type {AbortController | null} */
  #connected = null;
  #internals = this.attachInternals();

  // ---- Properties

  /** The client. By default, the one that the page shares for `src` and `filter`. */
  get client() {
    return (this.#client ??= this.#makeClient());
  }
  set client(client) {
    this.#hasOwnClient = !!client;
    this.#replaceClient(client);
  }

  /** Texts that replace the English ones. */
  get texts() {
    return this.#texts;
  }
  set texts(texts) {
    this.#texts = texts ?? {};
    this.rebuild();
  }

  /** Makes the content of a row, or returns `null` for the usual one. */
  get renderMessage() {
    return this.#renderMessage;
  }
  set renderMessage(render) {
    this.#renderMessage = render;
    this.rebuild();
  }

  /** Returns the address that a message leads to. By default, the text `url` of its data. */
  get hrefOf() {
    return this.#hrefOf;
  }
  set hrefOf(hrefOf) {
    this.#hrefOf = hrefOf;
    this.rebuild();
  }

  get snapshot() {
    return this.client.snapshot();
  }

  /** The present time of the server, in milliseconds. */
  get now() {
    return Date.now() + this.snapshot.clockOffset;
  }

  /** @type {Calendar} How dates are written. */
  get calendar() {
    const element = /** @type {HTMLElement | null} */ (this.closest("[lang]"));
    return { language: element?.lang || undefined, timeZone: this.timeZone || undefined, isAbsolute: this.clock === "absolute" };
  }

  /** Whether the list is shown. */
  get isListShown() {
    return true;
  }

  /** Whether a person looks at the list now. */
  get isWatched() {
    return this.isListShown && document.visibilityState === "visible" && document.hasFocus();
  }

  /** The filters of the client. */
  get allFilters() {
    return this.filter;
  }

  // ---- What an application calls

  /** Reads the newest messages now. */
  async refresh() {
    await this.client.refresh().catch(() => {});
  }

  /** Marks all messages as read that the list shows. */
  markAllRead() {
    const { messages } = this.snapshot;
    return messages.length ? this.client.read({ upTo: messages[0].id }) : Promise.resolve();
  }

  // ---- What the parts call

  /** @param {TextName} name @param {Record<string, string | number>} [values] */
  text(name, values) {
    return textOf(this.#texts, this.calendar.language, name, values);
  }

  /**
   * Dispatches an event. Returns whether no listener has cancelled it.
   *
   * @param {string} name
   * @param {object} detail
   * @param {boolean} [cancelable]
   */
  fire(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
  }

  /** Sets the states for `:state()`. @param {Record<string, boolean>} states */
  setStates(states) {
    for (const [name, isSet] of Object.entries(states)) {
      // Older browsers want names with two hyphens.
      try {
        this.#internals.states[isSet ? "add" : "delete"](name);
      } catch {}
    }
  }

  /** Shows the present state. */
  render() {}

  /** Tells what a person has done. @param {string} _text @param {string} [_label] @param {() => void} [_act] */
  tell(_text, _label, _act) {}

  /** Focuses the heading of the list. */
  focusHeading() {}

  /** A person looks away, or looks again. */
  restart() {}

  /** Makes all rows again. */
  rebuild() {
    this.version = ++versions;
    if (this.#connected) this.render();
  }

  // ---- Life

  connectedCallback() {
    // Properties that were set before the element was defined hide the setters.
    for (const name of [...PROPERTIES, ...Object.keys(ATTRIBUTES)]) {
      if (!Object.hasOwn(this, name)) continue;
      const self = /** @type {any} */ (this);
      const value = self[name];
      delete self[name];
      self[name] = value;
    }
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    for (const name of ["focus", "blur"]) window.addEventListener(name, () => this.restart(), { signal });
    document.addEventListener("visibilitychange", () => this.restart(), { signal });
    this.#follow();
  }

  disconnectedCallback() {
    this.#connected?.abort();
    this.#connected = null;
    this.release();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    if (OF_CLIENT.includes(name) && !this.#hasOwnClient) this.#replaceClient(null);
    else if (OF_ROWS.includes(name)) this.rebuild();
    else if (this.#connected) this.render();
  }

  /** Connects the client. The element is in the page. */
  attach() {}

  /** Disconnects the client. */
  release() {}

  #makeClient() {
    const { src, live, poll, idleAfter, background } = this;
    const [base, filter] = [src || HERE, this.allFilters];
    const options = { base, filter, live, poll, idleAfter, background };
    if (!OF_CLIENT.slice(2).some((name) => this.hasAttribute(name))) return MessagesClient.at(base, filter);
    const key = JSON.stringify(options);
    const client = clients.get(key) ?? new MessagesClient(options);
    clients.set(key, client);
    return client;
  }

  /** @param {MessagesClient | null} client */
  #replaceClient(client) {
    if (client && client === this.#client) return;
    this.release();
    this.#ends?.abort();
    this.#client = client;
    if (this.#connected) this.#follow();
  }

  /** Chooses another client, because the filters have changed. */
  changeFilters() {
    if (!this.#hasOwnClient) this.#replaceClient(null);
  }

  /** @type {AbortController | null} Ends the listeners of the client. */
  #ends = null;

  #follow() {
    const { client } = this;
    this.#ends = new AbortController();
    const signal = AbortSignal.any([this.#ends.signal, /** @type {AbortController} */ (this.#connected).signal]);
    /** @type {[string, (event: any) => void][]} */
    const listeners = [
      ["change", () => this.#changed()],
      ["message", (event) => {
        if (!this.fire("message-new", event.detail, true)) event.preventDefault();
        else announce.arrived(this, event.detail.message);
      }],
      ["problem", ({ detail }) => {
        this.fire("messages-problem", detail);
        this.tell(this.text("problem", { detail: detail.problem.detail }));
      }],
      ["signedout", () => this.fire("messages-signed-out", {})],
    ];
    for (const [name, listener] of listeners) client.addEventListener(name, listener, { signal });
    announce.forget(this);
    this.attach();
    this.#changed();
  }

  #changed() {
    const { status, live, count, unseen } = this.snapshot;
    this.setStates({ unread: count > 0, live, offline: status === "offline", "signed-out": status === "signed-out" });
    this.render();
    announce.changed(this);
    if (this.#told === unseen + count / 1e9) return;
    this.#told = unseen + count / 1e9;
    this.fire("messages-change", { count, unseen });
  }

  #told = 0;
}

for (const [property, fallback] of Object.entries(ATTRIBUTES)) {
  const name = attributeOf(property);
  Object.defineProperty(MessagesElement.prototype, property, {
    configurable: true,
    enumerable: true,
    /** @this {MessagesElement} */
    get() {
      const value = this.getAttribute(name);
      if (typeof fallback === "boolean") return value !== null && value !== "false";
      if (typeof fallback === "number") return value === null || value === "" || Number.isNaN(+value) ? fallback : +value;
      return value ?? fallback;
    },
    /** @this {MessagesElement} */
    set(value) {
      setAttribute(this, name, value);
    },
  });
}

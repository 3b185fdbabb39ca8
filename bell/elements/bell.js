// `<messages-bell>`: a button with the number of new messages, and a panel with the list.

import { MessagesElement } from "./base.js";
import { Body, TICK, markAll, updateMarkAll } from "./body.js";
import { make, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { Panel } from "./panel.js";
import { adoptStyles } from "./styles.js";

export class MessagesBell extends MessagesElement {
  #root = this.attachShadow({ mode: "open" });
  #badge = make("span", { part: "badge", "aria-hidden": "true" });
  #button = make("button", { part: "button", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false" });
  #label = make("slot", { name: "heading" });
  #heading = make("h2", { part: "heading", id: "heading", tabindex: -1, autofocus: true }, this.#label);
  #markAll = make("button", { part: "mark-all", type: "button", click: () => markAll(this) });
  #close = make("button", { part: "close", type: "button", click: () => this.hide() }, icon("close"));
  #scroller = make("div", { part: "body" });
  #link = make("slot");
  #footer = make("div", { part: "footer" }, make("slot", { name: "footer" }), this.#link);
  #dialog = make("dialog", { part: "panel", "aria-labelledby": "heading" },
    make("div", { part: "header" }, this.#heading, make("slot", { name: "header-end" }), this.#markAll, this.#close),
    this.#scroller, this.#footer);
  #body = new Body(this, this.#scroller);
  #panel = new Panel(this.#dialog, this.#button, (isOpen) => this.#toggled(isOpen));
  /** @type {(() => void)[]} What ends the connections of the client. */
  #connections = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  constructor() {
    super();
    adoptStyles(this.#root);
    this.#button.append(make("slot", { name: "icon" }, icon("bell", "icon")), this.#badge);
    this.#scroller.append(...this.#body.nodes);
    this.#button.addEventListener("click", (event) => {
      event.preventDefault();
      this.toggle();
    });
    this.#root.append(this.#button, this.#dialog);
    this.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.contains(relatedTarget)) this.#panel.leave();
    });
  }

  /** Opens the panel. */
  show() {
    this.#panel.show();
  }

  /** Closes the panel. */
  hide() {
    this.#panel.hide();
  }

  /** Opens or closes the panel. */
  toggle() {
    if (this.#panel.isOpen) this.hide();
    else this.show();
  }

  get isListShown() {
    return this.#panel.isOpen;
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    super.attributeChangedCallback(name, before, value);
    if (name !== "open" || !this.isConnected || this.open === this.#panel.isOpen) return;
    if (this.open) this.show();
    else this.hide();
  }

  attach() {
    this.release();
    const connect = () => this.#connections.push(this.client.connect({ list: false }));
    // If the page has the number already, the first request can wait.
    if (this.count < 0 || !("requestIdleCallback" in window)) connect();
    else {
      const id = requestIdleCallback(connect, { timeout: 3000 });
      this.#connections.push(() => cancelIdleCallback(id));
    }
    if (this.#panel.isOpen) this.#connections.push(this.client.connect());
    else if (this.open) this.show();
  }

  release() {
    for (const end of this.#connections.splice(0)) end();
  }

  disconnectedCallback() {
    this.hide();
    super.disconnectedCallback();
    this.#showInTitle(0);
  }

  restart() {
    this.#body.list.restart();
    if (this.#panel.isOpen) this.render();
  }

  /** @param {string} text @param {string} [label] @param {() => void} [act] */
  tell(text, label, act) {
    if (this.#panel.isOpen) this.#body.tell(text, label, act);
  }

  focusHeading() {
    this.#heading.focus();
  }

  render() {
    const { status, maxLevel, maxLevelTag } = this.snapshot;
    const isKnown = status !== "idle" && status !== "loading" || this.#number > 0;
    const label = this.label || this.text("label");
    const [number, level, tag] = isKnown
      ? [this.#number, maxLevel ?? 0, maxLevelTag]
      : [Math.max(this.count, 0), 0, this.maxLevelTag];
    const isImportant = level >= 30 || ["warning", "error"].includes(tag);
    const count = number > 0 && this.text(this.badge === "unread" ? "unread" : "new", { n: number });
    const parts = [label, count, count && isImportant && this.text("upTo", { level: tag })];
    setAttribute(this.#button, "aria-label", parts.filter(Boolean).join(", "));
    setAttribute(this.#badge, "part", `badge${isImportant ? ` level-${level >= 40 || tag === "error" ? "error" : "warning"}` : ""}`);
    setText(this.#badge, this.badge === "dot" ? "" : number > this.max ? `${this.max}+` : `${number}`);
    this.#badge.hidden = number <= 0 || this.badge === "none";
    setText(this.#label, label);
    setAttribute(this.#close, "aria-label", this.text("close"));
    updateMarkAll(this, this.#markAll);
    this.#button.hidden = status === "missing" || (this.hideSignedOut && status === "signed-out");
    this.#showLink(status === "missing");
    this.#showInTitle(number);
    if (this.#panel.isOpen) this.#body.render();
  }

  get #number() {
    const { count, unseen } = this.snapshot;
    return this.badge === "unread" ? count : unseen;
  }

  /** Shows the link of the application instead of a bell that can't work. @param {boolean} isAlone */
  #showLink(isAlone) {
    const parent = isAlone ? this.#root : this.#footer;
    if (this.#link.parentNode !== parent) parent.append(this.#link);
  }

  /** @param {number} number */
  #showInTitle(number) {
    if (this.documentTitle) {
      const title = document.title.replace(/^\(\d+\+?\) /, "");
      const text = number > this.max ? `${this.max}+` : number;
      const next = number > 0 ? `(${text}) ${title}` : title;
      if (next !== document.title) document.title = next;
    }
    if (!this.appBadge || !("setAppBadge" in navigator)) return;
    (number > 0 ? navigator.setAppBadge(number) : navigator.clearAppBadge()).catch(() => {});
  }

  /** @param {boolean} isOpen */
  #toggled(isOpen) {
    setAttribute(this, "open", isOpen);
    setAttribute(this.#button, "aria-expanded", `${isOpen}`);
    this.setStates({ open: isOpen });
    clearInterval(this.#timer);
    if (isOpen) {
      this.#connections.push(this.client.connect());
      this.client.admit();
      this.#timer = setInterval(() => this.render(), TICK);
      this.#scroller.scrollTop = 0;
    } else {
      this.#body.close();
      // The last connection is that of the list.
      this.#connections.pop()?.();
    }
    this.render();
    this.restart();
    this.fire("messages-toggle", { isOpen });
  }
}

// Custom rows: `<template data-message>`.

import { fullTime, timeOf } from "./dates.js";
import { safeLink, setText } from "./dom.js";

/** @typedef {import("../client/mailbox.js").Message} Message */
/** @typedef {import("./base.js").MessagesElement} MessagesElement */

/** Returns the value at a path such as `data.url`. @param {any} value @param {string} path */
const valueAt = (value, path) => path.split(".").reduce((inner, key) => (Object.hasOwn(Object(inner), key) ? inner[key] : undefined), value);

/**
 * Makes the content of a row from the template in the element, if there is one. `data-text`, `data-href`, `data-time`
 * and `data-if` name a value of the message.
 *
 * @param {MessagesElement} host
 * @param {Message} message
 * @returns {Element | null}
 */
export function fromTemplate(host, message) {
  const template = host.querySelector("template[data-message]");
  const copy = template instanceof HTMLTemplateElement ? document.importNode(template.content, true).firstElementChild : null;
  if (!copy) return null;
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    if (!(element instanceof HTMLElement)) continue;
    const { text, href, time, if: condition } = element.dataset;
    if (condition && !valueAt(message, condition)) element.remove();
    if (text) setText(element, `${valueAt(message, text) ?? ""}`);
    if (href) {
      const url = safeLink(valueAt(message, href));
      if (url) element.setAttribute("href", url.href);
    }
    const moment = time ? Date.parse(`${valueAt(message, time)}`) : NaN;
    if (!Number.isNaN(moment)) {
      element.setAttribute("datetime", new Date(moment).toISOString());
      element.title = fullTime(moment, host.calendar);
      setText(element, timeOf(moment, host.now, host.calendar));
    }
  }
  return copy;
}

// Shows the text of a message, which may be safe HTML.

import { safeLink } from "./dom.js";

/** @typedef {import("../client/mailbox.js").Message} Message */

/** The elements that are shown of safe HTML. */
const SANITIZER = {
  elements: [...["b", "strong", "i", "em", "code", "br"].map((name) => ({ name })), { name: "a", attributes: ["href"] }],
  attributes: [],
};

const ENTITIES = { lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'", amp: "&" };

/** Returns safe HTML without its tags. @param {string} html */
export function plainText(html) {
  const text = html.replace(/<br\b[^>]*>/gi, "\n").replace(/<[^>]*>/g, "");
  return text.replace(/&(lt|gt|quot|#39|#x27|amp);/g, (_, name) => ENTITIES[/** @type {keyof typeof ENTITIES} */ (name)]);
}

/** Returns the text of a message without tags. @param {Message} message */
export const textOfMessage = ({ message, format }) => (format === "safe_html" ? plainText(message) : message);

/**
 * Shows the text of a message. A browser that can't sanitize HTML shows it without tags.
 *
 * @param {HTMLElement & {setHTML?: (html: string, options: object) => void}} element
 * @param {Message} message
 */
export function showText(element, message) {
  if (message.format !== "safe_html" || !element.setHTML) {
    element.textContent = textOfMessage(message);
    return;
  }
  element.setHTML(message.message, { sanitizer: SANITIZER });
  for (const link of element.querySelectorAll("a")) prepareLink(link, safeLink(link.getAttribute("href")));
}

/**
 * Makes an element a link to this address. A link to another origin tells it nothing, and shows its host.
 *
 * @param {HTMLAnchorElement} link
 * @param {URL | null} url
 */
export function prepareLink(link, url) {
  if (!url) return link.removeAttribute("href");
  link.href = url.href;
  if (url.protocol === "mailto:" || url.origin === location.origin) return;
  link.rel = "noopener noreferrer";
  link.dataset.host = url.host;
}

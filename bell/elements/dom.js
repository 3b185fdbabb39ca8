// Makes and arranges nodes.

/**
 * Makes an element. A value that is a function is a listener, `true` an empty attribute, and `false` none.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else setAttribute(element, key, value);
  }
  element.append(...children);
  return element;
}

/**
 * Sets or removes an attribute, if it has another value.
 *
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function setAttribute(element, name, value) {
  if (value === false || value === null || value === undefined) return element.removeAttribute(name);
  const text = value === true ? "" : `${value}`;
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Sets the text of a node, if it has another one. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes these nodes the children of an element. Those that are in place stay, and with them the focus.
 *
 * @param {Element} parent
 * @param {readonly Element[]} wanted
 */
export function arrange(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const node of wanted) {
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}

/**
 * Returns the address of a link that is safe to follow, or `null`.
 *
 * @param {unknown} href
 * @returns {URL | null}
 */
export function safeLink(href) {
  const text = href instanceof URL ? href.href : href;
  if (typeof text !== "string" || !text || /^\s*[\\/]\s*[\\/]/.test(text) || !URL.canParse(text, document.baseURI)) return null;
  const url = new URL(text, document.baseURI);
  const isSafe = ["http:", "https:", "mailto:"].includes(url.protocol) && !url.username && !url.password;
  return isSafe ? url : null;
}

/** Whether a click opens the link in this window. @param {MouseEvent} event */
export const isPlainClick = ({ button, altKey, ctrlKey, metaKey, shiftKey }) =>
  !button && !altKey && !ctrlKey && !metaKey && !shiftKey;

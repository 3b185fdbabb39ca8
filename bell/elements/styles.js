// The styles of the elements.

import css from "./styles.css";

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** Gives a shadow root the styles. A sheet of a script is permitted by each content security policy. @param {ShadowRoot} root */
export function adoptStyles(root) {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  root.adoptedStyleSheets = [sheet];
}

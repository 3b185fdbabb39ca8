// Defines the elements, unless the browser is too old for them, or the page has them already.

import { MessagesBell } from "./bell.js";
import { MessagesInbox } from "./inbox.js";

const isSupported = "popover" in HTMLElement.prototype && CSS.supports("color: light-dark(red, red)");
if (isSupported && !customElements.get("messages-bell")) {
  customElements.define("messages-bell", MessagesBell);
  customElements.define("messages-inbox", MessagesInbox);
}

export { MessagesBell, MessagesInbox };

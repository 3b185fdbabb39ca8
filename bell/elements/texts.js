// The texts of the elements. An application replaces some or all of them by the property `texts`.

/**
 * A text, or its plural forms by the categories of `Intl.PluralRules`. `{n}` and other names in braces are replaced.
 *
 * @typedef {string | Partial<Record<Intl.LDMLPluralRule, string>>} Text
 */

/** The texts in English. */
export const ENGLISH = {
  label: "Messages",
  unread: "{n} unread",
  new: "{n} new",
  upTo: "up to {level}",
  markAll: "Mark all read",
  markedAll: /** @type {Text} */ ({ one: "1 message marked as read.", other: "{n} messages marked as read." }),
  close: "Close",
  isUnread: "Unread",
  more: "More",
  read: "Mark as read: {text}",
  unreadOne: "Mark as unread: {text}",
  archive: "Archive: {text}",
  archived: "Archived.",
  remove: "Delete: {text}",
  removed: "Deleted.",
  undo: "Undo",
  fresh: /** @type {Text} */ ({ one: "1 new message", other: "{n} new messages" }),
  errors: /** @type {Text} */ ({ one: "1 error", other: "{n} errors" }),
  empty: "No messages",
  loading: "Loading messages",
  offline: "You are offline. Last updated {time}.",
  failed: "Could not be refreshed.",
  retry: "Try again",
  problem: "This was not possible. {detail}",
  signedOut: "Please sign in.",
  older: "Show older",
  all: "All",
  onlyUnread: "Unread",
  warnings: "Warnings and errors",
  show: "Show",
  search: "Search",
};

/** @typedef {keyof typeof ENGLISH} TextName */

/** @typedef {Partial<Record<TextName, Text>>} Texts */

/**
 * Returns a text with these values.
 *
 * @param {Texts} texts
 * @param {string | undefined} language
 * @param {TextName} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function textOf(texts, language, name, values = {}) {
  let text = /** @type {Text} */ (texts[name] ?? ENGLISH[name]);
  if (typeof text !== "string") {
    text = text[new Intl.PluralRules(language).select(Number(values.n))] ?? text.other ?? "";
  }
  return text.replace(/\{(\w+)\}/g, (_, key) => `${values[key] ?? ""}`);
}

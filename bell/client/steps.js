// Translates an operation into requests, as far as the server permits them.

/** @typedef {import("./mailbox.js").Mailbox} Mailbox */
/** @typedef {import("./operations.js").Operation} Operation */
/** @typedef {import("./operations.js").Step} Step */

/** @param {string} path */
const post = (path) => ({ method: "POST", path });

/** Changes one message. If it does not exist any more, it needs no change. @param {string} path */
const postOne = (path) => ({ ...post(path), mayBeGone: true });

/**
 * Returns whether one of the actions is permitted.
 *
 * @param {Mailbox} mailbox
 * @param {string[]} actions
 */
export const may = ({ can }, ...actions) => actions.some((action) => can.has(action));

/**
 * Returns whether messages may be marked one by one.
 *
 * @param {Mailbox} mailbox
 * @param {"read" | "unread"} kind
 */
export const mayMark = (mailbox, kind) => may(mailbox, `mark-${kind}`, `mark-selection-${kind}`);

/**
 * Returns whether the message must be marked as read before it can be deleted.
 *
 * @param {Mailbox} mailbox
 * @param {number} id
 */
const mustMark = (mailbox, id) => !may(mailbox, "delete-unread") && !mailbox.messages.get(id)?.read_at;

/**
 * Returns whether the message may be deleted.
 *
 * @param {Mailbox} mailbox
 * @param {number} id
 */
export const mayRemove = (mailbox, id) =>
  may(mailbox, "delete", "delete-selection") && (!mustMark(mailbox, id) || mayMark(mailbox, "read"));

/**
 * Returns the requests of an operation.
 *
 * @param {Operation} operation
 * @param {Mailbox} mailbox
 * @param {(parameters: Record<string, number>) => string} query Adds the filters.
 * @returns {Step[]}
 */
export function stepsOf({ kind, ids, upTo }, mailbox, query) {
  const [id] = ids;
  switch (kind) {
    case "seen":
      return [post(`seen/?up_to=${upTo}`)];
    case "archive":
      return may(mailbox, kind) ? [postOne(`${id}/archive/`)] : [];
    case "restore":
      return may(mailbox, kind) ? [post(`${id}/restore/`)] : [];
    case "read":
    case "unread":
      if (upTo !== null) return [post(`${kind}/?${query({ up_to: upTo })}`)];
      if (may(mailbox, `mark-selection-${kind}`)) return [post(`${kind}/?ids=${ids}`)];
      return may(mailbox, `mark-${kind}`) ? ids.map((one) => postOne(`${one}/${kind}/`)) : [];
    case "remove": {
      if (!mayRemove(mailbox, id)) return [];
      const deletion = { method: "DELETE", path: may(mailbox, "delete") ? `${id}/` : `?ids=${id}`, mayBeGone: true };
      if (!mustMark(mailbox, id)) return [deletion];
      return [postOne(may(mailbox, "mark-read") ? `${id}/read/` : `read/?ids=${id}`), deletion];
    }
  }
}

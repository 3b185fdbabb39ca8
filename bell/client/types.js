// The types of the client.

/** @typedef {import("./mailbox.js").Message} Message */
/** @typedef {import("./requests.js").Problem} Problem */

/**
 * The state of a client. `idle`: there was no response yet. `loading`: the list is awaited for more than 300 ms.
 * `ready`: the server has answered. `offline`: the server can't be reached. `failed`: the server could not answer.
 * `signed-out`: no user is signed in. `missing`: there is no inbox at this address.
 *
 * @typedef {"idle" | "loading" | "ready" | "offline" | "failed" | "signed-out" | "missing"} Status
 */

/**
 * The state that a front end shows.
 *
 * @typedef {object} Shown
 * @property {Status} status
 * @property {boolean} live Whether changes arrive at once.
 * @property {Problem | null} error The problem of the last reading.
 * @property {readonly Message[]} messages The messages, newest first.
 * @property {boolean} more Whether there may be older messages.
 * @property {readonly Message[]} fresh The messages that have arrived and were not admitted yet, newest first.
 * @property {number} count The number of unread messages.
 * @property {number} unseen The number of unseen messages; equal to `count` if the server does not tell it.
 * @property {number | null} maxLevel The highest level of the unread messages.
 * @property {string} maxLevelTag The name of that level.
 * @property {number} pending The number of operations that the server has not confirmed.
 * @property {ReadonlySet<string>} can The actions that the server permits.
 * @property {number} clockOffset The clock of the server minus ours, in milliseconds.
 */

/** @typedef {Readonly<Shown>} Snapshot The state. It is frozen, and the same object until something changes. */

/**
 * An operation that can be undone. Both functions may be called at any time.
 *
 * @typedef {object} Undoable
 * @property {() => Promise<boolean>} undo Takes the operation back. Resolves to whether this was possible.
 * @property {() => Promise<void>} send Sends the operation now, if it waits. Resolves when the server has confirmed it.
 */

/**
 * @typedef {object} Options
 * @property {string | URL} [base] The address of the scope; by default `/messages/`.
 * @property {string} [filter] The filters of the list, such as `level__gte=30&extra_tags=billing`.
 * @property {() => HeadersInit | Promise<HeadersInit>} [headers] Returns headers for each request.
 * @property {RequestCredentials} [credentials] By default `same-origin`.
 * @property {typeof globalThis.fetch} [fetch]
 * @property {(raw: any) => Message} [adapt] Converts the JSON of a message, for `MessagesConfig::represent`.
 * @property {"auto" | "poll" | "off"} [live] `poll` opens no stream. `off` reads only at the start and on request.
 * @property {number} [poll] The seconds between two readings without a stream; by default 30.
 * @property {number} [idleAfter] The minutes without a key or pointer after which all traffic ends; by default 0, never.
 * @property {boolean} [background] Whether a hidden page is kept up to date.
 * @property {number} [limit] The number of messages of a page; by default 20.
 */

export {};

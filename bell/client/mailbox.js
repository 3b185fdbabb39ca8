// The state of a mailbox: what the server has told, or what is shown with the pending operations applied to it.

/**
 * An action of a message: a label and a link.
 *
 * @typedef {object} Action
 * @property {string} label
 * @property {string} href
 */

/**
 * A message.
 *
 * @typedef {object} Message
 * @property {number} id
 * @property {string} message The text.
 * @property {number} level
 * @property {string} level_tag The name of the level; empty if it has no name.
 * @property {readonly string[]} extra_tags
 * @property {string} view
 * @property {string | null} read_at The time of the first reading.
 * @property {string} created
 * @property {string} [title]
 * @property {Record<string, unknown>} [data]
 * @property {readonly Action[]} [actions]
 * @property {"safe_html"} [format]
 * @property {string} [key]
 * @property {number} [times]
 * @property {string} [expires_at]
 */

/** @param {Message | null | undefined} message */
const isUnread = (message) => Boolean(message) && message?.read_at === null;

/** The newest messages of a mailbox, and the summary of its unread ones. */
export class Mailbox {
  /** The opaque key of the mailbox; empty before the first reading. */
  key = "";
  /** Whether `messages` are the newest messages that match, without a gap. */
  isListed = false;
  /** Whether there are older messages. */
  more = false;
  count = 0;
  /** @type {number | null} The number of unseen messages; `null` if the server does not tell it. */
  unseen = null;
  /** @type {number | null} */
  maxLevel = null;
  maxLevelTag = "";
  /** Whether messages have changed since the server has told the highest level. */
  isLevelOld = false;
  /** @type {number | null} The id from which on unread messages are unseen; `null` if it is not computed yet. */
  unseenFrom = null;
  /** @type {ReadonlySet<string>} The actions that the server permits. */
  can = new Set();
  /** @type {Map<number, Message>} */
  messages = new Map();

  copy() {
    return Object.assign(new Mailbox(), this, { messages: new Map(this.messages) });
  }

  /** Returns the messages, newest first. */
  list() {
    return [...this.messages.values()].sort((one, other) => other.id - one.id);
  }

  unread() {
    return this.list().filter(isUnread);
  }

  /** @param {any} summary */
  summarise({ count, unseen, max_level, max_level_tag }) {
    this.count = count;
    this.unseen = unseen ?? null;
    this.maxLevel = max_level;
    this.maxLevelTag = max_level_tag;
    this.isLevelOld = false;
    this.unseenFrom = null;
  }

  /**
   * Replaces the messages. A message that has not changed stays the same object.
   *
   * @param {Message[]} messages
   * @param {boolean} more
   */
  replace(messages, more) {
    this.messages = new Map(messages.map((message) => [message.id, reuse(this.messages.get(message.id), message)]));
    this.more = more;
    this.isListed = true;
    this.unseenFrom = null;
  }

  /**
   * Adds older messages.
   *
   * @param {Message[]} messages
   * @param {boolean} more
   */
  extend(messages, more) {
    this.replace([...this.messages.values(), ...messages], more);
  }

  /** Adds a message, or replaces the one with its id. @param {Message} message */
  put(message) {
    this.change(message.id, reuse(this.messages.get(message.id), message));
  }

  /**
   * Changes one message, and the summary with it. `null` removes the message.
   *
   * @param {number} id
   * @param {Message | null} next
   */
  change(id, next) {
    const old = this.messages.get(id);
    const was = isUnread(old);
    const is = isUnread(next);
    const isUnseen = id >= (this.unseenFrom ??= this.#findUnseen());
    if (next) this.messages.set(id, Object.freeze(next));
    else this.messages.delete(id);
    if (was === is) return;
    const step = is ? 1 : -1;
    this.count = Math.max(0, this.count + step);
    const { unseen } = this;
    if (unseen !== null) this.unseen = Math.max(0, Math.min(this.count, isUnseen ? unseen + step : unseen));
    this.isLevelOld = true;
  }

  /**
   * Marks messages. Ignores ids that are not listed, and keeps the time of the first reading.
   *
   * @param {Iterable<number>} ids
   * @param {string | null} readAt
   * @param {boolean} [isTold] Whether the time is that of the server, which replaces ours.
   */
  mark(ids, readAt, isTold = false) {
    for (const id of ids) {
      const message = this.messages.get(id);
      const isChange = isUnread(message) !== (readAt === null) || (isTold && message?.read_at !== readAt);
      if (message && isChange) this.change(id, { ...message, read_at: readAt });
    }
  }

  /**
   * Marks all messages up to this one.
   *
   * @param {number} upTo
   * @param {string | null} readAt
   */
  markUpTo(upTo, readAt) {
    this.mark([...this.messages.keys()].filter((id) => id <= upTo), readAt);
    const reachesOlder = this.more && [...this.messages.keys()].some((id) => id <= upTo);
    if (readAt === null || !reachesOlder) return;
    // The messages that are not listed are older, so they are read as well.
    this.count = this.unread().length;
    if (this.unseen !== null) this.unseen = Math.min(this.unseen, this.count);
    this.isLevelOld = true;
  }

  /**
   * Counts the messages up to this one as seen.
   *
   * @param {number} upTo
   */
  see(upTo) {
    const later = this.unread().filter(({ id }) => id > upTo).length;
    if (this.unseen !== null) this.unseen = Math.min(this.unseen, later);
    this.unseenFrom = null;
  }

  /** Returns the id from which on unread messages are unseen: they are the newest ones. */
  #findUnseen() {
    if (this.unseen === 0) return Math.max(-Infinity, ...this.messages.keys()) + 1;
    return this.unread()[(this.unseen ?? 0) - 1]?.id ?? -Infinity;
  }

  /** Updates the highest level, as far as the listed messages tell it. */
  updateLevel() {
    if (!this.isLevelOld) return;
    const unread = this.unread();
    const isComplete = unread.length >= this.count;
    if (isComplete) {
      this.maxLevel = null;
      this.maxLevelTag = "";
    }
    for (const { level, level_tag } of unread) {
      if (this.maxLevel === null || level > this.maxLevel) {
        this.maxLevel = level;
        this.maxLevelTag = level_tag;
      }
    }
  }
}

/**
 * Returns the old object if the message has not changed, and otherwise the new one, frozen.
 *
 * @param {Message | undefined} old
 * @param {Message} next
 */
function reuse(old, next) {
  return old && JSON.stringify(old) === JSON.stringify(next) ? old : Object.freeze(next);
}

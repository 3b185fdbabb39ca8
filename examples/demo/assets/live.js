// Follows a mailbox by server-sent events. While the stream is away, it looks at the mailbox every 30 seconds.

const LOOK_EVERY = 30_000; // milliseconds
const LONGEST_SILENCE = 60_000; // a stream that works sends a summary every 25 seconds
const EVENTS = ["message", "read", "unread", "tagged", "deleted", "summary", "resync"];

/**
 * Returns functions that start and stop to follow the stream at this address.
 *
 * - `look()` lists the messages without the stream, and resolves to the position of the list if there is one.
 * - `hear(name, data)` is called with each event of the stream.
 * - `show(isLive)` is called when the stream begins, and when it is away.
 */
export function follow(address, { look, hear, show }) {
  let source = null;
  let starts = 0;
  let nextLook, silence; // timers

  /** Looks now, and opens the stream at the position of this look. */
  function start() {
    stop();
    return lookAgain(0);
  }

  function stop() {
    starts += 1;
    source?.close();
    source = null;
    waitForLook(null);
    clearTimeout(silence);
  }

  /** Looks until the stream is open. After `delay` looks, it opens the stream itself. */
  async function lookAgain(delay) {
    const start = starts;
    const position = await look();
    if (start !== starts || isOpen()) return;
    if (position && delay <= 0) open(position);
    else waitForLook(delay - 1);
  }

  function waitForLook(delay) {
    clearTimeout(nextLook);
    nextLook = delay === null ? null : setTimeout(lookAgain, LOOK_EVERY, delay);
  }

  function open(position) {
    source = new EventSource(`${address}?after=${encodeURIComponent(position)}`);
    source.onopen = () => {
      waitForLook(null);
      waitForEvent();
      show(true);
    };
    source.onerror = () => {
      // After a break, the browser connects again by itself, with its last position. But a status such as 204, 403, 429
      // or 503 ends an `EventSource` for good.
      if (source.readyState === EventSource.CLOSED) return giveUp();
      clearTimeout(silence);
      if (nextLook === null) waitForLook(Infinity);
      show(false);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, ({ data }) => {
        waitForEvent();
        hear(name, JSON.parse(data));
      });
    }
  }

  /** A connection can break without a sign, for example while a laptop sleeps. */
  function waitForEvent() {
    clearTimeout(silence);
    silence = setTimeout(giveUp, LONGEST_SILENCE);
  }

  /** Looks at once, since the user may have signed out, and opens a new stream after a minute. */
  function giveUp() {
    stop();
    show(false);
    return lookAgain(2);
  }

  const isOpen = () => source?.readyState === EventSource.OPEN;
  return { start, stop, isOpen };
}

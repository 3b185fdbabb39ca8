// Parses server-sent events.

/**
 * An event as it is sent.
 *
 * @typedef {object} Block
 * @property {string} id The position of the stream after this event.
 * @property {string} name The kind of the event; `message` if the server gives no name.
 * @property {string} data The data, as text.
 */

/**
 * Returns a function that takes the bytes of a stream, in pieces of any size. It ignores comments, unknown fields, and
 * a block that is not complete.
 *
 * Source: the HTML standard, server-sent events, "interpreting an event stream".
 *
 * @param {(event: Block) => void} onBlock Is called with each event.
 * @param {(milliseconds: number) => void} onRetry Is called with the time after which to connect again.
 * @returns {(bytes: Uint8Array) => void}
 */
export function eventParser(onBlock, onRetry) {
  const decoder = new TextDecoder(); // it also removes the byte order mark
  let rest = "";
  let endsWithReturn = false;
  let id = "";
  let name = "";
  /** @type {string[]} */
  let data = [];

  const endBlock = () => {
    if (data.length > 0) onBlock({ id, name: name || "message", data: data.join("\n") });
    name = "";
    data = [];
  };

  /** @param {string} line */
  const take = (line) => {
    if (line === "") return endBlock();
    const [, field, value = ""] = /** @type {string[]} */ (/^([^:]*)(?:: ?(.*))?$/s.exec(line));
    if (field === "data") data.push(value);
    if (field === "event") name = value;
    if (field === "id" && !value.includes("\0")) id = value;
    if (field === "retry" && /^\d+$/.test(value)) onRetry(Number(value));
  };

  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true });
    if (text === "") return;
    // A line feed after a carriage return belongs to it, even if it comes in the next piece.
    if (endsWithReturn && text.startsWith("\n")) text = text.slice(1);
    endsWithReturn = text.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = /** @type {string} */ (lines.pop());
    lines.forEach(take);
  };
}

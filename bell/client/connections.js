// Counts who uses a client.

/** A client that is not used any more goes on for this time: a page often connects again at once. */
const LINGER = 3000; // milliseconds

/** The connections of a client. */
export class Connections {
  /** The number of connections that show the list. */
  lists = 0;
  #count = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lingering;

  /**
   * @param {object} options
   * @param {(isList: boolean) => void} options.onOpen
   * @param {(isLastList: boolean) => void} options.onClose
   * @param {() => void} options.onEnd Is called some time after the last connection was closed.
   */
  constructor(options) {
    this.options = options;
  }

  /** Opens a connection, and returns a function that closes it. @param {boolean} isList */
  open(isList) {
    let isOpen = true;
    const list = isList ? 1 : 0;
    this.#count += 1;
    this.lists += list;
    clearTimeout(this.#lingering);
    this.options.onOpen(isList);
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#count -= 1;
      this.lists -= list;
      if (this.#count === 0) this.#lingering = setTimeout(this.options.onEnd, LINGER);
      this.options.onClose(isList && this.lists === 0);
    };
  }
}

// Sends requests to the endpoints, and tells refusals, failures and sign-in pages apart.

/** A clock of the server that differs by less is the same clock. */
const CLOCK_TOLERANCE = 2000; // milliseconds

/** A request that waits longer for its complete response has failed. */
const LONGEST_REQUEST = 20_000; // milliseconds

/** A request that was refused or that failed. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   * @param {number} [retryAfter]
   */
  constructor(status, detail, retryAfter = 0) {
    super(detail);
    this.name = "Problem";
    /** The status of the response; 0 without a response; 401 for a redirect, which leads to a sign-in page. */
    this.status = status;
    /** The reason, in the words of the server if it gives one. */
    this.detail = detail;
    /** The number of seconds after which the server accepts the request; 0 if it does not tell. */
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get isTransient() {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

/**
 * The options of a request.
 *
 * @typedef {object} RequestOptions
 * @property {boolean} [isBackground] Whether no person caused the request.
 * @property {boolean} [keepalive] Whether the request outlives the page.
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

/** The requests to the endpoints of one scope. */
export class Requests {
  /** The clock of the server minus ours, in milliseconds. */
  clockOffset = 0;
  /** @type {Map<string, {etag: string, body: any}>} The last responses, for conditional requests. */
  #known = new Map();
  /** @type {Set<AbortController>} */
  #readings = new Set();

  /**
   * @param {object} options
   * @param {URL} options.base
   * @param {string} options.filter
   * @param {(() => HeadersInit | Promise<HeadersInit>) | undefined} options.headers
   * @param {RequestCredentials} options.credentials
   * @param {typeof fetch | undefined} options.fetch
   */
  constructor({ base, filter, headers, credentials, fetch }) {
    this.base = base;
    this.filter = filter;
    this.headers = headers;
    this.credentials = credentials;
    this.fetch = fetch;
  }

  /** Returns a query string with the filters and these parameters. @param {Record<string, number>} parameters */
  query(parameters) {
    const own = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    return [...(this.filter ? [this.filter] : []), ...own].join("&");
  }

  /**
   * Sends a request, and returns the response.
   *
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} [options]
   * @returns {Promise<Response>}
   * @throws {Problem} if the server can't be reached, refuses, or redirects
   */
  async send(method, path, { isBackground, keepalive = false, headers = {}, signal } = {}) {
    const fetch = this.fetch ?? globalThis.fetch;
    let response;
    try {
      const all = new Headers(await this.headers?.());
      all.set("accept", "application/json");
      // A middleware that extends sessions can leave out the requests that no person caused.
      if (isBackground) all.set("messages-trigger", "background");
      for (const [name, value] of Object.entries(headers)) all.set(name, value);
      const { credentials } = this;
      const options = { method, headers: all, credentials, keepalive, signal };
      // Nothing is stored by the browser. A redirect is not followed, since it leads to a sign-in page.
      response = await fetch(new URL(path, this.base).href, { ...options, cache: "no-store", redirect: "manual" });
    } catch {
      throw new Problem(0, "The server can't be reached.");
    }
    const { type, status, ok } = response;
    if (type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304)) {
      throw new Problem(401, "The server redirects the request, probably to a sign-in page.");
    }
    if (ok || status === 304) return response;
    const seconds = retryAfter(response.headers.get("retry-after"));
    throw new Problem(status, detailOf(await response.json().catch(() => null)) || `Error ${status}`, seconds);
  }

  /**
   * Opens the stream.
   *
   * @param {string} position
   * @param {AbortSignal} signal
   */
  openStream(position, signal) {
    const headers = { accept: "text/event-stream", "last-event-id": position };
    return this.send("GET", this.filter ? `stream/?${this.filter}` : "stream/", { isBackground: true, headers, signal });
  }

  /**
   * Changes messages. The request outlives the page.
   *
   * @param {string} method
   * @param {string} path
   * @throws {Problem}
   */
  async change(method, path) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), LONGEST_REQUEST);
    try {
      const { status, headers } = await this.send(method, path, { keepalive: true, signal: abort.signal });
      const isJson = headers.get("content-type")?.startsWith("application/json");
      if (status !== 204 && !isJson) throw new Problem(status, "The response is not JSON.");
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Reads the inbox, and returns its JSON. Asks the server whether it has changed since the last reading at the same
   * address.
   *
   * @param {Record<string, number>} parameters
   * @param {boolean} isBackground
   * @returns {Promise<any>}
   * @throws {Problem} also if the response is no inbox
   */
  async readInbox(parameters, isBackground) {
    const query = this.query(parameters);
    const abort = new AbortController();
    this.#readings.add(abort);
    const timer = setTimeout(() => abort.abort(), LONGEST_REQUEST);
    const known = this.#known.get(query);
    try {
      const headers = known && { "if-none-match": known.etag };
      const sentAt = Date.now();
      const options = { isBackground, headers, signal: abort.signal };
      const response = await this.send("GET", `inbox/?${query}`, options);
      this.#compareClocks(response.headers.get("date"), sentAt);
      if (response.status === 304 && known) return known.body;
      const body = await response.json().catch((error) => {
        throw error instanceof SyntaxError ? new Problem(response.status, "The response is not JSON.") : error;
      });
      if (typeof body?.mailbox !== "string") throw new Problem(response.status, "The response is not an inbox.");
      const etag = response.headers.get("etag");
      this.#known.delete(query);
      if (etag) this.#known.set(query, { etag, body });
      // One for the list, and one for the summary alone.
      if (this.#known.size > 2) this.#known.delete(/** @type {string} */ (this.#known.keys().next().value));
      return body;
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0, "The connection broke.");
    } finally {
      clearTimeout(timer);
      this.#readings.delete(abort);
    }
  }

  /**
   * Notes the difference of the clocks. The server cuts its time off to seconds.
   *
   * @param {string | null} date
   * @param {number} sentAt
   */
  #compareClocks(date, sentAt) {
    const offset = Date.parse(date ?? "") + 500 - (sentAt + Date.now()) / 2;
    if (Math.abs(offset - this.clockOffset) > CLOCK_TOLERANCE) this.clockOffset = offset;
  }

  /** Ends the readings that are under way. */
  abortReadings() {
    for (const abort of this.#readings) abort.abort();
  }

  /** Forgets all responses. */
  forget() {
    this.abortReadings();
    this.#known.clear();
  }
}

/**
 * Returns the text of a refusal: its `detail`, or the errors of each parameter.
 *
 * @param {any} body
 * @returns {string}
 */
function detailOf(body) {
  if (typeof body?.detail === "string") return body.detail;
  return Object.values(body ?? {}).flat().filter((text) => typeof text === "string").join(" ");
}

/**
 * Returns the seconds of a `Retry-After`, which is a number or a date.
 *
 * @param {string | null} value
 */
function retryAfter(value) {
  if (!value) return 0;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : 0;
}

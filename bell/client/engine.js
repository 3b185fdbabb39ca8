// The engine of a client: it reads the inbox, follows it, and decides when to do so.

import { Connections } from "./connections.js";
import { Follower } from "./follower.js";
import { Inbox } from "./inbox.js";
import { Operations } from "./operations.js";
import { Page } from "./page.js";
import { Probe } from "./probe.js";
import { Problem, Requests } from "./requests.js";
import { Schedule } from "./schedule.js";
import { may, stepsOf } from "./steps.js";
import { Turns } from "./turns.js";

/** @typedef {import("./operations.js").Operation} Operation */
/** @typedef {import("./operations.js").Step} Step */
/** @typedef {import("./types.js").Options} Options */
/** @typedef {import("./types.js").Status} Status */
/** @typedef {import("./stream.js").StreamEvent} StreamEvent */

const LOADING_AFTER = 300; // milliseconds
const ANOTHER = new Problem(401, "Another user has signed in.");

/** The machinery of one client. */
export class Engine {
  requests;
  inbox;
  operations;
  /** @type {"" | "signed-out" | "missing"} Why there is no inbox. */
  gone = "";
  /** @type {Problem | null} The problem of the last reading. */
  error = null;
  /** The newest message that was counted as seen. */
  seenUpTo = -Infinity;
  #follower;
  #page;
  #schedule;
  #probe = new Probe();
  #connections;
  #wasAwake = false;
  #wasLive = false;
  #turns;
  #isQueued = false;
  #isLoading = false;
  /** @type {Promise<void> | null} */
  #refresh = null;
  /** Changes when running readings do not count any more. */
  #epoch = 0;
  /** Numbers the readings and the responses to operations in their order. */
  #moment = 0;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #nextReading;

  /**
   * @param {Options & {base: URL, filter: string}} options
   * @param {() => void} onChange
   * @param {(name: string, detail: object, cancelable?: boolean) => void} tell Dispatches an event.
   */
  constructor(options, onChange, tell) {
    const { base, filter, headers, credentials = "same-origin", fetch, background = false, live = "auto" } = options;
    this.limit = options.limit ?? 20;
    this.mayStream = live === "auto";
    this.onChange = onChange;
    this.tell = tell;
    this.#schedule = new Schedule(1000 * (options.poll ?? 30), live !== "off");
    this.requests = new Requests({ base, filter, headers, credentials, fetch });
    this.operations = new Operations({
      steps: (operation) => this.#stepsOf(operation),
      send: (step) => this.#send(step),
      onChange,
      onDone: (operation) => this.#onDone(operation),
      onUntold: () => this.isLive && this.#readSoon(),
      onProblem: (problem) => tell("problem", { problem }),
    });
    this.inbox = new Inbox({
      filter,
      adapt: options.adapt ?? ((raw) => raw),
      operations: this.operations,
      onMessage: (message) => tell("message", { message }, true),
    });
    this.#connections = new Connections({
      onOpen: (isList) => {
        const mustRead = isList && (this.inbox.isListStale || !this.isLive);
        if (mustRead || !this.#page.isUsed) this.#schedule.isStale = true;
        this.#page.start();
        this.#sync();
      },
      onClose: (isLastList) => {
        if (isLastList) this.operations.release();
        this.#sync();
      },
      onEnd: () => {
        this.operations.release();
        this.#abortReadings();
        this.#page.stop();
        this.#sync();
      },
    });
    this.#turns = new Turns(
      (event) => this.#apply(event),
      () => {
        this.#settle();
        this.#sync();
      },
    );
    this.#page = new Page({
      background,
      idleAfter: 60_000 * (options.idleAfter ?? 0),
      onChange: () => this.#sync(),
      onHide: () => {
        this.operations.hurry();
        this.#follower.offer();
      },
      onLeave: () => {
        this.operations.releaseNow();
        this.#abortReadings();
      },
      onOnline: () => this.#onOnline(),
      onActivity: () => this.#follower.post({ kind: "active" }),
    });
    this.#follower = new Follower({
      open: (position, signal) => this.requests.openStream(position, signal),
      isAwake: () => this.#isAwake,
      accepts: ({ body }) => this.#accepts(body),
      onEvent: (event) => {
        this.#schedule.toldAt = Date.now();
        this.#turns.hear(event);
      },
      onGap: () => this.#mustRead(),
      onRefusal: () => this.#readSoon(),
      onChange: () => this.#sync(),
      onGone: () => this.#leave("signed-out", new Problem(401, "The user has signed out in another tab.")),
      onActive: () => this.#page.wake(),
    });
  }

  /** Whether changes arrive at once. */
  get isLive() {
    return this.#follower.isLive;
  }

  /** @returns {Status} */
  get status() {
    const { key, isListed } = this.inbox.mailbox;
    if (this.gone) return this.gone;
    if (!this.#page.isOnline || this.error?.status === 0) return "offline";
    if (this.error) return "failed";
    if (key && (isListed || !this.#connections.lists)) return "ready";
    return this.#isLoading ? "loading" : "idle";
  }

  /** @param {boolean} isList */
  connect(isList) {
    return this.#connections.open(isList);
  }

  refresh() {
    this.#refresh ??= this.#turns.run(() => {
      this.#refresh = null;
      return this.#read(false, true);
    });
    return this.#refresh;
  }

  more() {
    return this.#turns.run(async () => {
      const { isListed, more, messages } = this.inbox.mailbox;
      if (!isListed || !more) return;
      const epoch = this.#epoch;
      const body = await this.#readInbox({ limit: this.limit, before: Math.min(...messages.keys()) }, false);
      if (epoch !== this.#epoch) return;
      if (this.inbox.isOfAnother(body.mailbox)) this.#leave("", ANOTHER);
      else this.inbox.extend(body);
    });
  }

  // ---- Operations

  /**
   * @param {Operation} operation
   * @returns {Promise<Step[]>}
   */
  async #stepsOf(operation) {
    if (!this.inbox.mailbox.key) await this.refresh();
    return stepsOf(operation, this.inbox.mailbox, (parameters) => this.requests.query(parameters));
  }

  /** @param {Step} step */
  async #send({ method, path }) {
    try {
      await this.requests.change(method, path);
    } catch (error) {
      const problem = /** @type {Problem} */ (error);
      if (problem.status === 401) this.#leave("signed-out", problem);
      if (problem.status === 403) this.#readSoon(); // what is permitted now?
      throw problem;
    }
  }

  /** @param {Operation} operation */
  #onDone(operation) {
    operation.answeredAt = ++this.#moment;
    this.#settle();
    this.onChange();
    if (!this.operations.isUnsettled(operation)) return;
    // Otherwise, an event or the next reading tells the change.
    if (this.isLive ? operation.upTo !== null : !this.#schedule.polls) this.#readSoon();
  }

  #settle() {
    // A running reading may have begun before the operation.
    if (!this.#turns.isRunning) this.inbox.settle();
  }

  // ---- Reading

  /**
   * @param {Record<string, number>} parameters
   * @param {boolean} isBackground
   */
  #readInbox(parameters, isBackground) {
    // A page in the back/forward cache sends nothing, even if a person has asked for it before.
    if (!this.#page.isPresent) throw new Problem(0, "The page is not shown.");
    return this.requests.readInbox(parameters, isBackground);
  }

  /** Notes that there may be changes that no event tells. */
  #mustRead() {
    this.#schedule.isStale = this.inbox.isListStale = true;
  }

  #readSoon() {
    this.#schedule.isStale = true;
    this.#sync();
  }

  /** Reads the inbox without being asked by a person. */
  #readInBackground() {
    if (this.#isQueued) return;
    this.#isQueued = true;
    const reading = this.#turns.run(async () => {
      this.#isQueued = false;
      if (this.#isAwake || this.#probe.isRunning) await this.#read(true, this.#connections.lists > 0);
    });
    reading.catch(() => {});
  }

  /**
   * @param {boolean} isBackground
   * @param {boolean} isList
   * @throws {Problem}
   */
  async #read(isBackground, isList) {
    const epoch = this.#epoch;
    const began = ++this.#moment;
    this.#schedule.begin();
    const loading = setTimeout(() => {
      this.#isLoading = isList;
      this.onChange();
    }, LOADING_AFTER);
    try {
      const limit = isList ? Math.max(this.limit, this.inbox.mailbox.messages.size) : 0;
      const body = await this.#readInbox({ limit }, isBackground);
      if (epoch === this.#epoch) this.#take(body, isList, began);
    } catch (error) {
      if (epoch === this.#epoch) this.#fail(/** @type {Problem} */ (error));
      throw error;
    } finally {
      clearTimeout(loading);
      this.#isLoading = this.#probe.isRunning = false;
    }
  }

  /**
   * @param {any} body
   * @param {boolean} isList
   * @param {number} began
   */
  #take(body, isList, began) {
    if (this.inbox.isOfAnother(body.mailbox)) {
      this.#leave("", ANOTHER);
      this.#schedule.isStale = false; // this reading is of the other user
    }
    this.gone = "";
    this.error = null;
    this.#schedule.succeed();
    this.inbox.take(body, isList, began);
    if (this.isLive) return;
    // The stream will continue after this reading. Events of an earlier stream are older.
    if (!isList) this.inbox.isListStale = true;
    this.#follower.position = body.at;
    this.#turns.drop();
  }

  /** @param {Problem} problem */
  #fail(problem) {
    if (problem.status === 401 || problem.status === 403) return this.#leave("signed-out", problem);
    if (problem.status === 404) return this.#leave("missing", problem);
    if (this.gone) return;
    const isNew = this.error?.status !== problem.status;
    this.error = problem;
    this.#schedule.fail(problem);
    if (isNew) this.tell("problem", { problem });
  }

  // ---- Following

  /** Returns whether a summary is that of the same user. @param {any} summary */
  #accepts(summary) {
    const isOurs = !this.inbox.isOfAnother(summary.mailbox);
    if (!isOurs) this.#leave("", ANOTHER);
    return isOurs;
  }

  /** @param {StreamEvent} event */
  #apply({ name, body }) {
    if (name === "summary" && !this.#accepts(body)) return;
    if (this.inbox.apply(name, body)) this.#mustRead();
    this.#settle();
    this.onChange();
    this.#plan();
  }

  // ---- When to do what

  get #isAwake() {
    return this.#page.isLookedAt && !this.gone;
  }

  /** Starts and stops everything, as the state requires. */
  #sync() {
    const { isUsed, isPresent, mayStay } = this.#page;
    const { key } = this.inbox.mailbox;
    const isAwake = this.#isAwake;
    if (isAwake && !this.#wasAwake) this.#follower.checkLeader();
    this.#wasAwake = isAwake;
    // A stream that ends is usually there again before the next reading is due.
    if (this.#wasLive && !this.isLive) this.#schedule.toldAt = Date.now();
    this.#wasLive = this.isLive;
    if (!isUsed || !isPresent) this.#follower.close();
    else if (key) this.#follower.open(`messages ${this.requests.base} ${key} ${this.requests.filter}`);
    const mayStart = isAwake && this.mayStream && may(this.inbox.mailbox, "stream");
    this.#follower.sync(mayStart, mayStay && this.#follower.hasStream);
    if (this.#probe.begin(this.#page.isShown, this.gone === "signed-out")) this.#readInBackground();
    this.#plan();
    this.onChange();
  }

  /** Plans the next reading. */
  #plan() {
    clearTimeout(this.#nextReading);
    if (this.#turns.isRunning || !this.#isAwake) return;
    const delay = this.#schedule.delay(this.isLive, this.#connections.lists > 0);
    if (delay === null) return;
    if (delay <= 0) this.#readInBackground();
    else this.#nextReading = setTimeout(() => this.#readInBackground(), delay);
  }

  #onOnline() {
    this.#schedule.forgive();
    this.#follower.forgiveFailures();
    this.operations.retry();
    if (this.error?.status === 0) this.#schedule.isStale = true;
    this.#sync();
  }

  #abortReadings() {
    this.#epoch += 1;
    this.#mustRead();
    this.requests.abortReadings();
  }

  // ---- Another user, or none

  /**
   * Forgets everything about the user.
   *
   * @param {Engine["gone"]} gone Why there is no inbox; empty if there is one, of another user.
   * @param {Problem} problem
   */
  #leave(gone, problem) {
    this.#probe.refuse();
    if (gone && gone === this.gone) return;
    this.#epoch += 1;
    this.#follower.post({ kind: "gone" });
    this.#follower.close();
    this.#follower.position = "";
    this.requests.forget();
    this.operations.clear(problem);
    this.inbox.forget();
    this.seenUpTo = -Infinity;
    this.#turns.drop();
    this.gone = gone;
    this.error = gone ? problem : null;
    if (gone === "missing") console.warn(`There is no ${this.requests.base}inbox/: the scope needs \`Endpoint::Inbox\`.`);
    else this.tell("signedout", {});
    this.#schedule.isStale = !gone;
    this.#sync();
  }
}

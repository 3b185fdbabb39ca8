// The start of most tests: a server, a browser, and a tab with a client.

import { Browser } from "./browser.mjs";
import { Clock, Random } from "./clock.mjs";
import { Server } from "./server.mjs";

export class World {
  constructor(seed = 1) {
    this.random = new Random(seed);
    this.clock = new Clock();
    this.server = new Server(this.clock, this.random);
    this.browser = new Browser(this.clock, this.random, this.server);
  }

  send(number, what) {
    return Array.from({ length: number }, () => this.server.send("alice", what));
  }

  /** Opens a tab with a client. Its `history` has all its snapshots. */
  open(options = {}, tabOptions) {
    const tab = this.browser.open(tabOptions);
    const client = tab.client(options);
    const history = [client.snapshot()];
    client.subscribe(() => history.push(client.snapshot()));
    const events = [];
    for (const name of ["message", "problem", "signedout"]) {
      client.addEventListener(name, ({ detail }) => events.push({ name, ...detail }));
    }
    return { tab, client, history, events };
  }

  advance(milliseconds) {
    return this.clock.advance(milliseconds);
  }

  /** Returns the requests that a step causes, as texts. */
  async requestsOf(step) {
    const before = this.server.requests.length;
    await step();
    return this.server.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
  }
}

export const ids = (messages) => messages.map(({ id }) => id);

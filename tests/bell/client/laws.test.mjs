// The laws of the client, on random schedules. SEED=n plays one of them, GAMES=n so many of each kind.

import test from "node:test";
import { Game } from "./laws.mjs";

const GAMES = Number(process.env.GAMES ?? 40);
const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : Array.from({ length: GAMES }, (_, number) => number + 1);

const KINDS = {
  "one tab": { tabs: 1 },
  "several tabs": { tabs: 3 },
  "one tab, if only its user changes messages": { tabs: 1, isQuiet: true },
  "one tab that polls": { tabs: 1, options: { live: "poll" } },
};

for (const [kind, options] of Object.entries(KINDS)) {
  test(`the laws hold for ${kind}`, async () => {
    for (const seed of SEEDS) {
      try {
        const game = new Game(seed, options);
        await game.play(60);
        await game.rest();
      } catch (error) {
        error.message = `SEED=${seed}, ${kind}: ${error.message}`;
        throw error;
      }
    }
  });
}

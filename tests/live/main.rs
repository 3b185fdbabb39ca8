//! A random game that tries to break live streams: users, visitors and their tabs on servers that are killed.
//!
//! Actors send, mark, tag, move and delete messages, sign in and out, and leave before the response. Tabs follow the
//! mailboxes as an `EventSource` does. They cut their connections after any byte, pause, and load their page again. A
//! server is killed with `SIGKILL` once in each round. After a round, each tab shows what the inbox has.
//!
//! There is one server on SQLite, or three on PostgreSQL with a relay. There, each request and stream may go to another
//! server, the database restarts, and the connections of the relays are cut. In one of the games, the relays also lose,
//! repeat and reorder messages.
//!
//! The default takes some seconds. This is the full size:
//!
//! ```sh
//! LIVE_DELIVERIES=1_000_000 LIVE_KILLS=200 LIVE_CUTS=10_000 LIVE_USERS=6 LIVE_BROWSERS=10 \
//!     cargo test --release -p actix-messages-tests --test live -- --nocapture
//! ```
//!
//! `LIVE_SEED` repeats the random choices of a game, but not the timing of its threads. `LIVE_TABS` is the number of
//! tabs of each browser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod actor;
mod browser;
mod checkpoint;
mod events;
mod game;
mod ledger;
mod random;
mod shown;
mod site;
mod tab;
mod wire;

use std::{path::Path, sync::atomic::Ordering, thread, time::Duration};

use self::{
    actor::Actor,
    game::{Counts, Game, Size, read},
    random::Random,
    site::{Database, Site},
};

#[test]
fn every_tab_shows_what_is_stored_after_kills_and_cuts() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::Sqlite(folder.path().join("messages.sqlite"));
    play_all(Size::from_environment(), 1, database, folder.path());
}

#[test]
fn every_tab_shows_what_is_stored_on_three_servers() {
    three_servers(false);
}

#[test]
fn every_tab_shows_what_is_stored_on_three_servers_with_an_unreliable_relay() {
    three_servers(true);
}

fn three_servers(has_faults: bool) {
    let folder = tempfile::tempdir().unwrap();
    if let Some(database) = Database::postgres(has_faults) {
        play_all(Size::from_environment(), 3, database, folder.path());
    }
}

/// Plays all rounds of a game.
fn play_all(size: Size, servers: u64, database: Database, folder: &Path) {
    println!("{size:?}");
    let mut random = Random::new(size.seed);
    let game = Game::new(size, Site::start(database, folder, servers, &mut random));
    thread::scope(|scope| {
        for tab in &game.tabs {
            let (game, random) = (&game, random.split());
            scope.spawn(move || {
                let _over = OverOnPanic(game);
                tab.follow(game, random);
            });
        }
        {
            let _over = OverOnPanic(&game);
            for user in game.users().iter().cycle().zip(0..game.browsers.len()) {
                let actor = Actor::new(&game, user.1, random.split());
                actor.sign_in(&game.browsers[user.1].identity(), user.0);
            }
            let mut slowest = Duration::ZERO;
            for round in 0..size.kills.max(1) {
                if !game.is_over() {
                    play(&game, round, &mut random);
                    slowest = slowest.max(checkpoint::check(&game, &mut random));
                    game.site.clear_log();
                    report(&game, round + 1, slowest);
                }
            }
        }
        game.is_over.store(true, Ordering::SeqCst);
    });
    if let Some(failure) = game.failure() {
        panic!("{failure}");
    }
}

/// Ends the game if its thread panics.
struct OverOnPanic<'a>(&'a Game);

impl Drop for OverOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.is_over.store(true, Ordering::SeqCst);
        }
    }
}

/// Plays a round. The site is disturbed once, at a random moment.
fn play(game: &Game, round: u64, random: &mut Random) {
    let Counts { deliveries, cuts, .. } = &game.counts;
    let Size { kills, deliveries: all_deliveries, cuts: all_cuts, .. } = game.size;
    let share = |all: u64| all * (round + 1) / kills.max(1);
    let left = share(all_deliveries).saturating_sub(read(deliveries));
    let kill_at = read(deliveries) + random.below(left.max(1));
    game.is_playing.store(true, Ordering::SeqCst);
    thread::scope(|scope| {
        for browser in 0..game.browsers.len() {
            let actor = Actor::new(game, browser, random.split());
            scope.spawn(move || {
                let _over = OverOnPanic(game);
                actor.act();
            });
        }
        let mut is_disturbed = kills == 0;
        while !game.is_over() {
            if !is_disturbed && read(deliveries) >= kill_at {
                thread::sleep(Duration::from_micros(random.below(20_000)));
                game.site.disturb(random);
                is_disturbed = true;
            }
            if is_disturbed && read(deliveries) >= share(all_deliveries) && read(cuts) >= share(all_cuts) {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        game.is_playing.store(false, Ordering::SeqCst);
    });
}

fn report(game: &Game, rounds: u64, slowest: Duration) {
    let Counts { deliveries, events, streams, cuts, pauses, resyncs, seamless, .. } = &game.counts;
    let Counts { requests, logouts, claims, unavailable, delays, .. } = &game.counts;
    let is_last = rounds == game.size.kills.max(1);
    if !rounds.is_multiple_of(10) && !is_last {
        return;
    }
    let mut delays = delays.lock().unwrap().clone();
    delays.sort_unstable();
    let delay = |part: f64| {
        delays.get((delays.len() as f64 * part) as usize).or(delays.last()).map_or(0.0, |delay| f64::from(*delay) / 1e3)
    };
    println!(
        "{:.0} s: {} kills, {} messages delivered in {} events, {} streams ({} continued without a resync), {} cuts, {} \
         pauses, {} resyncs, {} requests, {} logouts, {} claims, {} times unavailable. Delay p50 {:.1} ms, p99 {:.1} ms, \
         max {:.1} ms. After a round, all tabs were right after at most {slowest:.1?}.",
        game.ledger.start.elapsed().as_secs_f64(),
        rounds.min(game.size.kills),
        read(deliveries),
        read(events),
        read(streams),
        read(seamless),
        read(cuts),
        read(pauses),
        read(resyncs),
        read(requests),
        read(logouts),
        read(claims),
        read(unavailable),
        delay(0.5),
        delay(0.99),
        delay(1.0),
    );
}

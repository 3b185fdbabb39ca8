//! The moment after a round: every tab shows what the inbox has, and no message is missing.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{browser::Who, game::Game, random::Random, shown::short, tab::Tab, wire::Request};

/// How long the tabs may take until they show everything. A server notices lost hints after less than seven seconds.
const LONGEST: Duration = Duration::from_secs(15);

/// In this time, each stream has a heartbeat if the server has one each second.
const AFTER_HEARTBEAT: Duration = Duration::from_millis(1300);

/// Waits until all tabs show what the inbox has. Returns how long that took. If a tab does not get there in time, the
/// game fails.
pub(crate) fn check(game: &Game, random: &mut Random) -> Duration {
    let start = Instant::now();
    // The requests whose responses are not awaited end within this time.
    thread::sleep(Duration::from_millis(30));
    // A heartbeat between a change and its hint is not a fault. Now, no change is under way.
    let unannounced = counters(game).unannounced;
    for tab in &game.tabs {
        while let Err(why) = check_tab(game, tab, random) {
            if game.is_over() {
                return start.elapsed();
            }
            if start.elapsed() > LONGEST {
                game.fail(game.browsers[tab.browser].identity().who.label(), Some(tab), &format!("{tab:?} {why}"));
                return start.elapsed();
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    let took = start.elapsed();
    check_counters(game, start, unannounced);
    took
}

/// Compares what a tab shows with the inbox, and the inbox with the messages that must be there.
fn check_tab(game: &Game, tab: &Tab, random: &mut Random) -> Result<(), String> {
    let identity = game.browsers[tab.browser].identity();
    if identity.who == Who::Nobody {
        return if tab.view().is_following { Err("follows nobody's mailbox".to_owned()) } else { Ok(()) };
    }
    let fetched = tab.fetch_all(game, &identity, game.site.place(), random);
    let (inbox, _) = fetched.ok_or("can't fetch its inbox")?;
    let view = tab.view().clone();
    if view.epoch != identity.epoch || !view.is_following {
        return Err("follows nothing".to_owned());
    }
    let label = identity.who.label();
    let differences = view.shown.differences(&inbox);
    if !differences.is_empty() {
        return Err(format!("of {:?} shows something else:\n{}", view.who, differences.join("\n")));
    }
    if tab.filter.is_empty() {
        let numbers = inbox.numbers();
        if numbers.len() != inbox.messages.len() {
            let all = inbox.messages.values().map(|message| short(message).to_string()).collect::<Vec<_>>();
            return Err(format!("shows a message twice:\n{}", all.join("\n")));
        }
        let missing = game.ledger.expected(label).into_iter().filter(|number| !numbers.contains(number));
        let missing = missing.collect::<Vec<_>>();
        if !missing.is_empty() {
            return Err(format!("shows all that is stored for {label}, but {missing:?} are missing"));
        }
    }
    Ok(())
}

/// Checks that the servers count exactly the streams that are open, and that no stream found a change without a hint.
/// If several servers share the messages, a hint may be lost on its way, and the database may have been away.
fn check_counters(game: &Game, start: Instant, unannounced_before: u64) {
    let is_shared = game.site.is_shared();
    let is_quick = game.site.places().iter().all(|place| place.heartbeat == 1);
    let until_heartbeat = if is_quick { AFTER_HEARTBEAT } else { Duration::ZERO };
    while !game.is_over() {
        let following = game.tabs.iter().filter(|tab| tab.view().is_following).count() as u64;
        let counters = counters(game);
        if counters.unannounced != unannounced_before && !is_shared {
            game.fail("all", None, &format!("a stream found a change without a hint: {counters:?}"));
        }
        let is_right = counters.streams == following && counters.watches == following;
        if is_right && (counters.failed_looks == 0 || is_shared) && start.elapsed() >= until_heartbeat {
            return;
        }
        if start.elapsed() > LONGEST {
            game.fail("all", None, &format!("{following} streams are open, and the servers count {counters:?}"));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The counters of all servers.
#[derive(Debug, Default)]
struct Counters {
    streams: u64,
    watches: u64,
    failed_looks: u64,
    unannounced: u64,
}

fn counters(game: &Game) -> Counters {
    let mut sum = Counters::default();
    for place in game.site.places() {
        let answer = Request::new("GET", "/game/counters", None).send(place.address);
        let counters = answer.map(|answer| answer.json()).unwrap_or_default();
        let add = |counter: &mut u64, name: &str| *counter += counters[name].as_u64().unwrap_or_default();
        add(&mut sum.streams, "streams");
        add(&mut sum.watches, "watches");
        add(&mut sum.failed_looks, "failed_looks");
        add(&mut sum.unannounced, "unannounced");
    }
    sum
}

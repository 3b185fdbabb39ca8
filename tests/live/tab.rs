//! A tab: follows the mailbox of its browser by a stream, and checks each event.

mod connection;
mod fetching;

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard},
    thread,
    time::Duration,
};

use self::connection::{Connection, Outcome};
use super::{
    browser::Who,
    game::{Game, count},
    random::Random,
    shown::{FILTERS, Shown},
};

/// The number of steps that are kept for a report.
const STEPS: usize = 80;

/// A tab of a browser.
pub(crate) struct Tab {
    pub(crate) browser: usize,
    number: u64,
    pub(crate) filter: &'static str,
    view: Mutex<View>,
}

/// The content of a tab, and its user.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    pub(crate) who: Who,
    pub(crate) epoch: u64,
    pub(crate) shown: Shown,
    /// Whether a stream is open that has sent its first summary.
    pub(crate) is_following: bool,
    steps: VecDeque<String>,
}

/// The position from which a tab continues, and the time that it waits before.
#[derive(Debug, Default)]
struct Progress {
    /// The last event id. Without one, the tab fetches the inbox first.
    last_event_id: Option<String>,
    /// The id of the last message that came as an event.
    newest_event: i64,
    /// In milliseconds.
    retry: u64,
}

impl fmt::Debug for Tab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tab {} of browser {} with the filter {:?}", self.number, self.browser, self.filter)
    }
}

impl Tab {
    pub(crate) fn new(browser: u64, number: u64) -> Self {
        let filter = FILTERS[(browser + number) as usize % FILTERS.len()];
        Self { browser: browser as usize, number, filter, view: Mutex::default() }
    }

    pub(crate) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap()
    }

    pub(crate) fn steps(&self) -> Vec<String> {
        self.view().steps.iter().cloned().collect()
    }

    fn step(&self, game: &Game, step: &str) {
        let step = format!("{:9.4} {step}", game.ledger.start.elapsed().as_secs_f64());
        let steps = &mut self.view().steps;
        steps.push_back(step);
        if steps.len() > STEPS {
            steps.pop_front();
        }
    }

    /// Follows the mailbox until the game is over.
    pub(crate) fn follow(&self, game: &Game, mut random: Random) {
        let browser = &game.browsers[self.browser];
        let mut progress = Progress::default();
        while !game.is_over() {
            let (identity, place) = (browser.identity(), game.site.place());
            if identity.who == Who::Nobody && !random.chance(100) {
                thread::sleep(Duration::from_millis(20));
                continue;
            }
            self.notice_change_of_identity(&identity.who, identity.epoch, &mut progress, &mut random);
            let is_reloaded = random.chance(50);
            if is_reloaded {
                progress.last_event_id = None;
                progress.newest_event = 0;
            }
            let after = match &progress.last_event_id {
                Some(_) => None,
                None => match self.fetch_all(game, &identity, place, &mut random) {
                    Some((inbox, at)) => {
                        self.view().shown.replace(inbox);
                        Some(at)
                    }
                    None => {
                        thread::sleep(Duration::from_millis(10));
                        continue;
                    }
                },
            };
            let opened = Connection::open(self, game, &identity, place, after, &progress, &mut random);
            let outcome = opened.map(|connection| connection.run(&mut progress, &mut random));
            self.view().is_following = false;
            match outcome {
                Some(Outcome::Ended) => {
                    // Scaled down.
                    thread::sleep(Duration::from_millis(progress.retry / 100));
                }
                Some(Outcome::MustReload) => progress.last_event_id = None,
                None => {
                    count(&game.counts.unavailable);
                    thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    /// Forgets the mailbox that was followed before. An `EventSource` still sends its last event id, and a page
    /// that was loaded again sends none.
    fn notice_change_of_identity(&self, who: &Who, epoch: u64, progress: &mut Progress, random: &mut Random) {
        let mut view = self.view();
        if view.epoch != epoch {
            view.who.clone_from(who);
            view.epoch = epoch;
            view.shown = Shown::default();
            progress.newest_event = 0;
            if random.chance(500) {
                progress.last_event_id = None;
            }
        }
    }
}

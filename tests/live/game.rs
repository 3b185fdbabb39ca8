//! The state of a game that all of its threads share.

use std::{
    env,
    fmt::Write,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{browser::Browser, ledger::Ledger, site::Site, tab::Tab};

/// The size of a game.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) deliveries: u64,
    pub(crate) kills: u64,
    pub(crate) cuts: u64,
    pub(crate) users: u64,
    pub(crate) browsers: u64,
    pub(crate) tabs: u64,
    pub(crate) seed: u64,
}

impl Size {
    /// Returns the size that the environment sets, or a small one.
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str, default| {
            env::var(name).map_or(default, |value| value.replace('_', "").parse().expect("the size is a number"))
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64;
        Self {
            deliveries: number("LIVE_DELIVERIES", 5000),
            kills: number("LIVE_KILLS", 4),
            cuts: number("LIVE_CUTS", 100),
            users: number("LIVE_USERS", 4),
            browsers: number("LIVE_BROWSERS", 6),
            tabs: number("LIVE_TABS", 3),
            seed: number("LIVE_SEED", now),
        }
    }
}

/// The counters of a game.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// The events of messages that tabs received.
    pub(crate) deliveries: AtomicU64,
    pub(crate) events: AtomicU64,
    pub(crate) streams: AtomicU64,
    /// The streams that a tab cut after some bytes.
    pub(crate) cuts: AtomicU64,
    pub(crate) pauses: AtomicU64,
    pub(crate) resyncs: AtomicU64,
    /// The streams that continued from a position without a `resync`.
    pub(crate) seamless: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) logouts: AtomicU64,
    pub(crate) claims: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    /// The time from the request that sends a message to its event, in microseconds, where the stream was open.
    pub(crate) delays: Mutex<Vec<u32>>,
}

/// Adds one to a counter.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// A game.
#[derive(Debug)]
pub(crate) struct Game {
    pub(crate) size: Size,
    pub(crate) site: Site,
    pub(crate) browsers: Vec<Browser>,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) ledger: Ledger,
    pub(crate) counts: Counts,
    /// Whether actors act, and tabs cut their connections.
    pub(crate) is_playing: AtomicBool,
    pub(crate) is_over: AtomicBool,
    failure: OnceLock<String>,
}

impl Game {
    pub(crate) fn new(size: Size, site: Site) -> Self {
        let tabs = (0..size.browsers).flat_map(|browser| (0..size.tabs).map(move |tab| Tab::new(browser, tab)));
        Self {
            size,
            site,
            browsers: (0..size.browsers).map(|_| Browser::default()).collect(),
            tabs: tabs.collect(),
            ledger: Ledger::new(),
            counts: Counts::default(),
            is_playing: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            failure: OnceLock::new(),
        }
    }

    pub(crate) fn users(&self) -> Vec<String> {
        (0..self.size.users).map(|number| format!("user-{number}")).collect()
    }

    pub(crate) fn is_playing(&self) -> bool {
        self.is_playing.load(Ordering::SeqCst) && !self.is_over()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Ends the game with a report: the last steps of the mailbox, of this tab, and of the server.
    pub(crate) fn fail(&self, label: &str, tab: Option<&Tab>, what: &str) {
        let mut report = format!("{what}\nThe seed is {}.", self.size.seed);
        let mut add = |title: String, lines: Vec<String>| {
            write!(report, "\n\n{title}\n{}", lines.join("\n")).unwrap();
        };
        let labels = if label == "all" { self.users() } else { vec![label.to_owned()] };
        for label in &labels {
            add(format!("Requests for {label}:"), self.ledger.steps(label));
        }
        if let Some(tab) = tab {
            add(format!("{tab:?}:"), tab.steps());
            let browser = format!("browser {}", tab.browser);
            add(format!("The sign-ins of {browser}:"), self.ledger.steps(&browser));
        }
        if tab.is_none() {
            for tab in &self.tabs {
                let steps = tab.steps();
                add(format!("{tab:?} of {:?}:", tab.view().who), steps[steps.len().saturating_sub(12)..].to_vec());
            }
        }
        let keys = labels.iter().map(|label| format!("u:{label} "));
        let keys = keys.chain([" v:", "WARN", "ERROR", "panicked"].map(str::to_owned)).collect::<Vec<_>>();
        add("The server:".to_owned(), self.site.log_about(&keys));
        let is_first = self.failure.set(report).is_ok();
        self.is_over.store(true, Ordering::SeqCst);
        if is_first {
            // Until the others have noticed.
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}

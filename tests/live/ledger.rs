//! Records the requests and their responses, for all mailboxes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    fmt::Write,
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use super::random::Random;

/// The number of steps of a mailbox that are kept for a report.
const STEPS: usize = 80;

/// The longest filling of a text. A few such messages fill the buffers of a connection.
const LONGEST_FILLING: u64 = 900;

/// The requests and their responses.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) start: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When each message was sent, by its number.
    sent: Vec<Instant>,
    mailboxes: HashMap<String, Mailbox>,
}

#[derive(Debug, Default)]
struct Mailbox {
    /// The messages that must be in the inbox once they are confirmed, by their number.
    expected: BTreeMap<usize, Expected>,
    /// The visitors who may have signed in as this user.
    visitors: BTreeSet<String>,
    steps: VecDeque<String>,
}

/// A message that nothing may have removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) level: i64,
    /// The browser whose session the message is bound to.
    pub(crate) browser: Option<usize>,
    pub(crate) is_confirmed: bool,
    pub(crate) sent: Instant,
}

/// Returns the recipient in a text, and the number of the message.
pub(crate) fn parse(text: &str) -> Option<(&str, usize)> {
    let mut words = text.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('#')?.parse().ok()?))
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), state: Mutex::default() }
    }

    /// Returns the text of a new message, with its number.
    pub(crate) fn text(&self, label: &str, random: &mut Random) -> (usize, String) {
        let number = self.number();
        let mut text = format!("{label} #{number}");
        let filling = if random.chance(200) { random.magnitude(LONGEST_FILLING) } else { 0 };
        if filling > 0 {
            // They include the line ends of every system, and characters of several bytes.
            let kinds = ['x', '\n', '\r', 'ä', '\u{2028}', '"', ':', '🦀', '\\'];
            let kind = *random.pick(&kinds);
            write!(text, " {}.", kind.to_string().repeat(filling as usize)).unwrap();
        }
        (number, text)
    }

    /// Returns the number of a message that is sent to several recipients, with one text.
    pub(crate) fn number(&self) -> usize {
        let mut state = self.state();
        state.sent.push(Instant::now());
        state.sent.len() - 1
    }

    pub(crate) fn sent_at(&self, number: usize) -> Option<Instant> {
        self.state().sent.get(number).copied()
    }

    /// Expects a message in a mailbox, once it is confirmed.
    pub(crate) fn expect(&self, label: &str, number: usize, level: i64, browser: Option<usize>) {
        let expected = Expected { level, browser, is_confirmed: false, sent: Instant::now() };
        self.mailbox(label, |mailbox| mailbox.expected.insert(number, expected));
    }

    pub(crate) fn confirm(&self, label: &str, number: usize) {
        self.mailbox(label, |mailbox| {
            mailbox.expected.entry(number).and_modify(|expected| expected.is_confirmed = true);
        });
    }

    /// Expects these messages no more, because something may remove them.
    pub(crate) fn forget(&self, label: &str, may_go: impl Fn(usize, &Expected) -> bool) {
        self.mailbox(label, |mailbox| mailbox.expected.retain(|number, expected| !may_go(*number, expected)));
    }

    /// Expects these messages no more, in all mailboxes.
    pub(crate) fn forget_everywhere(&self, may_go: impl Fn(&Expected) -> bool) {
        for mailbox in self.state().mailboxes.values_mut() {
            mailbox.expected.retain(|_, expected| !may_go(expected));
        }
    }

    /// Returns the messages that must be in the inbox. The others are forgotten, since it is unknown
    /// whether they were stored.
    pub(crate) fn expected(&self, label: &str) -> BTreeSet<usize> {
        self.mailbox(label, |mailbox| {
            mailbox.expected.retain(|_, expected| expected.is_confirmed);
            mailbox.expected.keys().copied().collect()
        })
    }

    /// Notes that the messages of this visitor may move to a user.
    pub(crate) fn admit(&self, user: &str, visitor: &str) {
        self.mailbox(user, |mailbox| mailbox.visitors.insert(visitor.to_owned()));
    }

    /// Returns whether a message for this recipient may be in a mailbox.
    pub(crate) fn may_see(&self, label: &str, recipient: &str) -> bool {
        label == recipient || recipient == "all" || self.mailbox(label, |mailbox| mailbox.visitors.contains(recipient))
    }

    /// Notes a step, for a report.
    pub(crate) fn step(&self, label: &str, step: &str) {
        let step = format!("{:9.4} {step}", self.start.elapsed().as_secs_f64());
        self.mailbox(label, |mailbox| {
            mailbox.steps.push_back(step);
            if mailbox.steps.len() > STEPS {
                mailbox.steps.pop_front();
            }
        });
    }

    pub(crate) fn steps(&self, label: &str) -> Vec<String> {
        self.mailbox(label, |mailbox| mailbox.steps.iter().cloned().collect())
    }

    fn mailbox<T>(&self, label: &str, with: impl FnOnce(&mut Mailbox) -> T) -> T {
        let mut state = self.state();
        if !state.mailboxes.contains_key(label) {
            state.mailboxes.insert(label.to_owned(), Mailbox::default());
        }
        with(state.mailboxes.get_mut(label).unwrap())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

//! For the tests of applications: what messages did a request leave?
//!
//! ```
//! # async fn example() {
//! use std::sync::Arc;
//! use actix_messages::{Error, Level, Mailbox, MemoryStore, Recipient};
//! use actix_messages::testing::assert_messages;
//!
//! // The application under test.
//! async fn save(mailbox: &Mailbox) -> Result<(), Error> {
//!     mailbox.success("Saved.").await?;
//!     Ok(())
//! }
//!
//! let alice = Mailbox::new(Recipient::user("alice").unwrap(), Arc::new(MemoryStore::new()));
//! save(&alice).await.unwrap();
//! assert_messages(&alice, [(Level::SUCCESS, "Saved.")]).await;
//! # }
//! # actix_web::rt::System::new().block_on(example());
//! ```
//!
//! The guide to testing shows the same with requests.

#![allow(clippy::panic, reason = "an assertion fails by panicking")]

use std::{
    fmt::Write,
    panic::Location,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    error::WithCauses,
    mailbox::Mailbox,
    model::{Clock, Level, Message, MessageContent, MessageOrder, OrderKey, Timestamp},
};

/// A message as a test expects it: its level and text, and its tags where they matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedMessage {
    level: Level,
    text: String,
    tags: Option<Vec<String>>,
}

impl ExpectedMessage {
    fn describes(&self, message: &Message) -> bool {
        let Self { level, text, tags } = self;
        message.level == *level && message.text == *text && tags.as_ref().is_none_or(|tags| *tags == message.tags)
    }
}

impl<T: Into<String>> From<(Level, T)> for ExpectedMessage {
    /// Whatever its tags.
    fn from((level, text): (Level, T)) -> Self {
        Self { level, text: text.into(), tags: None }
    }
}

impl<T: Into<String>, Tag: Into<String>, const N: usize> From<(Level, T, [Tag; N])> for ExpectedMessage {
    /// With exactly these tags, in their order.
    fn from((level, text, tags): (Level, T, [Tag; N])) -> Self {
        Self { level, text: text.into(), tags: Some(tags.map(Into::into).into()) }
    }
}

/// Asserts that a mailbox holds exactly these messages, the oldest first, read or not; none is marked. It is the
/// `assertMessages` of Django.
///
/// # Panics
///
/// Where they differ, with the place of the assertion and both lists; and where the mailbox can't be read.
#[track_caller]
pub fn assert_messages<E: Into<ExpectedMessage>>(
    mailbox: &Mailbox,
    expected: impl IntoIterator<Item = E>,
) -> impl Future<Output = ()> {
    let place = Location::caller();
    let expected = expected.into_iter().map(Into::into).collect::<Vec<ExpectedMessage>>();
    let (all, of) = (mailbox.all().order(MessageOrder::by(OrderKey::Created)), mailbox.recipient().clone());
    async move {
        let found = match all.list().await {
            Ok(found) => found,
            Err(error) => panic!("{place}: the messages of {} can't be read: {}", of.key(), WithCauses(&error)),
        };
        let is_same =
            found.len() == expected.len() && expected.iter().zip(&found).all(|(one, other)| one.describes(other));
        assert!(is_same, "{place}: the messages of {} differ\n{}", of.key(), compared(&expected, &found));
    }
}

/// Asserts that a mailbox is empty.
///
/// # Panics
///
/// Where it is not, with the place of the assertion and what is there; and where it can't be read.
#[track_caller]
pub fn assert_no_messages(mailbox: &Mailbox) -> impl Future<Output = ()> {
    assert_messages::<ExpectedMessage>(mailbox, [])
}

fn compared(expected: &[ExpectedMessage], found: &[Message]) -> String {
    let mut text = format!("expected {}:\n", expected.len());
    for ExpectedMessage { level, text: message, tags } in expected {
        let tags = tags.as_ref().map(|tags| format!(" {tags:?}")).unwrap_or_default();
        let _ = writeln!(text, "  {level} {message:?}{tags}");
    }
    let _ = writeln!(text, "found {}:", found.len());
    for MessageContent { level, text: message, tags, .. } in found.iter().map(|message| &message.content) {
        let _ = writeln!(text, "  {level} {message:?} {tags:?}");
    }
    text
}

/// A clock that stands still until it is turned. Clones show the same time.
///
/// ```
/// use std::time::Duration;
/// use std::sync::Arc;
/// use actix_messages::{Mailbox, MemoryStore, Recipient, Timestamp};
/// use actix_messages::testing::ManualClock;
///
/// let clock = ManualClock::at(Timestamp::from_micros(0));
/// let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new())).clock(clock.clock());
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), Timestamp::from_micros(60_000_000));
/// # Ok::<(), actix_messages::error::InvalidRecipient>(())
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(moment.as_micros())))
    }

    /// What time it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    /// Turns it forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// The clock, for [`Mailbox::clock`](crate::Mailbox::clock), or for that of `MessagesConfig`.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::new(move || clock.now())
    }
}

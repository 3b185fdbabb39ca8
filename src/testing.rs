//! Assertions about the messages in a mailbox, and a manual clock, for the tests of applications.
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
//! The testing guide shows the same with HTTP requests.

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

/// The message that a test expects: its level and text and, if they matter, its tags.
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
    /// Expects this level and text, with any tags.
    fn from((level, text): (Level, T)) -> Self {
        Self { level, text: text.into(), tags: None }
    }
}

impl<T: Into<String>, Tag: Into<String>, const N: usize> From<(Level, T, [Tag; N])> for ExpectedMessage {
    /// Expects this level and text, with exactly these tags, in this order.
    fn from((level, text, tags): (Level, T, [Tag; N])) -> Self {
        Self { level, text: text.into(), tags: Some(tags.map(Into::into).into()) }
    }
}

/// Asserts that a mailbox has exactly these messages, oldest first, whether read or unread. It marks nothing as read.
/// It corresponds to Django's `assertMessages`.
///
/// # Panics
///
/// Panics if the messages differ. The panic message has the location of the assertion and both lists. It also panics if
/// the mailbox can't be read.
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
        assert!(is_same, "{place}: the messages of {} differ\n{}", of.key(), format_difference(&expected, &found));
    }
}

/// Asserts that a mailbox has no messages. It marks nothing as read.
///
/// # Panics
///
/// Panics if there are messages. The panic message has the location of the assertion and the messages. It also panics
/// if the mailbox can't be read.
#[track_caller]
pub fn assert_no_messages(mailbox: &Mailbox) -> impl Future<Output = ()> {
    assert_messages::<ExpectedMessage>(mailbox, [])
}

fn format_difference(expected: &[ExpectedMessage], found: &[Message]) -> String {
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

/// A clock that stands still until it is advanced. Clones show the same time.
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
    /// Returns a clock that shows this time.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(moment.as_micros())))
    }

    /// Returns the time that the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    /// Advances the clock by this duration.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Returns the clock for [`Mailbox::clock`](crate::Mailbox::clock) or `MessagesConfig::clock`.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::new(move || clock.now())
    }
}

//! Assertions about the messages in a mailbox, a manual clock, and ticks, for the tests of applications.
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
    live::ticks::Ticked,
    mailbox::Mailbox,
    model::{
        Clock, Level, Message, MessageAction, MessageContent, MessageOrder, NewMessage, OrderKey, TextFormat, Timestamp,
    },
    ticker,
};

/// The message that a test expects: its level and text and, if they matter, its tags, or the message as it was added.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient, Repeat};
/// use actix_messages::testing::assert_messages;
/// use serde_json::json;
///
/// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
/// let comment = || NewMessage::new(Level::INFO, "A comment.").data(json!({ "post": 17 })).action("Open", "/posts/17");
/// alice.add(comment().key("comments-17", Repeat::Replaces)).await?;
///
/// assert_messages(&alice, [(Level::INFO, "A comment.")]).await;
/// assert_messages(&alice, [(Level::INFO, "A comment.", [] as [&str; 0])]).await;
/// assert_messages(&alice, [comment().key("comments-17", Repeat::Replaces)]).await;
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedMessage {
    message: NewMessage,
    compared: Compared,
}

/// The parts that are compared, besides the level and the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    None,
    Tags,
    All,
}

impl ExpectedMessage {
    fn describes(&self, message: &Message) -> bool {
        let Self { message: expected, compared } = self;
        let has_parts = match compared {
            Compared::None => true,
            Compared::Tags => expected.tags == message.tags,
            Compared::All => expected.describes(message),
        };
        message.level == expected.level && message.text == expected.text && has_parts
    }
}

impl<T: Into<String>> From<(Level, T)> for ExpectedMessage {
    /// Expects this level and text, with any tags.
    fn from((level, text): (Level, T)) -> Self {
        Self { message: NewMessage::new(level, text), compared: Compared::None }
    }
}

impl<T: Into<String>, Tag: Into<String>, const N: usize> From<(Level, T, [Tag; N])> for ExpectedMessage {
    /// Expects this level and text, with exactly these tags, in this order.
    fn from((level, text, tags): (Level, T, [Tag; N])) -> Self {
        Self { message: NewMessage::new(level, text).tags(tags), compared: Compared::Tags }
    }
}

impl From<NewMessage> for ExpectedMessage {
    /// Expects this message: exactly this level, text, tags, format, title, data, actions and key. The view and the
    /// session are compared if they are set.
    fn from(message: NewMessage) -> Self {
        Self { message, compared: Compared::All }
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

/// Runs one tick of a [`Ticker`](crate::Ticker) on the store of this mailbox, as if it were this moment. It acts on all
/// mailboxes of the store. Use it to test what users see after the moment of a message.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::{sync::Arc, time::Duration};
/// use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient, Timestamp};
/// use actix_messages::testing::{assert_messages, assert_no_messages, tick};
///
/// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
/// let monday = Timestamp::now() + Duration::from_secs(3 * 24 * 60 * 60);
/// alice.add(NewMessage::new(Level::INFO, "Version 2 is here.").visible_from(monday)).await?;
/// assert_no_messages(&alice).await;
/// tick(&alice, monday).await;
/// assert_messages(&alice, [(Level::INFO, "Version 2 is here.")]).await;
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
///
/// # Panics
///
/// Panics if the store fails, or if a mailbox could not be changed.
#[track_caller]
pub fn tick(mailbox: &Mailbox, now: impl Into<Timestamp>) -> impl Future<Output = Ticked> {
    let (place, now) = (Location::caller(), now.into());
    let delivery = mailbox.delivery_at(now);
    async move {
        match ticker::tick_once(&delivery, now).await {
            Ok(ticked @ Ticked { failed: 0, .. }) => ticked,
            Ok(ticked) => panic!("{place}: some mailboxes could not be changed: {ticked:?}"),
            Err(error) => panic!("{place}: the due messages can't be read: {}", WithCauses(&error)),
        }
    }
}

fn format_difference(expected: &[ExpectedMessage], found: &[Message]) -> String {
    let mut text = format!("expected {}:\n", expected.len());
    for ExpectedMessage { message, compared } in expected {
        let _ = write!(text, "  {} {:?}", message.level, message.text);
        if *compared != Compared::None {
            let _ = write!(text, " {:?}", message.tags);
        }
        text.push_str(&format_more(message, message.key_text()));
    }
    let _ = writeln!(text, "found {}:", found.len());
    for message in found {
        let _ = write!(text, "  {} {:?} {:?}", message.level, message.text, message.tags);
        text.push_str(&format_more(message, message.key.as_deref()));
    }
    text
}

/// Formats the parts that few messages have, and the end of the line.
fn format_more(content: &MessageContent, key: Option<&str>) -> String {
    let MessageContent { level: _, text: _, tags: _, view: _, format, title, data, actions, expires_at } = content;
    let parts = [
        (*format == TextFormat::SafeHtml).then(|| " as HTML".to_owned()),
        title.as_ref().map(|title| format!(", title {title:?}")),
        data.as_ref().map(|data| format!(", data {data}")),
        (!actions.is_empty()).then(|| {
            let actions = actions.iter().map(|MessageAction { label, href }| format!("{label:?} -> {href:?}"));
            format!(", actions {}", actions.collect::<Vec<_>>().join(" "))
        }),
        key.map(|key| format!(", key {key:?}")),
        expires_at.map(|expiry| format!(", expires at {expiry}")),
    ];
    format!("{}\n", parts.into_iter().flatten().collect::<String>())
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

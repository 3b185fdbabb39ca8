//! The mailbox of one recipient: every operation of the store, limited to this recipient.

mod claim;
mod deletion;
pub(crate) mod delivery;
mod export;
#[cfg(feature = "actix")]
mod in_request;
#[cfg(feature = "actix")]
mod inbox;
#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answer to a request is a page"))]
pub(crate) mod page_exposure;
#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answer to a request marks once it is sent"))]
pub(crate) mod pending_marks;
mod places;
mod scheduling;
mod seen;
pub(crate) mod selection;
mod size_bound;
mod tagging;
pub(crate) mod watch;
pub(crate) mod wrong_clock;

use std::sync::Arc;

#[cfg(feature = "actix")]
pub(crate) use self::inbox::{InboxPage, Newest};
use self::{delivery::Delivery, page_exposure::PageView};
pub use self::{
    export::Export,
    selection::{AfterReading, MessageMatch, Selection, TakeEach},
    size_bound::MailboxBound,
    watch::{Event, Since, Watch},
};
#[cfg(feature = "actix")]
use crate::announcements::first_look::FirstLook;
use crate::{
    error::{Error, WithCauses},
    live::session_binding::{Added, Binding},
    model::{
        Clock, InvalidMessage, Level, LevelNames, MessageFilter, MessageId, NewMessage, Recipient, SessionId, Timestamp,
    },
    store::{CheckedMessage, Insertion, Kept, MessageStore},
};

/// The mailbox of one recipient. No operation on it affects another recipient's messages, except
/// [`claim`](Self::claim), which moves them into this mailbox.
///
/// Each [place](crate::Place) of a recipient is a separate mailbox: the inbox, the archive and `Later`.
/// [`at`](Self::at) returns the mailbox of another place.
///
/// With Actix, the extractor `Messages` opens the mailbox of the user or visitor who sent the request.
/// `MessagesConfig::mailbox` opens any mailbox, for code outside of requests.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use actix_messages::{Mailbox, MemoryStore, Recipient};
///
/// let store = Arc::new(MemoryStore::new());
/// let alice = Mailbox::new(Recipient::user("alice")?, store);
/// alice.success("Your order is placed.").await?;
/// assert_eq!(alice.unread().count().await?, 1);
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Mailbox {
    recipient: Recipient,
    delivery: Delivery,
    view: String,
    session: Option<Binding>,
    within: Option<SessionId>,
    bound: MailboxBound,
    page: Option<PageView>,
    added: Option<Added>,
    #[cfg(feature = "actix")]
    announcements: Option<FirstLook>,
}

/// Defines a method for each of the five levels, on a type that has `add`.
macro_rules! define_level_methods {
    ($output:ty) => {
        /// Adds a message of level debug (10). By default it is not stored, because the minimum level is info (20).
        ///
        /// # Errors
        ///
        /// Returns the same errors as [`add`](Self::add).
        pub async fn debug(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::DEBUG, text)).await
        }

        /// Adds a message of level info (20).
        ///
        /// # Errors
        ///
        /// Returns the same errors as [`add`](Self::add).
        pub async fn info(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::INFO, text)).await
        }

        /// Adds a message of level success (25).
        ///
        /// # Errors
        ///
        /// Returns the same errors as [`add`](Self::add).
        pub async fn success(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::SUCCESS, text)).await
        }

        /// Adds a message of level warning (30).
        ///
        /// # Errors
        ///
        /// Returns the same errors as [`add`](Self::add).
        pub async fn warning(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::WARNING, text)).await
        }

        /// Adds a message of level error (40).
        ///
        /// # Errors
        ///
        /// Returns the same errors as [`add`](Self::add).
        pub async fn error(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::ERROR, text)).await
        }
    };
}
#[cfg(feature = "actix")]
pub(crate) use define_level_methods;

/// Opening a mailbox.
impl Mailbox {
    /// Returns the mailbox of `recipient` in `store`.
    #[must_use]
    pub fn new(recipient: Recipient, store: Arc<dyn MessageStore>) -> Self {
        Self::with(recipient, Delivery::new(store))
    }

    pub(crate) const fn with(recipient: Recipient, delivery: Delivery) -> Self {
        Self {
            recipient,
            delivery,
            view: String::new(),
            session: None,
            within: None,
            bound: MailboxBound::Unbounded,
            page: None,
            added: None,
            #[cfg(feature = "actix")]
            announcements: None,
        }
    }

    /// Sets the clock that gives the times at which messages are created and read. The default is the system clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.delivery.clock = clock;
        self
    }

    /// Sets the minimum level. Messages below it are not stored. The default is [`Level::INFO`].
    #[must_use]
    pub const fn minimum_level(mut self, level: Level) -> Self {
        self.delivery.minimum_level = level;
        self
    }

    /// Sets the [names of the levels](LevelNames), by default `debug`, `info`, `success`, `warning` and `error`.
    #[must_use]
    pub fn level_names(mut self, names: Arc<LevelNames>) -> Self {
        self.delivery.level_names = names;
        self
    }

    /// Sets the [view](NewMessage::view) of new messages for which no view is set. The default is the empty text.
    #[must_use]
    pub fn view(mut self, view: impl Into<String>) -> Self {
        self.view = view.into();
        self
    }

    /// Sets the session that new messages are [bound to](NewMessage::session), unless a session is set for the message.
    /// By default they are bound to no session.
    #[must_use]
    pub fn session(self, session: Option<SessionId>) -> Self {
        self.bound_to(session.map(Binding::new))
    }

    pub(crate) fn bound_to(mut self, session: Option<Binding>) -> Self {
        self.session = session;
        self
    }

    /// Limits selections and changes of tags to messages that are bound to this session or to no session. By default,
    /// they apply to all messages. [`claim`](Self::claim), [`export`](Self::export), [`erase`](Self::erase),
    /// [`redate`](Self::redate) and [`bound`](Self::bound) always apply to all messages.
    #[must_use]
    pub fn within_session(mut self, session: SessionId) -> Self {
        self.within = Some(session);
        self
    }

    /// Sets the maximum number of messages that are kept, and what happens if there are more. The default is
    /// [`MailboxBound::Unbounded`].
    #[must_use]
    pub const fn bound(mut self, bound: MailboxBound) -> Self {
        self.bound = bound;
        self
    }

    /// Notes the added messages in `added`.
    #[cfg(feature = "session")]
    pub(crate) fn record_added_in(mut self, added: Option<Added>) -> Self {
        self.added = added;
        self
    }

    /// Connects the mailbox with the page that a handler builds from it.
    #[cfg(feature = "actix")]
    pub(crate) fn for_page(mut self, page: PageView) -> Self {
        self.page = Some(page);
        self
    }

    /// Returns the session that new messages are bound to. Returns `None` if they are bound to no session, or if the
    /// session has ended.
    ///
    /// An application that adds a message in its own transaction passes this id to [`NewMessage::with_defaults`]. The
    /// message is then [bound](NewMessage::session) to the session, like messages that the mailbox adds:
    ///
    /// ```
    /// # use actix_messages::{Level, Mailbox, NewMessage};
    /// # fn example(mailbox: &Mailbox) {
    /// // In a handler: let mailbox = messages.mailbox()?;
    /// let placed = NewMessage::new(Level::SUCCESS, "Your order is placed.").with_defaults("orders", mailbox.session_id());
    /// // .. in the transaction: sqlite::add(connection, mailbox.recipient(), placed, config.reserve_moment()) ..
    /// # }
    /// ```
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.session.as_ref().filter(|session| !session.has_ended()).map(Binding::id)
    }

    /// Returns the recipient who owns the mailbox.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// Returns the names that levels are shown with.
    pub(crate) const fn names(&self) -> &Arc<LevelNames> {
        &self.delivery.level_names
    }
}

/// Adding messages.
impl Mailbox {
    define_level_methods!(Result<Option<MessageId>, Error>);

    /// Adds a message. Returns its id once the store has stored it.
    ///
    /// If the new message has a key with [`Repeat::Ignored`](crate::Repeat::Ignored) and the recipient already has a
    /// message with this key, nothing is added. The returned id is that of the existing message, which may be in
    /// another [place](crate::Place) of the recipient.
    ///
    /// If the message is [visible](NewMessage::visible_from) only later, the id is the one in the place
    /// [`Later`](crate::Place::Later). The message gets its id in the inbox when it is moved there.
    ///
    /// Returns `None` if there was nothing to store: the text is empty, the level is below the minimum, or the message
    /// has expired. The log gives the reason at level debug.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the message breaks a limit, [`Error::Full`] if the mailbox has no room for it,
    /// [`Error::Store`] if the store could not keep it.
    pub async fn add(&self, message: NewMessage) -> Result<Option<MessageId>, Error> {
        Ok(self.add_all([message]).await?.into_iter().next().flatten())
    }

    /// Adds messages in their order: all of them or, if it fails, none. Returns an id or `None` for each message, as
    /// [`add`](Self::add) does. If only some are [visible](NewMessage::visible_from) at once, the others are added
    /// first, in a separate step. They stay if the second step fails.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a message breaks a limit, [`Error::Full`] if the mailbox has no room for all of them,
    /// [`Error::Store`] if the store could not keep them.
    pub async fn add_all(
        &self,
        messages: impl IntoIterator<Item = NewMessage>,
    ) -> Result<Vec<Option<MessageId>>, Error> {
        self.add_checked(self.check(messages)?).await
    }

    /// Checks the limits of messages. Returns `None` for each message that is not stored.
    pub(crate) fn check(
        &self,
        messages: impl IntoIterator<Item = NewMessage>,
    ) -> Result<Vec<Option<CheckedMessage>>, InvalidMessage> {
        let check = |message: NewMessage| match self.delivery.skips(&message, &self.view) {
            true => Ok(None),
            false => message.with_defaults(&self.view, None).check().map(Some),
        };
        messages.into_iter().map(check).collect()
    }

    /// Adds messages to this mailbox, whether they are visible only later or not.
    async fn add_here(&self, messages: Vec<Option<CheckedMessage>>) -> Result<Vec<Option<MessageId>>, Error> {
        let stored = messages.iter().map(Option::is_some).collect::<Vec<_>>();
        // After the end of a session, new messages are bound to no session, including those from the request that ends
        // it.
        let session = self.session_id();
        let checked =
            messages.into_iter().flatten().map(|message| message.bind_unless_bound(session)).collect::<Vec<_>>();
        if checked.is_empty() {
            return Ok(vec![None; stored.len()]);
        }
        self.check_room(&checked).await?;
        let bound =
            self.session.as_ref().filter(|bound| checked.iter().any(|it| it.parts().session == Some(bound.id())));
        let insertion = Insertion::new([self.recipient.clone()], checked);
        let inserted = self.delivery.insert(insertion).await?.concat();
        let new = inserted.iter().filter(|inserted| inserted.is_new()).map(|inserted| inserted.id).collect::<Vec<_>>();
        if let Some(added) = &self.added {
            added.note(&self.recipient, &new);
        }
        if let Some(session) = bound.filter(|session| session.has_ended()) {
            self.end_session_again(session.id(), &session.kept_with(&self.recipient, &new)).await;
        }
        // The new messages are stored, so the call succeeds. The next message that is added tries again.
        if let Err(error) = self.make_room(&new).await {
            tracing::warn!(error = %WithCauses(&error), "old messages could not be dropped");
        }
        let mut ids = inserted.into_iter().map(|inserted| inserted.id);
        Ok(stored.into_iter().map(|is_stored| if is_stored { ids.next() } else { None }).collect())
    }

    /// Ends a session again, because messages were added while it ended. These messages stay, and are unbound from the
    /// session. Otherwise nothing would ever delete them, and with `SessionScoping::Separate` no user would see them.
    /// The first end may reach the store after this one.
    async fn end_session_again(&self, session: &SessionId, kept: &Kept) {
        if let Err(error) = self.store().end_session(session, kept).await {
            tracing::warn!(error = %WithCauses(&error), "a message stays bound to a session that has ended");
        }
    }
}

/// Selecting messages.
impl Mailbox {
    /// Selects all messages, newest first. The selection can be narrowed, and then read, counted, marked or deleted.
    pub fn all(&self) -> Selection {
        self.select(MessageFilter::default())
    }

    /// Selects the unread messages, newest first. The selection can be narrowed, and then read, counted, marked or
    /// deleted.
    pub fn unread(&self) -> Selection {
        self.select(MessageFilter::default().unread())
    }

    /// Selects the messages that match a filter, newest first.
    pub fn select(&self, filter: MessageFilter) -> Selection {
        Selection::new(Ok(self.clone()), filter)
    }

    /// Waits until the shown messages of a mailbox are marked.
    async fn wait_for_marks(&self, of: &Recipient) {
        self.delivery.feed.marks().wait(of).await;
    }

    pub(crate) fn store(&self) -> &dyn MessageStore {
        &*self.delivery.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.delivery.clock.now()
    }

    /// Limits the filter to the session of [`within_session`](Self::within_session), if one is set.
    pub(crate) fn scoped(&self, filter: MessageFilter) -> MessageFilter {
        match &self.within {
            Some(session) => filter.within_session(session.clone()),
            None => filter,
        }
    }
}

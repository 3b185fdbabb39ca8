//! One person's mailbox: every verb of the store, confined to one recipient.

mod deletion;
pub(crate) mod delivery;
#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answer to a request is a page"))]
pub(crate) mod page_exposure;
#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answer to a request marks once it is sent"))]
pub(crate) mod pending_marks;
pub(crate) mod selection;
pub(crate) mod session_binding;
mod size_bound;
mod tagging;
pub(crate) mod wrong_clock;

use std::sync::Arc;

use tokio::runtime::Handle;

use self::{
    delivery::Delivery,
    page_exposure::PageView,
    pending_marks::wait_for_marks,
    session_binding::{Added, Binding},
};
pub use self::{
    selection::{AfterReading, MessageMatch, Selection, TakeEach},
    size_bound::MailboxBound,
};
use crate::{
    error::{Error, WithCauses},
    model::{
        Clock, InvalidMessage, Level, LevelNames, MessageFilter, MessageId, NewMessage, Recipient, SessionId, Timestamp,
    },
    store::{CheckedMessage, Insertion, Kept, MessageStore, Move, StoreError},
};

/// One person's mailbox. Nothing that is done with it can touch another's.
///
/// With Actix, the extractor `Messages` opens the mailbox of the user who sent the request, and `MessagesConfig::mailbox` opens
/// any mailbox, for code outside of requests.
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
}

/// A method for each of the five levels, for a type that has `add`.
macro_rules! a_method_for_each_level {
    ($output:ty) => {
        /// Adds a message of level debug (10), which is below the default minimum level.
        ///
        /// # Errors
        ///
        /// Those of [`add`](Self::add).
        pub async fn debug(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::DEBUG, text)).await
        }

        /// Adds a message of level info (20).
        ///
        /// # Errors
        ///
        /// Those of [`add`](Self::add).
        pub async fn info(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::INFO, text)).await
        }

        /// Adds a message of level success (25).
        ///
        /// # Errors
        ///
        /// Those of [`add`](Self::add).
        pub async fn success(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::SUCCESS, text)).await
        }

        /// Adds a message of level warning (30).
        ///
        /// # Errors
        ///
        /// Those of [`add`](Self::add).
        pub async fn warning(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::WARNING, text)).await
        }

        /// Adds a message of level error (40).
        ///
        /// # Errors
        ///
        /// Those of [`add`](Self::add).
        pub async fn error(&self, text: impl Into<String>) -> $output {
            self.add($crate::NewMessage::new($crate::Level::ERROR, text)).await
        }
    };
}
#[cfg(feature = "actix")]
pub(crate) use a_method_for_each_level;

/// How it is opened.
impl Mailbox {
    /// The mailbox of `recipient` in `store`.
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
        }
    }

    /// Where the time of a new message, and of its reading, comes from. By default the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.delivery.clock = clock;
        self
    }

    /// Messages below this level are not stored. By default [`Level::INFO`].
    #[must_use]
    pub const fn minimum_level(mut self, level: Level) -> Self {
        self.delivery.minimum_level = level;
        self
    }

    /// What the levels are called where messages are shown. By default Django's five names.
    #[must_use]
    pub fn level_names(mut self, names: Arc<LevelNames>) -> Self {
        self.delivery.level_names = names;
        self
    }

    /// New messages say that they were made here. By default nowhere: the empty text.
    #[must_use]
    pub fn view(mut self, view: impl Into<String>) -> Self {
        self.view = view.into();
        self
    }

    /// New messages are bound to this session. By default to none.
    #[must_use]
    pub fn session(self, session: Option<SessionId>) -> Self {
        self.bound_to(session.map(Binding::new))
    }

    pub(crate) fn bound_to(mut self, session: Option<Binding>) -> Self {
        self.session = session;
        self
    }

    /// Shows only messages bound to this session or to none. By default all are shown.
    #[must_use]
    pub fn within_session(mut self, session: SessionId) -> Self {
        self.within = Some(session);
        self
    }

    /// How many messages are kept. By default there is no bound ([`MailboxBound::Unbounded`]).
    #[must_use]
    pub const fn bound(mut self, bound: MailboxBound) -> Self {
        self.bound = bound;
        self
    }

    /// Notes what is added.
    #[cfg(feature = "session")]
    pub(crate) fn noting(mut self, added: Option<Added>) -> Self {
        self.added = added;
        self
    }

    /// The mailbox as a handler sees it.
    #[cfg(feature = "actix")]
    pub(crate) fn on_page(mut self, page: PageView) -> Self {
        self.page = Some(page);
        self
    }

    /// Returns the session that new messages are bound to; `None` if they are bound to none, and once the session has
    /// ended. [`NewMessage::with_defaults`] binds a message to it that is added within a transaction of the application's own, so
    /// that it ends with the session as other messages do:
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

    /// Whose mailbox it is.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// What the levels are called.
    pub(crate) const fn names(&self) -> &Arc<LevelNames> {
        &self.delivery.level_names
    }
}

/// What is written.
impl Mailbox {
    a_method_for_each_level!(Result<Option<MessageId>, Error>);

    /// Adds a message, and returns its id once the store keeps it. If the message has a key that is there already, and
    /// [`Repeat::Ignored`](crate::Repeat::Ignored), that is the id of the first one, which may be in another place of the recipient.
    ///
    /// `None` means that there was nothing to store: the text is empty, or the level below the minimum. The log
    /// says so at debug.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where it breaks a limit, [`Error::Full`] where the mailbox has no room for it, [`Error::Store`]
    /// where the store could not keep it.
    pub async fn add(&self, message: NewMessage) -> Result<Option<MessageId>, Error> {
        Ok(self.add_all([message]).await?.into_iter().next().flatten())
    }

    /// Adds messages, in their order: all of them or, where it fails, none. Their ids are returned as those of
    /// [`add`](Self::add).
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where one breaks a limit, [`Error::Full`] where the mailbox has no room for all of them,
    /// [`Error::Store`] where the store could not keep them.
    pub async fn add_all(
        &self,
        messages: impl IntoIterator<Item = NewMessage>,
    ) -> Result<Vec<Option<MessageId>>, Error> {
        self.add_checked(self.check(messages)?).await
    }

    /// Checks the limits of messages. There is `None` for each that is not stored.
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

    /// Adds what [`check`](Self::check) returns.
    pub(crate) async fn add_checked(
        &self,
        messages: Vec<Option<CheckedMessage>>,
    ) -> Result<Vec<Option<MessageId>>, Error> {
        let stored = messages.iter().map(Option::is_some).collect::<Vec<_>>();
        // What comes after the end of a session is bound to none, as what is added by the request that ends it.
        let session = self.session_id();
        let checked = messages.into_iter().flatten().map(|message| message.or_bound_to(session)).collect::<Vec<_>>();
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
            self.end_late(session.id().clone(), session.kept_with(&self.recipient, &new)).await;
        }
        // The new messages are kept, so this is no failure of theirs: the next one tries again.
        if let Err(error) = self.make_room(&new).await {
            tracing::warn!(error = %WithCauses(&error), "old messages could not be dropped");
        }
        let mut ids = inserted.into_iter().map(|inserted| inserted.id);
        Ok(stored.into_iter().map(|is_stored| if is_stored { ids.next() } else { None }).collect())
    }

    /// Ends a session once more, for what was added while it ended, which stays bound to none: nothing would ever delete it, and
    /// with `SessionScoping::Separate` nobody would see it. The first end may come later.
    ///
    /// It is done even if the caller goes away meanwhile.
    async fn end_late(&self, session: SessionId, kept: Kept) {
        let store = Arc::clone(&self.delivery.store);
        let unbinding = async move {
            if let Err(error) = store.end_session(&session, &kept).await {
                tracing::warn!(error = %WithCauses(&error), "a message stays bound to a session that ended meanwhile");
            }
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(unbinding).await),
            Err(_) => unbinding.await,
        }
    }

    /// Moves all messages of another mailbox here, in their order, and returns how many: what makes the messages of
    /// a visitor follow when they sign in. They are moved once, also when two claim them at the same moment. A message whose key is
    /// here already is deleted, and not counted.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not move them; then none of them is moved.
    pub async fn claim(&self, from: &Recipient) -> Result<u64, StoreError> {
        wait_for_marks(from).await;
        if *from == self.recipient {
            return Ok(0);
        }
        let moved = self.store().transfer(from, &self.recipient, &Move::mailbox(), &self.delivery.clock).await?;
        if let Some(added) = &self.added {
            added.follow(from, &self.recipient, &moved);
        }
        Ok(moved.iter().filter(|moved| moved.to.is_some()).count() as u64)
    }
}

/// What is read.
impl Mailbox {
    /// All messages, newest first, to be narrowed and then read, counted, marked or deleted.
    pub fn all(&self) -> Selection {
        self.select(MessageFilter::default())
    }

    /// The unread messages, newest first, to be narrowed and then read, counted, marked or deleted.
    pub fn unread(&self) -> Selection {
        self.select(MessageFilter::default().unread())
    }

    /// The messages that a filter means, newest first.
    pub fn select(&self, filter: MessageFilter) -> Selection {
        Selection::new(Ok(self.clone()), filter)
    }

    pub(crate) fn store(&self) -> &dyn MessageStore {
        &*self.delivery.store
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.delivery.clock.now()
    }

    /// The filter, confined to the session that the mailbox is opened within.
    pub(crate) fn scoped(&self, filter: MessageFilter) -> MessageFilter {
        match &self.within {
            Some(session) => filter.within_session(session.clone()),
            None => filter,
        }
    }
}

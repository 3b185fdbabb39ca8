//! One person's mailbox: every verb of the store, confined to one recipient.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    Error, Level, MessageFilter, MessageId, MessageStore, NewMessage, Page, PageRequest, Recipient, SessionId,
    StoreError, Summary, Timestamp,
};

/// One person's mailbox. Nothing that is done with it can touch another's.
///
/// [`Messages`](crate::Messages) opens the mailbox of whoever sent the request;
/// [`MessagesConfig::mailbox`](crate::MessagesConfig::mailbox) opens anyone's, for code outside of requests.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use actix_messages::{Mailbox, MemoryStore, MessageFilter, Recipient};
///
/// let store = Arc::new(MemoryStore::new());
/// let alice = Mailbox::new(Recipient::user("alice")?, store);
/// alice.success("Your order is placed.").await?;
/// assert_eq!(alice.count(MessageFilter::default().unread()).await?, 1);
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Mailbox {
    recipient: Recipient,
    store: Arc<dyn MessageStore>,
    minimum_level: Level,
    view: String,
    session: Option<SessionId>,
    scope: Option<SessionId>,
}

/// What becomes of a message once it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterReading {
    /// It stays, with the time of the first reading.
    Mark,
    /// It is deleted.
    Delete,
    /// It stays unread until somebody marks it on purpose.
    Nothing,
}

impl Mailbox {
    /// The mailbox of `recipient` in `store`.
    #[must_use]
    pub fn new(recipient: Recipient, store: Arc<dyn MessageStore>) -> Self {
        Self { recipient, store, minimum_level: Level::INFO, view: String::new(), session: None, scope: None }
    }

    /// Messages below this level are not stored. By default [`Level::INFO`].
    #[must_use]
    pub const fn minimum_level(mut self, level: Level) -> Self {
        self.minimum_level = level;
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
    pub fn session(mut self, session: Option<SessionId>) -> Self {
        self.session = session;
        self
    }

    /// Shows only messages bound to this session or to none. By default all are shown.
    #[must_use]
    pub fn within_session(mut self, session: SessionId) -> Self {
        self.scope = Some(session);
        self
    }

    /// Whose mailbox it is.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// Adds a message of level debug (10).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn debug(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::DEBUG, text)).await
    }

    /// Adds a message of level info (20).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn info(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::INFO, text)).await
    }

    /// Adds a message of level success (25).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn success(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::SUCCESS, text)).await
    }

    /// Adds a message of level warning (30).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn warning(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::WARNING, text)).await
    }

    /// Adds a message of level error (40).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn error(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::ERROR, text)).await
    }

    /// Adds a message, and returns its id once the store keeps it.
    ///
    /// `None` means that there was nothing to store: the text is empty, or the level below the minimum. The log
    /// says so at debug.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where it breaks a limit, [`Error::Store`] where the store could not keep it.
    pub async fn add(&self, message: NewMessage) -> Result<Option<MessageId>, Error> {
        if message.text().is_empty() {
            tracing::debug!(view = self.view, "message skipped: it is empty");
            return Ok(None);
        }
        if message.level() < self.minimum_level {
            tracing::debug!(
                view = self.view,
                level = message.level().value(),
                minimum = self.minimum_level.value(),
                "message skipped: its level is below the minimum"
            );
            return Ok(None);
        }
        let message = message.or_from(&self.view, self.session.as_ref()).check()?;
        let ids = self.store.insert(&self.recipient, vec![message], Timestamp::now()).await?;
        Ok(ids.first().copied())
    }

    /// A page of the messages that the filter means; none of them is marked as read.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    pub async fn list(&self, filter: MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        self.store.list(&self.recipient, &self.scoped(filter), page).await
    }

    /// All unread messages, newest first; none of them is marked as read.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    pub async fn unread(&self) -> Result<Vec<crate::Message>, StoreError> {
        Ok(self.list(MessageFilter::default().unread(), &PageRequest::all()).await?.messages)
    }

    /// A page of the messages that the filter means, to be shown: exactly the messages of the page are then
    /// marked as read, or deleted. They are returned as they were before.
    ///
    /// Where they are deleted, each message is returned to one reader only, also when two read at the same moment.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked, or could not mark or delete; then nothing was.
    pub async fn read(
        &self,
        filter: MessageFilter,
        page: &PageRequest,
        after: AfterReading,
    ) -> Result<Page, StoreError> {
        let mut page = self.list(filter, page).await?;
        match after {
            AfterReading::Nothing => {}
            AfterReading::Mark => {
                let unread = page.messages.iter().filter(|message| message.is_unread()).map(|message| message.id);
                let unread = MessageFilter::default().with_ids(unread);
                if unread.ids.as_ref().is_some_and(|ids| !ids.is_empty()) {
                    self.mark_read(unread).await?;
                }
            }
            AfterReading::Delete => {
                if !page.messages.is_empty() {
                    let shown = page.messages.iter().map(|message| message.id);
                    let mine = self.delete(MessageFilter::default().with_ids(shown)).await?;
                    let mine = mine.into_iter().collect::<BTreeSet<_>>();
                    page.messages.retain(|message| mine.contains(&message.id));
                }
            }
        }
        Ok(page)
    }

    /// How many messages the filter means.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    pub async fn count(&self, filter: MessageFilter) -> Result<u64, StoreError> {
        Ok(self.summarize(filter).await?.count)
    }

    /// How many messages the filter means, and their highest level.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    pub async fn summarize(&self, filter: MessageFilter) -> Result<Summary, StoreError> {
        self.store.summarize(&self.recipient, &self.scoped(filter)).await
    }

    /// Marks the unread messages that the filter means as read, and returns the ids of those it marked.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not mark them; then none of them is marked.
    pub async fn mark_read(&self, filter: MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.store.mark_read(&self.recipient, &self.scoped(filter), Timestamp::now()).await
    }

    /// Deletes the messages that the filter means, and returns the ids of those it deleted.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not delete them; then none of them is deleted.
    pub async fn delete(&self, filter: MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.store.delete(&self.recipient, &self.scoped(filter)).await
    }

    fn scoped(&self, filter: MessageFilter) -> MessageFilter {
        MessageFilter { session: self.scope.clone().or(filter.session), ..filter }
    }
}

//! Selections: choosing messages of a mailbox, and the operations on them.

mod reading;
mod snooze;
mod take_each;

use std::collections::VecDeque;

pub(crate) use self::reading::after_reading;
use self::reading::{mark, take_page};
pub use self::take_each::TakeEach;
use super::{Mailbox, page_exposure::Exposure};
use crate::{
    error::{Error, SetupError, WithCauses},
    model::{
        Change, Level, Message, MessageFilter, MessageId, MessageList, MessageOrder, NewMessage, Page, PageRequest,
        Summary,
    },
};

/// Messages of one mailbox. Narrow the selection first, then read, count, mark or delete its messages.
///
/// *Listing* returns messages and changes nothing. *Taking* returns unread messages and marks exactly these messages as
/// read. Each message is taken once, even if several requests take messages at the same moment.
///
/// With a selection or a mailbox from `Messages`, `take..`, [`show`](Self::show) and [`read_page`](Self::read_page)
/// change nothing if no person is about to see the page. This applies to safe methods such as `GET`, in these cases:
///
/// - The request is a prefetch or has the method `HEAD`.
/// - The browser loads the response as a resource that shows no messages, such as an image or a script.
/// - A page of another origin, which is not trusted, loads the response with `fetch` or into a frame.
///
/// The messages are still returned, and count as read for the rest of the request. They stay unread in the store and
/// are shown again.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::sync::Arc;
/// # use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient};
/// # let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
/// mailbox.add(NewMessage::new(Level::ERROR, "Your card was declined.").tag("billing")).await?;
/// mailbox.info("Your order is placed.").await?;
///
/// let urgent = mailbox.unread().at_least(Level::WARNING).tagged("billing").list().await?;
/// assert_eq!(urgent[0].text, "Your card was declined.");
///
/// assert_eq!(mailbox.unread().take().await?.len(), 2);
/// assert!(mailbox.unread().is_empty().await?);
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
///
/// # Errors
///
/// Every operation fails with [`Error::Store`] if the store fails. Then nothing is changed, with one exception: if
/// [`take_up_to`](Self::take_up_to) has already taken messages, it returns these, and logs the failure.
///
/// Every operation fails with [`Error::Setup`] if the mailbox could not be opened.
#[derive(Debug)]
#[must_use = "a selection does nothing until it is listed, taken, counted, marked or deleted"]
pub struct Selection {
    pub(super) mailbox: Result<Mailbox, SetupError>,
    filter: MessageFilter,
    order: Option<MessageOrder>,
}

/// The change that reading makes to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterReading {
    /// The message stays, marked as read with the time of its first reading.
    Mark,
    /// The message is deleted.
    Delete,
    /// The message stays unread until it is marked explicitly.
    Nothing,
}

/// Narrowing.
impl Selection {
    pub(crate) fn new(mailbox: Result<Mailbox, SetupError>, filter: MessageFilter) -> Self {
        Self { mailbox, filter, order: None }
    }

    /// Narrows the selection with any method of a filter.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use actix_messages::{Mailbox, MemoryStore, Recipient, Timestamp};
    /// # let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// let recent = mailbox.all().narrow(|filter| filter.created_after(Timestamp::from_micros(0)));
    /// # Ok::<(), actix_messages::error::InvalidRecipient>(())
    /// ```
    pub fn narrow(mut self, by: impl FnOnce(MessageFilter) -> MessageFilter) -> Self {
        self.filter = by(self.filter);
        self
    }

    /// Limits the selection to unread messages.
    pub fn unread(self) -> Self {
        self.narrow(MessageFilter::unread)
    }

    /// Limits the selection to messages that were read.
    pub fn read(self) -> Self {
        self.narrow(MessageFilter::read)
    }

    /// Limits the selection to messages of this level or above.
    pub fn at_least(self, level: Level) -> Self {
        self.narrow(|filter| filter.at_least(level))
    }

    /// Limits the selection to messages that have this tag.
    pub fn tagged(self, tag: impl Into<String>) -> Self {
        self.narrow(|filter| filter.tagged(tag))
    }

    /// Limits the selection to messages that were created in this [view](NewMessage::view).
    pub fn from_view(self, view: impl Into<String>) -> Self {
        self.narrow(|filter| filter.from_view(view))
    }

    /// Limits the selection to messages whose text contains this term, ignoring upper and lower case.
    pub fn containing(self, term: impl Into<String>) -> Self {
        self.narrow(|filter| filter.containing(term))
    }

    /// Sets the order. The default is newest first.
    pub fn order(mut self, order: MessageOrder) -> Self {
        self.order = Some(order);
        self
    }
}

/// Listing and counting, which change nothing.
impl Selection {
    /// Returns all messages of the selection.
    pub async fn list(self) -> Result<MessageList, Error> {
        let (mailbox, page) = self.fetch(&PageRequest::all()).await?;
        Ok(MessageList::new(page.messages, mailbox.names()))
    }

    /// Returns one page of the selection. If no order is set for the selection, the order of `page` applies.
    pub async fn page(self, page: &PageRequest) -> Result<Page, Error> {
        Ok(self.fetch(page).await?.1)
    }

    /// Returns the first message.
    pub async fn first(self) -> Result<Option<Message>, Error> {
        Ok(self.page(&PageRequest::first(1)).await?.messages.into_iter().next())
    }

    /// Returns the number of messages.
    pub async fn count(self) -> Result<u64, Error> {
        Ok(self.summarize().await?.count())
    }

    /// Returns the number of messages of each level.
    pub async fn summarize(self) -> Result<Summary, Error> {
        let (mailbox, filter) = self.open(Exposure::Numbers).await?;
        Ok(mailbox.summarize_on_page(&filter).await?)
    }

    /// Returns whether the selection has no messages.
    pub async fn is_empty(self) -> Result<bool, Error> {
        let (mailbox, filter) = self.open(Exposure::Numbers).await?;
        Ok(mailbox.list_on_page(&filter, &PageRequest::first(1)).await?.messages.is_empty())
    }

    /// Returns whether the selection has a message that matches `wanted`: a text, a level, or a [`NewMessage`], whose
    /// text and level are compared.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// # use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient};
    /// # let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// mailbox.success("Saved.").await?;
    /// assert!(mailbox.unread().contains("Saved.").await?);
    /// assert!(mailbox.unread().contains(Level::SUCCESS).await?);
    /// assert!(!mailbox.unread().contains(&NewMessage::new(Level::ERROR, "Saved.")).await?);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn contains<'a>(self, wanted: impl Into<MessageMatch<'a>>) -> Result<bool, Error> {
        let narrowed = match wanted.into() {
            MessageMatch::Text(text) => self.narrow(|filter| filter.with_text(text)),
            MessageMatch::Level(level) => self.narrow(|filter| filter.of_level(level)),
            MessageMatch::Like(message) => {
                self.narrow(|filter| filter.with_text(&message.text).of_level(message.level))
            }
        };
        Ok(!narrowed.is_empty().await?)
    }

    async fn fetch(self, page: &PageRequest) -> Result<(Mailbox, Page), Error> {
        let page = self.in_order(page.clone());
        let (mailbox, filter) = self.open(Exposure::Messages).await?;
        let page = mailbox.list_on_page(&filter, &page).await?;
        Ok((mailbox, page))
    }

    /// Returns the page request with the order of the selection, if one is set.
    fn in_order(&self, page: PageRequest) -> PageRequest {
        match &self.order {
            Some(order) => page.order(order.clone()),
            None => page,
        }
    }

    /// Returns the mailbox and the filter, once all shown messages of the mailbox are marked. Records that the page
    /// shows this much of the mailbox.
    pub(super) async fn open(self, shows: Exposure) -> Result<(Mailbox, MessageFilter), Error> {
        let mailbox = self.mailbox?;
        mailbox.note_on_page(shows);
        mailbox.wait_for_marks(mailbox.recipient()).await;
        #[cfg(feature = "actix")]
        if shows != Exposure::Nothing
            && let Some(look) = &mailbox.announcements
        {
            look.deliver(&mailbox.delivery, mailbox.recipient()).await;
        }
        let filter = mailbox.scoped(self.filter);
        Ok((mailbox, filter))
    }
}

/// The messages that [`Selection::contains`] looks for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum MessageMatch<'a> {
    /// A message with this text.
    Text(&'a str),
    /// A message of this level.
    Level(Level),
    /// A message with the same text and level.
    Like(&'a NewMessage),
}

impl<'a> From<&'a str> for MessageMatch<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<Level> for MessageMatch<'_> {
    fn from(level: Level) -> Self {
        Self::Level(level)
    }
}

impl<'a> From<&'a NewMessage> for MessageMatch<'a> {
    fn from(message: &'a NewMessage) -> Self {
        Self::Like(message)
    }
}

/// Reading, which marks the messages that it returns.
impl Selection {
    /// Takes the unread messages: marks exactly the returned messages as read. The returned values still have the state
    /// from before, unread.
    pub async fn take(self) -> Result<MessageList, Error> {
        self.take_up_to(u32::MAX).await
    }

    /// Takes the first unread message.
    pub async fn take_first(self) -> Result<Option<Message>, Error> {
        Ok(self.take_up_to(1).await?.into_iter().next())
    }

    /// Takes the first unread messages, at most `count`.
    pub async fn take_up_to(self, count: u32) -> Result<MessageList, Error> {
        let mut page = self.in_order(PageRequest::first(count));
        let (mailbox, filter) = (self.mailbox?, self.filter.unread());
        let mut taken = Vec::new();
        loop {
            page.limit = count - u32::try_from(taken.len()).unwrap_or(u32::MAX);
            let (found, mine) = match take_page(&mailbox, filter.clone(), &page).await {
                Ok(page) => page,
                Err(error) if taken.is_empty() => return Err(error),
                // The messages that are already taken must reach the caller.
                Err(error) => {
                    tracing::warn!(error = %WithCauses(&error), "fewer messages are taken than there are");
                    (0, Vec::new())
                }
            };
            taken.extend(mine);
            // Another request may have taken some of the messages that were found. Then there may be more to find.
            if (found as u64) < u64::from(page.limit) || taken.len() as u64 == u64::from(count) {
                return Ok(MessageList::new(taken, mailbox.names()));
            }
        }
    }

    /// Takes the unread messages at the positions in `range`, counted from 0. Positions after the last message are
    /// ignored.
    pub async fn take_range(self, range: std::ops::Range<u32>) -> Result<MessageList, Error> {
        let page = PageRequest::first(range.end.saturating_sub(range.start)).offset(u64::from(range.start));
        let page = self.in_order(page);
        let (mailbox, filter) = (self.mailbox?, self.filter.unread());
        let (_, taken) = take_page(&mailbox, filter, &page).await?;
        Ok(MessageList::new(taken, mailbox.names()))
    }

    /// Takes the unread messages one after the other. If the caller stops early, only the returned messages are marked
    /// as read.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// # use actix_messages::{Mailbox, MemoryStore, Recipient};
    /// # let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// # for text in ["one", "two", "three"] { mailbox.info(text).await?; }
    /// let mut taking = mailbox.unread().take_each();
    /// while let Some(message) = taking.next().await? {
    ///     if message.text == "two" {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(mailbox.unread().count().await?, 1);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub fn take_each(self) -> TakeEach {
        TakeEach { selection: self, fetched: VecDeque::new() }
    }

    /// Passes all messages of the selection to `work`. If `work` succeeds, exactly these messages are marked as read.
    /// If it fails, nothing is marked.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// # use actix_messages::{Error, Mailbox, MemoryStore, Recipient};
    /// # let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// # mailbox.info("one").await?;
    /// let sent = mailbox.unread().show(async |messages| {
    ///     // send a mail with the messages, say
    ///     Ok::<_, Error>(messages.len())
    /// });
    /// assert_eq!(sent.await?, 1);
    /// assert!(mailbox.unread().is_empty().await?);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn show<T, E: From<Error>>(self, work: impl AsyncFnOnce(&MessageList) -> Result<T, E>) -> Result<T, E> {
        let (mailbox, page) = self.fetch(&PageRequest::all()).await?;
        let shown = MessageList::new(page.messages, mailbox.names());
        let outcome = work(&shown).await?;
        mark(&mailbox, shown.into_iter().collect()).await?;
        Ok(outcome)
    }

    /// Fetches one page of the selection. Then marks or deletes exactly its messages, or leaves them unread, as `after`
    /// says. Returns the messages with the state from before.
    ///
    /// If the messages are deleted, each one is returned to one reader only, even if two requests read it at the same
    /// moment.
    pub async fn read_page(self, page: &PageRequest, after: AfterReading) -> Result<Page, Error> {
        let (mailbox, Page { messages, total }) = self.fetch(page).await?;
        Ok(Page { messages: after_reading(&mailbox, messages, after).await?, total })
    }
}

/// Marking and deleting.
impl Selection {
    /// Marks the unread messages as read, and returns the ids of the messages that it marked.
    pub async fn mark_read(self) -> Result<Vec<MessageId>, Error> {
        self.change(&Change::MarkRead).await
    }

    /// Marks the read messages as unread, and returns the ids of the messages that it marked.
    pub async fn mark_unread(self) -> Result<Vec<MessageId>, Error> {
        self.change(&Change::MarkUnread).await
    }

    pub(super) async fn change(self, change: &Change) -> Result<Vec<MessageId>, Error> {
        let (mailbox, filter) = self.open(Exposure::Nothing).await?;
        Ok(mailbox.store().change(mailbox.recipient(), &filter, change, mailbox.now()).await?)
    }

    /// Deletes the messages, and returns their ids.
    pub async fn delete(self) -> Result<Vec<MessageId>, Error> {
        let (mailbox, filter) = self.open(Exposure::Nothing).await?;
        Ok(mailbox.delete_matching(&filter).await?)
    }
}

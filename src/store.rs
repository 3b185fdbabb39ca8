//! The contract of a store: the methods that read and change mailboxes.

#[cfg(feature = "conformance")]
pub mod conformance;
mod directory;
mod forward;
mod mailbox_map;
mod memory;
pub(crate) mod observed;

use std::{fmt::Debug, ops::Deref};

use async_trait::async_trait;

#[doc(hidden)]
pub use self::forward::Verb;
pub use self::{
    directory::{Mailboxes, MessageDirectory},
    mailbox_map::{MailboxContents, MailboxMap},
    memory::MemoryStore,
};
pub use crate::model::{
    Arrival, Arrived, Change, CheckedMessage, CheckedTags, Delivered, Inserted, Insertion, Kept, Mark, MessageParts,
    Move, Moved, Outcome, RetentionCutoff, SessionEnd, SweepPosition, SweepStep, Until,
};
use crate::{
    forward_to_store,
    live::ChangeFeed,
    model::{
        Clock, InvalidMessage, Message, MessageFilter, MessageId, Page, PageRequest, Recipient, SessionId, Summary,
        Timestamp,
    },
};

/// The result of a method of a [store](MessageStore).
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Stores messages. The trait has eleven required methods, called *verbs*, and laws that every store obeys.
///
/// The bullets under `# Behavior` of each verb are its laws. `conformance_tests!`, a macro of the feature
/// `conformance`, writes one test for each law.
#[cfg_attr(
    feature = "session",
    doc = "The guide [Writing a store](crate::guide::writing_a_store) shows complete stores."
)]
///
/// The library itself calls [`due`](Self::due) only in a [`Ticker`](crate::Ticker), and [`advance`](Self::advance) only
/// for [`Mark::SEEN`] and to read the marks of announcements.
///
/// For all verbs:
///
/// * A verb takes effect completely or not at all, even if its future is dropped. If it returns an error, nothing has
///   changed.
/// * [`due`](Self::due), [`end_session`](Self::end_session) and [`sweep`](Self::sweep) work on all mailboxes. The other
///   verbs are limited to the mailboxes that they are given. Each of a recipient's three [places](Recipient::places) is
///   a separate mailbox, but the [key](crate::Message::key) of a message is unique across all three.
/// * A filter selects the messages for which [`MessageFilter::matches`] returns `true`.
/// * A missing mailbox, message or [mark](Mark) (a named position in a mailbox) is not an error: the result is empty, 0
///   or `None`.
/// * The time comes from the argument `now` or `clock`.
/// * A verb does not block the thread that it is called on, and each of its waits has a limit.
///
/// # Examples
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use actix_messages::store::{Change, Insertion};
/// use actix_messages::{Clock, Level, MemoryStore, MessageFilter, MessageStore, NewMessage, PageRequest, Recipient};
///
/// let (store, clock) = (MemoryStore::new(), Clock::default());
/// let alice = Recipient::user("alice")?;
/// let message = NewMessage::new(Level::INFO, "Your report is ready.").check()?;
/// let inserted = store.insert(Insertion::new([alice.clone()], [message]), &clock).await?;
/// // The first message of the first recipient.
/// let id = inserted[0][0].id;
///
/// let unread = MessageFilter::default().unread();
/// let page = store.list(&alice, &unread, &PageRequest::first(20)).await?;
/// assert_eq!(page.messages[0].text, "Your report is ready.");
/// assert_eq!(store.summarize(&alice, &unread).await?.count(), 1);
///
/// // The first call marks the message and gets its id. The second call finds no unread message.
/// assert_eq!(store.change(&alice, &unread, &Change::MarkRead, clock.now()).await?, [id]);
/// assert!(store.change(&alice, &unread, &Change::MarkRead, clock.now()).await?.is_empty());
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
///
/// # Compatibility
///
/// * A new condition of a filter reaches an older store as an unknown [`Condition`](crate::filter::Condition). The
///   store calls [`Condition::matches`](crate::filter::Condition::matches) for each message.
/// * A new verb comes with a breaking release (`0.x` before 1.0). The changelog shows how to implement it with the
///   other verbs. A wrapper that uses [`forward_to_store`] forwards it without a change. A verb that only one feature
///   needs belongs to a separate trait, such as [`MessageDirectory`].
/// * A new field of a message, of a page request or of a retention cutoff, and a new sort key, come with a breaking
///   release. A store that ignored them would lose data or return wrong results. These types are exhaustive.
/// * The results of verbs may get more fields. The constructors [`Page::new`], [`Inserted::new`], [`Moved::new`],
///   [`SessionEnd::new`] and [`SweepStep::new`] stay as they are.
#[async_trait]
pub trait MessageStore: Debug + Send + Sync + 'static {
    /// Inserts messages into the mailboxes of the recipients.
    ///
    /// Returns one list for each recipient, in order. It has one [`Inserted`] for each message, in order. If
    /// a recipient gets nothing because of [`Insertion::unless_past`], its list is empty.
    ///
    /// # Behavior
    ///
    /// - A message for several recipients is in the mailbox of each, and in no other.
    /// - `list` returns an inserted message as it was given, unread, with the id that `insert` returned.
    /// - Every checked message can be stored, up to the maximum length of each of its parts, in any script.
    /// - Tags are stored as given: in the same order, with duplicates. A message without tags is listed with an empty list of tags.
    /// - Data is stored with the same members and values, and actions in the same order, with duplicates. A message without data has no data, not an empty object.
    /// - The ids of a mailbox are strictly increasing, even if the clock stands still or runs backwards.
    /// - An id is the time of the clock, unless the mailbox has already used that id or a larger one.
    /// - A message for several recipients has a separate id in each mailbox: a mailbox whose newest id is later than the clock does not affect the ids of the others.
    /// - Concurrent inserts lose no message and give no id twice in a mailbox.
    /// - After the newest message was deleted or moved away, the next id is still larger than the id of that message.
    /// - All of the messages are inserted, or none: no reader ever sees only some of them.
    /// - A message for several recipients appears in all their mailboxes at once: no reader finds it in only some of them.
    /// - As long as an inserted message is visible, no insert makes a message with a smaller id visible in the same mailbox.
    /// - If the caller drops the future halfway, the insert still adds all of the messages, or none.
    /// - An insert may have thousands of messages, or none.
    /// - A message may have thousands of recipients, or none.
    /// - Recipients that differ in any way have separate mailboxes: each contains only the messages for its recipient.
    /// - If the recipient has a message with the same key, the new one is ignored or replaces it, as `Insertion::deliver` defines.
    /// - A key is unique per recipient, across all places, and free again once its message is deleted or moved to another recipient.
    /// - Whether a message with a key is ignored, or replaces another message, is decided separately for each of its recipients.
    /// - Concurrent inserts of the same key, in any places of a recipient, leave one message, even if it is moved at the same time.
    /// - `unless_past` names a mark and a position. A mailbox whose mark is at the position or past it gets nothing. Every other mailbox gets the messages, and the same step moves its mark to the position.
    /// - Of concurrent inserts with the same `unless_past`, exactly one delivers, even if its messages are deleted at the same time.
    ///
    /// When `insert` returns, the messages are as durable as the store can make them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the messages can't be inserted. Then no message is inserted.
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>>;

    /// Returns one page of the messages that match the filter.
    ///
    /// # Behavior
    ///
    /// - A list has exactly the messages of the mailbox that match the filter.
    /// - A lookup that ignores case folds both texts as [`fold_case`](crate::filter::fold_case) does, also beyond ASCII.
    /// - Lookups match texts literally: `%`, `_`, `*`, `?`, brackets, backslashes and quotes have no special meaning.
    /// - `Contains`, `StartsWith` and `EndsWith` with an empty text match every text. An operand that contains NUL matches no text.
    /// - Ranges of levels and of times include both ends.
    /// - An unread message matches no range of reading times, unless the range is open at both ends.
    /// - A session filter matches the messages bound to that session and the messages bound to no session.
    /// - A filter may be long: it may name thousands of ids, levels and keys, and hundreds of texts.
    /// - A list is in the requested order. Messages that are equal in that order are newest first.
    /// - By time of reading, unread messages come first in ascending order and last in descending order.
    /// - A page has the messages after the offset in the ordered selection, at most `limit` of them.
    /// - The total is the size of the whole selection, even for a page beyond its end.
    /// - Listing changes nothing.
    /// - A mailbox that was never written to is empty.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store can't be read.
    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page>;

    /// Returns the number of messages of each level that match the filter.
    ///
    /// # Behavior
    ///
    /// - A summary counts, for each level, exactly the messages that a list with the same filter has.
    /// - Summarizing changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store can't be read.
    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary>;

    /// Applies a change to the messages that match the filter, as [`Change::apply`] defines.
    ///
    /// Returns the ids of the messages for which [`Change::apply`] returns `true`, in any order.
    ///
    /// # Behavior
    ///
    /// - A change applies to exactly the matching messages of the mailbox, and returns the ids for which `Change::apply` is true.
    /// - The first reading wins: marking a read message as read again does not change its time of reading.
    /// - A message is never read before it was created: the time of reading is `now`, or the creation if that is later.
    /// - A message that was marked as unread can be read again, and then gets the new time of reading.
    /// - Of concurrent calls that mark the same message, exactly one returns its id.
    /// - If the caller drops the future halfway, the change applies to all of the messages, or to none.
    /// - Added tags are appended to the existing ones, in the given order, with duplicates.
    /// - Every occurrence of a removed tag is removed, and the other tags stay in their order.
    /// - Replacing tags leaves only the new ones, in the given order, with duplicates.
    /// - After a change of tags, all lookups, also those that ignore case, find the added tags and no longer find the removed ones.
    /// - If concurrent calls add tags to the same message, it gets the tags of all of them.
    /// - If a message would exceed the limits of [tags](crate::MessageContent::tags), the change fails with `StoreError::Invalid` and changes no message.
    ///
    /// # Errors
    ///
    /// [`StoreError::Invalid`] if the tags of a message would exceed a limit, another [`StoreError`] if the messages
    /// can't be changed. Then no message is changed.
    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>>;

    /// Deletes the messages that match the filter, and returns their ids in any order.
    ///
    /// # Behavior
    ///
    /// - A deletion deletes exactly the messages of the mailbox that match the filter, and returns their ids.
    /// - Deleting with a filter for read messages leaves the unread messages in the mailbox.
    /// - Of concurrent calls that delete the same message, exactly one returns its id.
    /// - If the caller drops the future halfway, all of the messages are deleted, or none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the messages can't be deleted. Then no message is deleted.
    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>>;

    /// Moves messages into another mailbox, and returns the outcome for each message, in the order of their former ids.
    ///
    /// A mailbox that was used with a wrong clock is repaired by a transfer to itself. Messages with ids
    /// [ahead](MessageId::is_ahead_of) of the clock get new ids. Marks that are ahead of the clock are moved back, also
    /// [`Mark::NEWEST`], the newest id that the mailbox has given.
    ///
    /// # Behavior
    ///
    /// - A transfer moves exactly the messages that match the filter, as `Move::arrive` defines, and leaves the others.
    /// - With `Arrival::Unchanged`, a message keeps its id. If the id is taken in the target mailbox, or would change the order of the moved messages, the message gets the next free id.
    /// - With `Arrival::AsNew`, messages arrive unread, with ids larger than all that the target mailbox has ever given.
    /// - A transfer sets the `until` of each message from its expiry, as `Until::of` defines.
    /// - With `Move::unbound`, messages arrive bound to no session, and the end of their former session leaves them.
    /// - If the new owner has another message with the same key, in any place, it stays and the arriving message is deleted.
    /// - An id that is more than a day ahead of the clock is replaced with a new one.
    /// - A transfer with marks moves them too. If both mailboxes have the same mark, the larger position counts.
    /// - With `Arrival::Unchanged`, a transfer within a mailbox gives new ids to messages ahead of the clock and moves such marks back.
    /// - A transfer that finds nothing to move changes nothing and returns nothing.
    /// - If concurrent calls transfer the same messages, each message is moved by exactly one of them.
    /// - Concurrent transfers in both directions, with inserts at the same time, lose no message.
    /// - If the caller drops the future halfway, all of the messages are moved, or none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the messages can't be moved. Then no message is moved.
    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>>;

    /// Moves a [mark](Mark) of a mailbox forward, and returns its previous position.
    ///
    /// The new position is the smaller of `to` and the newest id that the mailbox has ever given. A mark that is
    /// already at that position or past it stays. It also stays if the mailbox has never given an id. If `to` is
    /// `None`, the call only returns the position.
    ///
    /// # Behavior
    ///
    /// - A mark moves forward and never back. The previous position is returned.
    /// - A mark never passes the newest id given in its mailbox, even if that message no longer exists.
    /// - Marks with different names, or of different mailboxes, are independent.
    /// - If concurrent calls move a mark, it ends at the largest of their positions.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the mark can't be moved. Then it keeps its position.
    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>>;

    /// Returns, from all mailboxes, the messages whose [`until`](crate::Message::until) is `now` or earlier.
    ///
    /// The earliest come first, and at most `at_most` messages are returned. The caller deletes or transfers them.
    ///
    /// # Behavior
    ///
    /// - Exactly the messages with an `until` of `now` or earlier are returned, from all mailboxes, the earliest first.
    /// - At most `at_most` messages are returned, and none of them twice.
    /// - Reading the due messages changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store can't be read.
    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>>;

    /// Erases a mailbox, and returns the number of messages deleted.
    ///
    /// All of its messages are deleted, and everything else that the store keeps for the mailbox, such as its marks.
    /// Each place is a separate mailbox, so the other places of the recipient stay.
    ///
    /// # Behavior
    ///
    /// - Erasing a mailbox deletes all of its messages and marks, and changes no other mailbox.
    /// - An erased mailbox behaves like a new one.
    /// - If a mark is moved while its mailbox is erased, the mark is erased too.
    /// - If the caller drops the future halfway, everything is erased, or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the mailbox can't be erased. Then nothing is erased.
    async fn erase(&self, of: &Recipient) -> Result<u64>;

    /// Ends a session: deletes all messages bound to it (see [`Message::session`]), in all mailboxes.
    ///
    /// The messages that `kept` contains stay, and are no longer bound to a session.
    ///
    /// The caller names no mailbox. A store that can't search all mailboxes keeps an index: for each session, the
    /// recipients that have messages bound to it. `insert`, `delete`, `transfer`, `erase`, `sweep` and `end_session`
    /// must update this index.
    ///
    /// # Behavior
    ///
    /// - The end of a session deletes the messages bound to it in every mailbox, and no others.
    /// - Messages of the session that `kept` contains stay, and are no longer bound to any session.
    /// - The end of a session does not depend on a clock: messages with ids ahead of the clock are deleted too.
    /// - The end of a session finds every message bound to it, no matter how the message was changed or moved.
    /// - The end of a session returns exactly the mailboxes that had messages bound to it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the session can't be ended. Then nothing is changed.
    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd>;

    /// Runs one step of a sweep: examines the next messages of all mailboxes, and deletes those that have
    /// [expired](RetentionCutoff::has_expired).
    ///
    /// A step examines at most `at_most` messages, so that it ends soon. `at_most` is at least 1. The step returns the
    /// position after which the next step continues. The order is up to the store. A store must also continue from a
    /// position whose message or mailbox no longer exists. If no message comes after the position, the step deletes
    /// nothing and returns no position.
    ///
    /// # Behavior
    ///
    /// - A sweep from the start to the end deletes exactly the messages that have expired.
    /// - If nothing has expired, a sweep reaches its end and deletes nothing.
    /// - One step deletes at most as many messages as it examines.
    /// - One step examines at most `at_most` messages, whether they have expired or not.
    /// - A sweep returns exactly the mailboxes from which it deleted messages.
    /// - Each place has a separate rule. Messages of groups never expire; in `Place::Later`, only messages of visitors do.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the messages can't be deleted. Then no message is deleted.
    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep>;

    /// Returns the feed of this store, on which all users of the store in this process hear of each other's changes.
    ///
    /// A store that is opened once and used by several configurations has a field with a [`ChangeFeed`], and returns a
    /// clone of it. The store publishes nothing itself: the library does it for each change. By default, returns
    /// `None`, and each configuration has its own feed.
    fn feed(&self) -> Option<ChangeFeed> {
        None
    }
}

/// Why a verb of a store failed.
///
/// The cause is in [`source`](std::error::Error::source), for the log. Users see neither the error nor its cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store can't be reached or is too busy. The same call may succeed later.
    #[error("the {store} store is unavailable: {source}")]
    Unavailable {
        /// The name of the store.
        store: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store refused or failed. The same call would most likely fail again.
    #[error("the {store} store failed: {source}")]
    Failed {
        /// The name of the store.
        store: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The change breaks a limit of a message. Nothing is changed.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
}

/// A pointer to a store, such as an `Arc`, a `Box` or a custom handle, is itself a store.
#[async_trait]
impl<P> MessageStore for P
where
    P: Deref<Target: MessageStore> + Debug + Send + Sync + 'static,
{
    forward_to_store!(pointer => **pointer);
}

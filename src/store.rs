//! The store contract: the few verbs behind every mailbox.

#[cfg(feature = "conformance")]
pub mod conformance;
mod directory;
mod forward;
mod mailbox_map;
mod memory;

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
    model::{
        Clock, InvalidMessage, Message, MessageFilter, MessageId, Page, PageRequest, Recipient, SessionId, Summary,
        Timestamp,
    },
};

/// What a verb of a store returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Where messages are kept: eleven verbs, and the laws that they keep on every store.
///
#[cfg_attr(feature = "actix", doc = include_str!("../docs/writing-a-store.md"))]
///
/// # How the contract grows
///
/// * A new condition of a filter reaches a store that does not know it as a [`Condition`](crate::filter::Condition), on which
///   `matches` decides.
/// * A new verb comes with a breaking release (`0.x` before 1.0), whose changelog shows a body that is made of the other verbs.
///   A wrapper that uses [`forward_to_store`] has it without a change. A verb that only one feature
///   needs comes in a trait of its own, as [`MessageDirectory`] is.
/// * A new field of a message, of a page request or of a retention cut-off, and a new key to order by, come with a breaking
///   release, because a store that ignored them would lose data or answer wrongly. These types are exhaustive.
/// * What a store returns may get more fields: [`Page::new`], [`Inserted::new`], [`Moved::new`], [`SessionEnd::new`] and
///   [`SweepStep::new`] stay.
#[async_trait]
pub trait MessageStore: Debug + Send + Sync + 'static {
    /// Puts messages into mailboxes, and returns what came of them: for each recipient, in order, one [`Inserted`] for each
    /// message, in order; and none for a recipient who gets nothing, because of [`Insertion::unless_past`].
    ///
    /// # Behavior
    ///
    /// - A message for many is in each of their mailboxes.
    /// - An inserted message is listed as it was given, unread, under the id that was returned.
    /// - Every message that passed its check fits: up to the last character of its limits, in any script.
    /// - Tags are kept as they are: in their order, repeated ones too. A message without tags has none.
    /// - Ids are strictly increasing in a mailbox, also when the clock stands still or runs backwards.
    /// - An id is the moment that the clock shows, unless the mailbox has reached that moment already.
    /// - A message for many has an id of its own in each mailbox: one that is ahead of the clock dates no message of another.
    /// - Concurrent inserts lose nothing and share no id.
    /// - After the newest message was deleted, no smaller id is given, and not the same one again.
    /// - All of the messages are inserted, or none: nobody ever sees a part of them.
    /// - Nobody ever finds a message for many in one of their mailboxes and not in another.
    /// - Who sees an inserted message finds none with a smaller id inserted later, as long as that message is there.
    /// - An insert that its caller gives up halfway inserts all of the messages too, or none.
    /// - A batch may have thousands of messages, or none.
    /// - A message may be for thousands, or for nobody.
    /// - A mailbox is its recipient's alone: recipients that differ in anything have mailboxes of their own.
    /// - A message whose key is there already is ignored, or takes the place of the other one, as `Insertion::deliver` says.
    /// - A key is one recipient's, in all of their places, and is free again once its message is deleted.
    /// - A message for many is ignored or replaces in each of their mailboxes by itself.
    /// - Of two that insert the same key at the same moment, in whatever places, one message is there, also if it is moved meanwhile.
    /// - An insertion unless a mark is past inserts nothing where it is, and otherwise moves the mark there in the same step.
    /// - Of insertions up to the same position of a mark, one delivers, also if its messages are deleted meanwhile.
    ///
    /// When it returns, the messages are as durable as the store can make them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not keep them; then none of them is kept.
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>>;

    /// One page of the messages that the filter means.
    ///
    /// # Behavior
    ///
    /// - A list has exactly the messages of the mailbox that the filter matches.
    /// - Case is folded as [`fold_case`](crate::filter::fold_case) folds it, also beyond ASCII.
    /// - Nothing in a text is a pattern: `%`, `_`, `*`, `?`, brackets, backslashes and quotes mean themselves.
    /// - The empty text is in every text, and NUL in none.
    /// - Both ends of a range belong to it, whether of levels or of moments.
    /// - An unread message is in no range of reading times, unless that is open at both ends.
    /// - A session filter means the messages bound to that session, and those bound to none.
    /// - A filter may be long: it may name thousands of ids and levels, and hundreds of texts.
    /// - A list is in the order asked for, and newest first where that leaves messages equal.
    /// - By the time of reading, unread messages stand before read ones, and after them where the latest stands first.
    /// - A page is the part of the ordered selection after the offset, no longer than the limit.
    /// - The total is the size of the whole selection, also for a page beyond its end.
    /// - Listing changes nothing.
    /// - A mailbox that nobody wrote to is empty.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page>;

    /// How many messages of each level the filter means.
    ///
    /// # Behavior
    ///
    /// - A summary counts, level by level, exactly what a list of the same filter has.
    /// - Summarizing changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary>;

    /// Applies a change to the messages that the filter means, as [`Change::apply`] does, and returns the ids of those that the
    /// change is about, in any order.
    ///
    /// # Behavior
    ///
    /// - A change is applied to exactly the messages of the mailbox that the filter matches, and returns the ids of those it is about.
    /// - First reading wins: the time of a message that was read before stays as it is.
    /// - A message is never read before it was created: the time is `now`, or its creation where that is later.
    /// - A message that was marked as unread is read again at a time of its own.
    /// - Of two that mark the same message at the same moment, one gets its id.
    /// - A change that its caller gives up halfway is applied to all of the messages, or to none.
    /// - Added tags stand after those that were there, in the order given, repeated ones too.
    /// - Removed tags are gone, each as often as it was there, and the others stay in their order.
    /// - Tags that replace others are the only ones then, in the order given, repeated ones too.
    /// - New tags are found as the others are, also where case does not matter, and removed ones are not found.
    /// - Of two that add tags to the same message at the same moment, both do.
    /// - Tags beyond the limit are refused, and nothing is changed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Invalid`] if one of the messages would have too many tags, another [`StoreError`] if the store could not
    /// change them. Then none of them is changed.
    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>>;

    /// Deletes the messages that the filter means, and returns the ids of those it deleted, in any order.
    ///
    /// # Behavior
    ///
    /// - Deleting deletes exactly the messages of the mailbox that the filter matches, and returns their ids.
    /// - A policy is a filter: deleting read messages leaves an unread one where it is.
    /// - Of two that delete the same message at the same moment, one gets its id.
    /// - A deletion that its caller gives up halfway deletes all of the messages, or none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not delete them; then none of them is deleted.
    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>>;

    /// Moves messages into another mailbox, and returns what came of them, in their order.
    ///
    /// A mailbox whose clock was wrong is transferred to itself: a message whose id is [ahead](MessageId::is_ahead_of) of the
    /// clock gets a new one, and marks that are ahead, the newest id among them, are moved back.
    ///
    /// # Behavior
    ///
    /// - A transfer moves exactly the messages that the filter matches, as `Move::arrive` says, and leaves the others.
    /// - A message keeps its id; where that is taken, or would change the order, it gets the next free one.
    /// - Messages that arrive anew are unread, and above all that were there.
    /// - Where the owner has a message with the same key, in any place, that one stays, and the one that comes is deleted.
    /// - An id that is more than a day ahead of the clock is replaced by a new one.
    /// - A transfer with marks takes them along: the larger position counts.
    /// - Messages that are transferred within a mailbox, as they are, get new ids if they are ahead of the clock, and its marks go back.
    /// - Transferring what is not there changes nothing and returns nothing.
    /// - Of two that transfer the same messages at the same moment, each message goes to one.
    /// - Transfers in both directions lose nothing, nor what is inserted in the meantime.
    /// - A transfer that its caller gives up halfway moves all of the messages, or none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not move them; then none of them is moved.
    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>>;

    /// Moves a mark of a mailbox forward to a message, or to the newest id that was ever given in the mailbox if that is before
    /// it, unless the mark is there already; and returns where the mark was before. With `None` it moves nothing.
    ///
    /// # Behavior
    ///
    /// - A mark goes forward and never back, and the position before is returned.
    /// - A mark never passes the newest id that was given in its mailbox, whether that message is still there or not.
    /// - Marks of other names, and of other mailboxes, are apart.
    /// - Of two that move a mark at the same moment, the one who goes further is where it is then.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not move it; then it is where it was.
    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>>;

    /// Returns messages of everybody whose [`until`](crate::Message::until) is not after `now`: the earliest first, and `at_most` of
    /// them. It changes nothing: the caller deletes or transfers them.
    ///
    /// # Behavior
    ///
    /// - What is due is exactly what has come to its end, in all mailboxes, the earliest first.
    /// - No more are returned than asked for, and none of them twice.
    /// - Asking what is due changes nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not be asked.
    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>>;

    /// Erases a mailbox: deletes all of its messages, and all that a store keeps beside them, such as its marks; and returns how
    /// many messages that were. Places are mailboxes of their own.
    ///
    /// # Behavior
    ///
    /// - Erasing a mailbox leaves neither a message nor a mark, and touches no other mailbox.
    /// - An erased mailbox is as a new one.
    /// - A mark that is moved while its mailbox is erased is gone, too.
    /// - Erasing that its caller gives up halfway erases all, or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not erase it; then nothing is erased.
    async fn erase(&self, of: &Recipient) -> Result<u64>;

    /// Ends a session: deletes every message that is bound to it, whoever's it is, but those that are to be kept. These are bound
    /// to no session any more.
    ///
    /// It knows no mailbox. A store that can't look for what is bound to a session in all of them keeps an index of who
    /// has such messages, which inserting, deleting, transferring, erasing, sweeping and the end of a session keep right.
    ///
    /// # Behavior
    ///
    /// - The end of a session deletes the messages bound to it, in every mailbox, and no others.
    /// - What is to be kept stays, bound to no session.
    /// - The end of a session does not depend on a clock: it deletes messages whose ids are ahead of it, too.
    /// - The end of a session finds what is bound to it, whatever has become of it since.
    /// - The end of a session returns the mailboxes that it found something in, and no others.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not delete them; then nothing is changed.
    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd>;

    /// Looks at the next messages of all mailboxes, `at_most` of them, deletes those that have expired, and says
    /// where to go on: a bounded number, so that it is soon done, and at least one. A store has an order of its own in
    /// which it looks at them. The message at a position, and its mailbox, may be gone by the next step; and there may
    /// be nothing behind a position.
    ///
    /// # Behavior
    ///
    /// - Sweeping from the start to the end deletes exactly the messages that have expired.
    /// - Where nothing has expired, a sweep comes to its end and deletes nothing.
    /// - One step deletes no more messages than it looks at.
    /// - One step looks at no more messages than it is told, whether they have expired or not.
    /// - A sweep returns the mailboxes that it deleted from, and no others.
    /// - Each place has a rule of its own: what comes later, and what groups have, stays.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not delete them; then none of them is deleted.
    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep>;
}

/// Why a store could not do what it was asked. The cause is in [`source`](std::error::Error::source), for the
/// log; a person is shown neither.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store can't be reached or is too busy. The same call may succeed a moment later.
    #[error("the {store} store is unavailable")]
    Unavailable {
        /// Which store.
        store: &'static str,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store refused or failed. The same call would most likely fail again.
    #[error("the {store} store failed")]
    Failed {
        /// Which store.
        store: &'static str,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The change breaks a limit of a message. Nothing is changed.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
}

/// What points to a store is a store: an `Arc`, a `Box`, or a handle of one's own.
#[async_trait]
impl<P> MessageStore for P
where
    P: Deref<Target: MessageStore> + Debug + Send + Sync + 'static,
{
    forward_to_store!(pointer => **pointer);
}

//! Messages to insert into mailboxes, and the outcome.

use std::{collections::BTreeMap, sync::Arc};

use super::{CheckedMessage, Mark, Message, MessageId, Place, Recipient, Repeat};

/// Messages to insert into one or more mailboxes: the argument of [`insert`](crate::MessageStore::insert).
///
/// [`delivers_to`](Self::delivers_to) and [`deliver`](Self::deliver) define what the fields mean. A store that does not call them
/// destructures the value without `..`, so that it ignores no field.
///
/// ```
/// use actix_messages::{Level, NewMessage, Recipient};
/// use actix_messages::store::Insertion;
///
/// let hello = NewMessage::new(Level::INFO, "Hello.").check()?;
/// let for_both = Insertion::new([Recipient::user("alice")?, Recipient::user("bob")?], [hello]);
/// assert_eq!((for_both.recipients.len(), for_both.messages.len()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The owners of the mailboxes, without duplicates. If a message has a key, no two of the mailboxes may be places
    /// of the same recipient. The caller removes duplicates, as `MessagesConfig::broadcast` does. A clone shares them.
    pub recipients: Arc<[Recipient]>,
    /// The messages, in the order in which each recipient gets them.
    pub messages: Vec<CheckedMessage>,
    /// If set, a mailbox whose mark is at this position or beyond gets nothing. In every other mailbox, the mark moves
    /// to this position in the same step, even if `messages` is empty.
    ///
    /// The position may be an id of another mailbox, so it may be beyond the newest id of this one. The mark is never
    /// [`Mark::NEWEST`].
    pub unless_past: Option<(Mark, MessageId)>,
}

impl Insertion {
    /// Creates an insertion of these messages for each of these recipients.
    #[must_use]
    pub fn new(
        recipients: impl IntoIterator<Item = Recipient>,
        messages: impl IntoIterator<Item = CheckedMessage>,
    ) -> Self {
        Self {
            recipients: recipients.into_iter().collect(),
            messages: messages.into_iter().collect(),
            unless_past: None,
        }
    }

    /// Skips each mailbox whose mark is at this position or beyond, and moves the mark of every other mailbox to it.
    #[must_use]
    pub fn unless_past(self, mark: Mark, position: MessageId) -> Self {
        Self { unless_past: Some((mark, position)), ..self }
    }

    /// Returns whether the outcome depends on the contents of a mailbox, because of a key or a mark.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.unless_past.is_some() || self.messages.iter().any(|message| message.repeat().is_some())
    }

    /// Returns whether a mailbox gets the messages. `position_of` returns the position of a mark in this mailbox.
    #[must_use]
    pub fn delivers_to(&self, position_of: impl FnOnce(&Mark) -> Option<MessageId>) -> bool {
        self.unless_past.as_ref().is_none_or(|(mark, to)| position_of(mark).is_none_or(|position| position < *to))
    }

    /// Computes the outcome of the insertion in one mailbox. Every store must produce the same outcome.
    ///
    /// `present` returns the message that the recipient has under a key, and which of the recipient's three places it
    /// is in. There are as many `ids` as messages, and each is larger than all ids that were given in the mailbox. Each
    /// new message takes the next id.
    ///
    /// ```
    /// use actix_messages::{Level, MessageId, NewMessage, Place, Recipient, Repeat};
    /// use actix_messages::store::{Insertion, Outcome};
    ///
    /// let alice = Recipient::user("alice")?;
    /// let comments = NewMessage::new(Level::INFO, "2 comments.").key("comments-17", Repeat::Replaces).check()?;
    /// let present = comments.clone().stored_as(MessageId::new(1));
    /// let insertion = Insertion::new([alice.clone()], [comments]);
    /// let delivered = insertion.deliver(&alice, |_| Some((Place::Archive, &present)), [MessageId::new(5)]);
    /// assert_eq!(delivered.inserted[0].id, MessageId::new(5));
    /// assert_eq!(delivered.inserted[0].outcome, Outcome::Replaced(Place::Archive, MessageId::new(1)));
    /// assert_eq!(delivered.replaced, [(Place::Archive, MessageId::new(1))]);
    /// assert_eq!(delivered.new[0].state.replaced, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deliver<'a>(
        &self,
        to: &Recipient,
        present: impl Fn(&str) -> Option<(Place, &'a Message)>,
        ids: impl IntoIterator<Item = MessageId>,
    ) -> Delivered {
        let (mut new, mut inserted, mut replaced) = (Vec::<Option<Message>>::new(), Vec::new(), Vec::new());
        let (mut ids, mut by_key) = (ids.into_iter(), BTreeMap::<&str, usize>::new());
        for message in &self.messages {
            let key = message.parts().key;
            // The message with this key: an earlier one of this insertion, or one that is already stored.
            let earlier = key.and_then(|key| by_key.get(key).copied());
            let before = match (earlier, key) {
                (Some(number), _) => new[number].as_ref().map(|message| (to.place(), message)),
                (None, Some(key)) => present(key),
                (None, None) => None,
            };
            let before = before.map(|(place, message)| (place, message.id, message.state.replaced));
            if let (Some((place, id, _)), Some(Repeat::Ignored)) = (before, message.repeat()) {
                inserted.push(Inserted { id, outcome: Outcome::Ignored(place) });
                continue;
            }
            let Some(id) = ids.next() else { break };
            let mut message = message.clone().stored_as(id);
            let mut outcome = Outcome::New;
            if let Some((place, id, times)) = before {
                message.state.replaced = times.saturating_add(1);
                outcome = Outcome::Replaced(place, id);
                match earlier {
                    Some(number) => new[number] = None,
                    None => replaced.push((place, id)),
                }
            }
            by_key.extend(key.map(|key| (key, new.len())));
            new.push(Some(message));
            inserted.push(Inserted { id, outcome });
        }
        Delivered { new: new.into_iter().flatten().collect(), replaced, inserted }
    }
}

/// The outcome of an [`Insertion`] in one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivered {
    /// The new messages of the mailbox, in order.
    pub new: Vec<Message>,
    /// The messages to delete because new ones replace them, each with the recipient's place that it is in.
    pub replaced: Vec<(Place, MessageId)>,
    /// The outcome for each message of the insertion, which `insert` returns.
    pub inserted: Vec<Inserted>,
}

/// The id and the outcome of one message in one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inserted {
    /// The id of the message in this mailbox. If the message was ignored, this is the id of the existing message with
    /// its key, in the place of that message.
    pub id: MessageId,
    /// The outcome.
    pub outcome: Outcome,
}

impl Inserted {
    /// Creates the outcome for a message. `id` is the id of the new message or, if it was ignored, of the existing
    /// message with its key.
    #[must_use]
    pub const fn new(id: MessageId, outcome: Outcome) -> Self {
        Self { id, outcome }
    }

    /// Returns whether the message was inserted, and not ignored.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        !matches!(self.outcome, Outcome::Ignored(_))
    }
}

/// The outcome for one message: new, ignored, or a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The message is new.
    New,
    /// The message was ignored, because the recipient already has a message with its key in this place.
    Ignored(Place),
    /// The message is new, and has replaced the message with its key, which had this id and was in this place.
    Replaced(Place, MessageId),
}

//! Messages for mailboxes, and the outcome of their insertion.

use std::collections::BTreeMap;

use super::{CheckedMessage, Mark, Message, MessageId, Place, Recipient, Repeat};

/// Messages for one or several mailboxes: the argument of [`insert`](crate::MessageStore::insert).
///
/// What its fields mean is said by [`is_for`](Self::is_for) and [`deliver`](Self::deliver). A store that does not use them takes it apart
/// without `..`, so that it ignores no field.
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
    /// The owners of the mailboxes. Each is named once, and not with two of their places if a message has a key: the caller removes
    /// duplicates, as `MessagesConfig::broadcast` does.
    pub recipients: Vec<Recipient>,
    /// The messages, in the order in which each of the recipients gets them.
    pub messages: Vec<CheckedMessage>,
    /// A mailbox whose mark is at this position or further gets nothing. In the others, the mark is moved there in the same step,
    /// even if there are no messages. The position may be an id of another mailbox, so no newest id bounds it. The mark is not
    /// [`Mark::NEWEST`].
    pub unless_past: Option<(Mark, MessageId)>,
}

impl Insertion {
    /// These messages for each of these recipients.
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

    /// Leaves mailboxes out whose mark is at this position or further, and moves the mark of the others there.
    #[must_use]
    pub fn unless_past(self, mark: Mark, position: MessageId) -> Self {
        Self { unless_past: Some((mark, position)), ..self }
    }

    /// Whether what is in a mailbox decides on what is inserted: a key, or a mark.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.unless_past.is_some() || self.messages.iter().any(|message| message.repeat().is_some())
    }

    /// Whether a mailbox gets the messages, if its marks are at these positions.
    #[must_use]
    pub fn is_for(&self, position_of: impl FnOnce(&Mark) -> Option<MessageId>) -> bool {
        self.unless_past.as_ref().is_none_or(|(mark, to)| position_of(mark).is_none_or(|position| position < *to))
    }

    /// What comes of the messages in one mailbox: the definition that every store follows.
    ///
    /// `present` returns the message that the recipient has under a key, and its place: one of their three. The `ids` are larger than
    /// all that were given in the mailbox, and as many as there are messages; each new message takes the next one.
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
            // The message with this key: one of these, or one that was there before.
            let earlier = key.and_then(|key| by_key.get(key).copied());
            let before = match (earlier, key) {
                (Some(number), _) => new[number].as_ref().map(|message| (to.place(), message)),
                (None, Some(key)) => present(key),
                (None, None) => None,
            };
            let before = before.map(|(place, message)| (place, message.id, message.state.replaced));
            if let (Some((place, id, _)), Some(Repeat::Ignored)) = (before, message.repeat()) {
                inserted.push(Inserted { id, outcome: Outcome::AlreadyThere(place) });
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

/// What comes of an [`Insertion`] in one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivered {
    /// The messages that are new in the mailbox, in their order.
    pub new: Vec<Message>,
    /// The messages that are deleted, since others take their place, and which place of the recipient they are in.
    pub replaced: Vec<(Place, MessageId)>,
    /// What is returned, for each message that was given.
    pub inserted: Vec<Inserted>,
}

/// The outcome for one message in one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inserted {
    /// The id of the message in this mailbox; if it is ignored, the id of the message that has its key, in the place where that is.
    pub id: MessageId,
    /// What happened.
    pub outcome: Outcome,
}

impl Inserted {
    /// This happened to a message, and the message with its key, or the new one, has this id.
    #[must_use]
    pub const fn new(id: MessageId, outcome: Outcome) -> Self {
        Self { id, outcome }
    }

    /// Whether the message is in the mailbox, and not ignored.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        !matches!(self.outcome, Outcome::AlreadyThere(_))
    }
}

/// What happened to a message that was inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is new.
    New,
    /// The recipient has a message with its key in this place, which stays.
    AlreadyThere(Place),
    /// It is new, and the message with this id in this place, which had its key, is gone.
    Replaced(Place, MessageId),
}

//! Messages that move from one mailbox to another, and the outcome.

use super::{Message, MessageFilter, MessageId, Timestamp};

/// The messages that move to another mailbox, and how they arrive there: the argument of
/// [`transfer`](crate::MessageStore::transfer).
///
/// ```
/// use actix_messages::{MessageFilter, Timestamp};
/// use actix_messages::store::{Arrival, Move, Until};
///
/// let read = Move::of(MessageFilter::default().read());
/// assert_eq!((read.arrival, read.until, read.with_marks), (Arrival::Unchanged, Until::Kept, false));
/// let tomorrow = Timestamp::from_micros(1_767_312_000_000_000);
/// let postponed = Move::of(MessageFilter::default()).until(Until::At(tomorrow));
/// assert_eq!(postponed.until.of(None, None), Some(tomorrow));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The messages that move.
    pub filter: MessageFilter,
    /// How the messages arrive.
    pub arrival: Arrival,
    /// The change to [`Message::until`].
    pub until: Until,
    /// Whether the messages are bound to no session from then on.
    pub unbound: bool,
    /// Whether the marks of the mailbox move, too.
    pub with_marks: bool,
}

/// How a message arrives in another mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arrival {
    /// The message keeps its id if that is free, and stays read if it was read.
    Unchanged,
    /// The message arrives as a new one: unread, with a new id.
    AsNew,
}

/// A change to [`Message::until`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Until {
    /// The time stays the same.
    Kept,
    /// The time is removed.
    Cleared,
    /// The time is set to this one.
    At(Timestamp),
    /// The time is set to the [expiry](crate::MessageContent::expires_at) of each message, as for a new message in an
    /// inbox. The time of a message that does not expire is removed.
    Expiry,
    /// The time is set to this one, or to the expiry of a message that expires before it: the message waits until then.
    Wake(Timestamp),
}

impl Until {
    /// Returns the new time for a message whose time was `before`, and which expires at `expires_at`.
    ///
    /// ```
    /// use actix_messages::{Timestamp, store::Until};
    ///
    /// let [nine, ten] = [9, 10].map(Timestamp::from_micros);
    /// assert_eq!(Until::Wake(nine).of(None, Some(ten)), Some(nine));
    /// assert_eq!(Until::Wake(ten).of(None, Some(nine)), Some(nine), "it expires while it waits");
    /// assert_eq!(Until::Expiry.of(Some(nine), Some(ten)), Some(ten));
    /// assert_eq!(Until::Expiry.of(Some(nine), None), None);
    /// ```
    #[must_use]
    pub fn of(self, before: Option<Timestamp>, expires_at: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Kept => before,
            Self::Cleared => None,
            Self::At(moment) => Some(moment),
            Self::Expiry => expires_at,
            Self::Wake(moment) => Some(expires_at.map_or(moment, |expiry| expiry.min(moment))),
        }
    }
}

impl Move {
    /// Moves the messages that the filter selects, as they are, without marks.
    #[must_use]
    pub const fn of(filter: MessageFilter) -> Self {
        Self { filter, arrival: Arrival::Unchanged, until: Until::Kept, unbound: false, with_marks: false }
    }

    /// Moves a whole mailbox as it is, with its marks.
    #[must_use]
    pub fn mailbox() -> Self {
        Self::of(MessageFilter::default()).with_marks()
    }

    /// Makes the messages arrive as new ones.
    #[must_use]
    pub fn as_new(self) -> Self {
        Self { arrival: Arrival::AsNew, ..self }
    }

    /// Moves the marks of the mailbox, too.
    #[must_use]
    pub fn with_marks(self) -> Self {
        Self { with_marks: true, ..self }
    }

    /// Makes the messages arrive bound to no session, so that the end of a session does not delete them.
    #[must_use]
    pub fn unbound(self) -> Self {
        Self { unbound: true, ..self }
    }

    /// Sets the change to [`Message::until`]. By default the time stays the same.
    #[must_use]
    pub fn until(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// Returns whether a message that moves at `now` gets a new id. It does if it arrives as a new message, or if a
    /// wrong clock has given its id ([`MessageId::is_ahead_of`]).
    #[must_use]
    pub fn gives_new_id(&self, message: &Message, now: Timestamp) -> bool {
        self.arrival == Arrival::AsNew || message.id.is_ahead_of(now)
    }

    /// Returns the position that a mark gets in the target. The mark keeps its `position`, unless a wrong clock has
    /// given it ([`MessageId::is_ahead_of`]). Then it gets the `newest` id of the target, or `None` if the target has
    /// no id.
    ///
    /// If the mark of the target is behind this position, the store moves it there.
    #[must_use]
    pub fn position_on_arrival(position: MessageId, newest: Option<MessageId>, now: Timestamp) -> Option<MessageId> {
        if position.is_ahead_of(now) { newest } else { Some(position) }
    }

    /// Computes the outcome of a move at `now`. Every store must produce the same outcome.
    ///
    /// `leaving` are the messages that the filter selects, in any order. `new_ids` has one id for each message that
    /// [gets a new id](Self::gives_new_id), and each is larger than all ids that were given in the target. `is_taken`
    /// returns whether a message in the target has an id. `has_key` returns whether the owner of the target has a
    /// message with a key, in any place. Both ignore the messages that move.
    pub fn arrive(
        &self,
        leaving: impl IntoIterator<Item = Message>,
        new_ids: impl IntoIterator<Item = MessageId>,
        now: Timestamp,
        is_taken: impl Fn(MessageId) -> bool,
        has_key: impl Fn(&str) -> bool,
    ) -> Arrived {
        let mut leaving = leaving.into_iter().collect::<Vec<_>>();
        leaving.sort_by_key(|message| message.id);
        let mut new_ids = new_ids.into_iter();
        let mut moved = leaving.iter().map(|message| Moved { from: message.id, to: None }).collect::<Vec<_>>();
        let arriving = leaving.into_iter().zip(&mut moved);
        let arriving = arriving.filter(|(message, _)| !message.key.as_deref().is_some_and(&has_key));
        let (messages, moved_here): (Vec<_>, Vec<_>) = arriving.unzip();
        let wanted = messages.iter().map(|message| {
            let new = if self.gives_new_id(message, now) { new_ids.next() } else { None };
            new.unwrap_or(message.id)
        });
        let ids = MessageId::next_free(wanted.collect::<Vec<_>>(), is_taken);
        let messages = messages.into_iter().zip(moved_here).zip(ids).map(|((mut message, moved), id)| {
            moved.to = Some(id);
            if message.id.is_ahead_of(now) {
                // The same wrong clock has set the time of reading.
                message.state.read_at = message.state.read_at.map(|read_at| read_at.min(now).max(id.created()));
            }
            message.id = id;
            message.until = self.until.of(message.until, message.expires_at);
            if self.unbound {
                message.session = None;
            }
            if self.arrival == Arrival::AsNew {
                message.state.read_at = None;
            }
            message
        });
        let messages = messages.collect();
        Arrived { messages, moved }
    }
}

/// The outcome of a [`Move`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrived {
    /// The messages as they are in the other mailbox, in order.
    pub messages: Vec<Message>,
    /// The outcome for each message, which `transfer` returns.
    pub moved: Vec<Moved>,
}

/// The outcome for one message that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The id before the move.
    pub from: MessageId,
    /// The id after the move. `None` if the owner of the other mailbox already had a message with the same key. That
    /// message stays, and the moved one is deleted.
    pub to: Option<MessageId>,
}

impl Moved {
    /// Creates the outcome for a message from its id before the move, and its id after the move or `None` if it was
    /// deleted.
    #[must_use]
    pub const fn new(from: MessageId, to: Option<MessageId>) -> Self {
        Self { from, to }
    }
}

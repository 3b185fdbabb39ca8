//! Messages that move from one mailbox to another: which, how they arrive, and the outcome.

use super::{Message, MessageFilter, MessageId, Timestamp};

/// Which messages move to another mailbox, and how they arrive there: the argument of
/// [`transfer`](crate::MessageStore::transfer).
///
/// ```
/// use actix_messages::{MessageFilter, Timestamp};
/// use actix_messages::store::{Arrival, Move, Until};
///
/// let read = Move::of(MessageFilter::default().read());
/// assert_eq!((read.arrival, read.until, read.with_marks), (Arrival::AsTheyAre, Until::Kept, false));
/// let tomorrow = Timestamp::from_micros(1_767_312_000_000_000);
/// let postponed = Move::of(MessageFilter::default()).until(Until::At(tomorrow));
/// assert_eq!(postponed.until.of(None), Some(tomorrow));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The messages that move.
    pub filter: MessageFilter,
    /// How they arrive.
    pub arrival: Arrival,
    /// What becomes of the moment at which they leave their mailbox.
    pub until: Until,
    /// Whether the marks of the mailbox move, too.
    pub with_marks: bool,
}

/// How a message arrives in another mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Arrival {
    /// With its id if that is free, and read if it was read.
    AsTheyAre,
    /// As a new message: unread, with a new id.
    Anew,
}

/// What becomes of the moment at which a message leaves its mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Until {
    /// It stays the same.
    Kept,
    /// There is none any more.
    Cleared,
    /// It is this moment.
    At(Timestamp),
}

impl Until {
    /// The moment for a message for which it was this one.
    #[must_use]
    pub const fn of(self, before: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Kept => before,
            Self::Cleared => None,
            Self::At(moment) => Some(moment),
        }
    }
}

impl Move {
    /// The messages that the filter means, as they are.
    #[must_use]
    pub const fn of(filter: MessageFilter) -> Self {
        Self { filter, arrival: Arrival::AsTheyAre, until: Until::Kept, with_marks: false }
    }

    /// All of a mailbox, as it is, with its marks.
    #[must_use]
    pub fn mailbox() -> Self {
        Self::of(MessageFilter::default()).with_marks()
    }

    /// The messages arrive as new ones.
    #[must_use]
    pub fn anew(self) -> Self {
        Self { arrival: Arrival::Anew, ..self }
    }

    /// The marks of the mailbox move, too.
    #[must_use]
    pub fn with_marks(self) -> Self {
        Self { with_marks: true, ..self }
    }

    /// Sets what becomes of the moment at which they leave their mailbox. By default it is kept.
    #[must_use]
    pub fn until(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// Whether a message gets a new id, if it moves `now`: if it arrives anew, or if a wrong clock has dated it
    /// ([`MessageId::is_ahead_of`]).
    #[must_use]
    pub fn renumbers(&self, message: &Message, now: Timestamp) -> bool {
        self.arrival == Arrival::Anew || message.id.is_ahead_of(now)
    }

    /// Where a mark arrives that was at this position: there, or at the newest id of the target if a wrong clock has led it ahead. The
    /// target's mark is then at this position if it was behind.
    #[must_use]
    pub fn mark_arrives(position: MessageId, newest: Option<MessageId>, now: Timestamp) -> Option<MessageId> {
        if position.is_ahead_of(now) { newest } else { Some(position) }
    }

    /// What comes of messages that move `now`: the definition that every store follows.
    ///
    /// `leaving` is what the filter means, in any order. `new_ids` are as many as there are messages that
    /// [get new ones](Self::renumbers), and larger than all that were given in the target. `is_taken` says whether a message in the
    /// target has an id, and `has_key` whether its owner has a key in any place, besides these messages.
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
            let new = if self.renumbers(message, now) { new_ids.next() } else { None };
            new.unwrap_or(message.id)
        });
        let ids = MessageId::free_for(wanted.collect::<Vec<_>>(), is_taken);
        let messages = messages.into_iter().zip(moved_here).zip(ids).map(|((mut message, moved), id)| {
            moved.to = Some(id);
            if message.id.is_ahead_of(now) {
                // The same clock has dated its reading.
                message.state.read_at = message.state.read_at.map(|read_at| read_at.min(now).max(id.created()));
            }
            message.id = id;
            message.until = self.until.of(message.until);
            if self.arrival == Arrival::Anew {
                message.state.read_at = None;
            }
            message
        });
        let messages = messages.collect();
        Arrived { messages, moved }
    }
}

/// What comes of a [`Move`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrived {
    /// The messages as they are in the other mailbox, in their order.
    pub messages: Vec<Message>,
    /// What is returned.
    pub moved: Vec<Moved>,
}

/// What happened to a message that was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The id that it had.
    pub from: MessageId,
    /// The id that it has. `None` if the owner of the other mailbox had a message with the same key: that one stays, and this one
    /// is deleted.
    pub to: Option<MessageId>,
}

impl Moved {
    /// A message that had one id, and has another one or is deleted.
    #[must_use]
    pub const fn new(from: MessageId, to: Option<MessageId>) -> Self {
        Self { from, to }
    }
}

//! Pages: how a selection is ordered and cut.

use std::cmp::Ordering;

use super::Message;

/// Which part of a selection is asked for, in which order.
///
/// ```
/// use actix_messages::{MessageOrder, OrderKey, PageRequest};
///
/// let newest_ten = PageRequest::first(10);
/// let second_page = PageRequest::first(10).offset(10).counted();
/// let severest = PageRequest::first(3).order(MessageOrder::by(OrderKey::Level).descending());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The order of the whole selection, before it is cut.
    pub order: MessageOrder,
    /// At most so many messages.
    pub limit: u32,
    /// So many messages of the selection come before the page.
    pub offset: u64,
    /// Whether the size of the whole selection is wanted.
    pub total: Total,
}

impl PageRequest {
    /// The first `limit` messages, newest first, not counted.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { order: MessageOrder::default(), limit, offset: 0, total: Total::Skipped }
    }

    /// All messages at once, newest first. For a mailbox whose size is known to be bounded.
    #[must_use]
    pub fn all() -> Self {
        Self::first(u32::MAX)
    }

    /// Leaves out so many messages at the front. By default 0.
    #[must_use]
    pub const fn offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Orders the selection. By default newest first.
    #[must_use]
    pub fn order(mut self, order: MessageOrder) -> Self {
        self.order = order;
        self
    }

    /// Asks for the size of the whole selection too. By default it is not asked for.
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.total = Total::Counted;
        self
    }
}

/// Whether a page says how large the whole selection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// It does.
    Counted,
    /// It need not.
    Skipped,
}

/// A part of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// Its messages, in the order asked for.
    pub messages: Vec<Message>,
    /// How many messages the whole selection has, where that was asked for.
    pub total: Option<u64>,
}

impl Page {
    /// A page with these messages, and the size of the whole selection, if it was asked for.
    #[must_use]
    pub const fn new(messages: Vec<Message>, total: Option<u64>) -> Self {
        Self { messages, total }
    }

    /// The size of the whole selection where these `rows` tell it without counting: a page that is not full
    /// ends the selection. A page beyond the end tells nothing.
    ///
    /// ```
    /// use actix_messages::PageRequest;
    /// use actix_messages::Page;
    ///
    /// assert_eq!(Page::known_total(7, &PageRequest::first(10)), Some(7));
    /// assert_eq!(Page::known_total(10, &PageRequest::first(10)), None);
    /// assert_eq!(Page::known_total(0, &PageRequest::first(10).offset(30)), None);
    /// ```
    #[must_use]
    pub fn known_total(rows: usize, request: &PageRequest) -> Option<u64> {
        let rows = rows as u64;
        let ends_here = rows < u64::from(request.limit) && (rows > 0 || request.offset == 0);
        ends_here.then(|| request.offset.saturating_add(rows))
    }
}

/// An order of messages: keys that count one after the other. Whatever they leave equal is newest first.
///
/// A message that was never read comes before the read ones in ascending order of
/// [`OrderKey::ReadAt`], and after them in descending order, on every store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageOrder(Vec<(OrderKey, Direction)>);

/// What messages are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKey {
    /// The level's number.
    Level,
    /// When the message was first read.
    ReadAt,
    /// When the message was created, which is its id.
    Created,
}

/// Which way a key runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl MessageOrder {
    /// The smallest `key` first.
    #[must_use]
    pub fn by(key: OrderKey) -> Self {
        Self::default().then(key, Direction::Ascending)
    }

    /// A further key, for what the keys so far leave equal. A key that is there already changes nothing.
    #[must_use]
    pub fn then(mut self, key: OrderKey, direction: Direction) -> Self {
        if !self.0.iter().any(|(known, _)| *known == key) {
            self.0.push((key, direction));
        }
        self
    }

    /// The same order with its last key turned round.
    #[must_use]
    pub fn descending(mut self) -> Self {
        if let Some((_, direction)) = self.0.last_mut() {
            *direction = Direction::Descending;
        }
        self
    }

    /// The keys as a store has to apply them: complete, so that no two messages of a mailbox are equal.
    pub fn keys(&self) -> impl Iterator<Item = (OrderKey, Direction)> + '_ {
        let complete = self.0.iter().any(|(key, _)| *key == OrderKey::Created);
        let newest_first = (!complete).then_some((OrderKey::Created, Direction::Descending));
        self.0.iter().copied().chain(newest_first)
    }

    /// How two messages of one mailbox stand to each other: the definition that every store's `ORDER BY`
    /// translates.
    #[must_use]
    pub fn compare(&self, a: &Message, b: &Message) -> Ordering {
        self.keys()
            .map(|(key, direction)| {
                let ascending = match key {
                    OrderKey::Level => a.level.cmp(&b.level),
                    OrderKey::ReadAt => a.read_at().cmp(&b.read_at()),
                    OrderKey::Created => a.id.cmp(&b.id),
                };
                match direction {
                    Direction::Ascending => ascending,
                    Direction::Descending => ascending.reverse(),
                }
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

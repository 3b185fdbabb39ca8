//! Pages of a selection, and their order.

use std::cmp::Ordering;

use super::Message;

/// A request for one page of a selection, in a given order.
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
    /// The order in which the selection is sorted before the page is taken from it.
    pub order: MessageOrder,
    /// The maximum number of messages on the page.
    pub limit: u32,
    /// The number of messages of the selection that come before the page.
    pub offset: u64,
    /// Whether to return the size of the whole selection, too.
    pub total: Total,
}

impl PageRequest {
    /// Requests the first `limit` messages, newest first, without the size of the whole selection.
    #[must_use]
    pub fn first(limit: u32) -> Self {
        Self { order: MessageOrder::default(), limit, offset: 0, total: Total::Skipped }
    }

    /// Requests all messages at once, newest first. Use it only for a mailbox whose size is bounded.
    #[must_use]
    pub fn all() -> Self {
        Self::first(u32::MAX)
    }

    /// Skips the first `offset` messages of the selection. The default is 0.
    #[must_use]
    pub const fn offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Sets the order of the selection. The default is newest first.
    #[must_use]
    pub fn order(mut self, order: MessageOrder) -> Self {
        self.order = order;
        self
    }

    /// Requests the size of the whole selection, too. By default it is not requested.
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.total = Total::Counted;
        self
    }
}

/// Whether a page has the size of the whole selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// The page has the size.
    Counted,
    /// The page need not have the size.
    Skipped,
}

/// One page of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The messages, in the requested order.
    pub messages: Vec<Message>,
    /// The number of messages in the whole selection, if it was requested.
    pub total: Option<u64>,
}

impl Page {
    /// Creates a page from its messages and, if it was requested, the size of the whole selection.
    #[must_use]
    pub const fn new(messages: Vec<Message>, total: Option<u64>) -> Self {
        Self { messages, total }
    }

    /// Returns the size of the whole selection if the number of `rows` on the page is enough to know it. A page that is
    /// not full ends the selection. For a full page, or an empty page after an offset, the result is `None`.
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

/// An order of messages by a list of keys. Each key orders the messages that are equal by the keys before it. Messages
/// that are equal by all keys are ordered newest first.
///
/// On every store, unread messages come before read ones in ascending order of [`OrderKey::ReadAt`], and after them in
/// descending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageOrder(Vec<(OrderKey, Direction)>);

/// A property by which messages are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKey {
    /// The number of the level.
    Level,
    /// When the message was first read.
    ReadAt,
    /// When the message was created, which is its id.
    Created,
}

/// The direction in which a key orders messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest value comes first.
    Ascending,
    /// The largest value comes first.
    Descending,
}

impl MessageOrder {
    /// Creates an order by `key`, smallest first.
    #[must_use]
    pub fn by(key: OrderKey) -> Self {
        Self::default().then(key, Direction::Ascending)
    }

    /// Adds a key, which orders the messages that are equal by the keys so far. If the order already has this key,
    /// nothing changes.
    #[must_use]
    pub fn then(mut self, key: OrderKey, direction: Direction) -> Self {
        if !self.0.iter().any(|(known, _)| *known == key) {
            self.0.push((key, direction));
        }
        self
    }

    /// Changes the direction of the last key to descending. An order without keys stays as it is.
    #[must_use]
    pub fn descending(mut self) -> Self {
        if let Some((_, direction)) = self.0.last_mut() {
            *direction = Direction::Descending;
        }
        self
    }

    /// Returns all keys that a store has to apply. They are complete: no two messages of a mailbox are equal by all of
    /// them.
    pub fn keys(&self) -> impl Iterator<Item = (OrderKey, Direction)> + '_ {
        let complete = self.0.iter().any(|(key, _)| *key == OrderKey::Created);
        let newest_first = (!complete).then_some((OrderKey::Created, Direction::Descending));
        self.0.iter().copied().chain(newest_first)
    }

    /// Compares two messages of one mailbox. The `ORDER BY` of every store must give the same order.
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

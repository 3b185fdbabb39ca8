//! Pagination: a query and the settings -> the messages of a page, and links to the next and the previous page.

use super::{
    cursor::{Cursor, PageDirection},
    error::Refusal,
    links::Changes,
};
use crate::{
    mailbox::Mailbox,
    model::{Direction, Message, MessageFilter, MessageId, MessageOrder, OrderKey, PageRequest, Timestamp},
    service::{
        question::query::{ListQuery, QueryError, whole_number},
        settings::{
            config::MessagesConfig,
            cursor_key::CursorKey,
            policy::{PageSize, Pagination},
            query_parameters::{CURSOR, LIMIT, OFFSET, ORDERING, PAGE, PAGE_SIZE},
        },
    },
    texts::Text,
};

/// The page that a request asks for.
pub(crate) struct RequestedPage<'a> {
    size: u32,
    order: MessageOrder,
    place: PagePosition<'a>,
}

/// The position of the page in the list.
enum PagePosition<'a> {
    /// The list is not divided into pages.
    Uncut,
    /// The number of messages before the page, which may be more than any mailbox has.
    After(u128),
    /// The number of the page, starting at 1.
    Number(u128),
    /// The last page.
    Last,
    /// At a cursor, or at the start of the list.
    At { key: &'a CursorKey, order: Direction, cursor: Option<Cursor> },
}

/// A page, before its messages are marked or deleted.
pub(crate) struct FetchedPage {
    pub(crate) messages: Vec<Message>,
    pub(crate) envelope: PageLinks,
}

/// The keys around the messages of a page.
pub(crate) enum PageLinks {
    Nothing,
    Pages { count: Option<u64>, next: Option<Changes>, previous: Option<Changes> },
}

impl<'a> RequestedPage<'a> {
    /// Reads the requested page from the query. A size that is not a positive integer counts as absent, and so does an
    /// offset that is not an integer. A page that can't exist is refused, as in Django REST framework.
    pub(crate) fn of(query: &ListQuery<'_>, config: &'a MessagesConfig) -> Result<Self, Refusal> {
        let order = query.order(&config.filters);
        let size = match config.pagination {
            Pagination::LimitOffset => query.value(LIMIT),
            Pagination::PageNumber | Pagination::Cursor(_) => query.value(PAGE_SIZE),
            Pagination::Off => None,
        };
        let asked = size.and_then(whole_number).filter(|size| *size > 0);
        let asked = asked.map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        let size = match (asked, config.page_size) {
            (Some(size), _) | (None, PageSize::Limited(size)) => size.min(config.max_page_size),
            (None, PageSize::Unlimited) => return Ok(Self::uncut(order, config)),
        };
        let place = match &config.pagination {
            Pagination::Off => return Ok(Self::uncut(order, config)),
            Pagination::LimitOffset => {
                let offset = query.value(OFFSET).and_then(whole_number);
                PagePosition::After(offset.map_or(0, |offset| offset.max(0).unsigned_abs()))
            }
            Pagination::PageNumber => match query.value(PAGE) {
                None => PagePosition::Number(1),
                Some("last") => PagePosition::Last,
                Some(number) => {
                    let number = whole_number(number).filter(|number| *number > 0).ok_or(Refusal::NoSuchPage)?;
                    PagePosition::Number(number.unsigned_abs())
                }
            },
            Pagination::Cursor(key) => {
                let order = by_creation(&order)?;
                let cursor = query.value(CURSOR).map(|text| {
                    let cursor = Cursor::from_text(text, key).filter(|cursor| cursor.order == order);
                    cursor.ok_or(Refusal::InvalidCursor)
                });
                PagePosition::At { key, order, cursor: cursor.transpose()? }
            }
        };
        Ok(Self { size, order, place })
    }

    fn uncut(order: MessageOrder, config: &MessagesConfig) -> Self {
        Self { size: config.max_page_size, order, place: PagePosition::Uncut }
    }

    /// Fetches the page of messages that match the filter. Marks nothing.
    pub(crate) async fn fetch(self, mailbox: &Mailbox, filter: MessageFilter) -> Result<FetchedPage, Refusal> {
        match self.place {
            PagePosition::Uncut => {
                let page = PageRequest::first(self.size).order(self.order);
                let messages = mailbox.select(filter).page(&page).await?.messages;
                Ok(FetchedPage { messages, envelope: PageLinks::Nothing })
            }
            PagePosition::After(offset) => {
                let (messages, count) = self.counted_page(mailbox, filter, offset).await?;
                let address = |offset: u128| {
                    let offset = (offset > 0).then(|| offset.to_string());
                    vec![(LIMIT, Some(self.size.to_string())), (OFFSET, offset)]
                };
                let size = u128::from(self.size);
                let after = Some(offset.saturating_add(size)).filter(|after| *after < u128::from(count));
                let before = (offset > 0).then(|| offset.saturating_sub(size));
                let (next, previous) = (after.map(address), before.map(address));
                Ok(FetchedPage { messages, envelope: PageLinks::Pages { count: Some(count), next, previous } })
            }
            PagePosition::Number(number) => self.numbered_page(mailbox, filter, number).await,
            PagePosition::Last => {
                let count = u128::from(mailbox.select(filter.clone()).count().await?);
                let last = count.div_ceil(u128::from(self.size)).max(1);
                self.numbered_page(mailbox, filter, last).await
            }
            PagePosition::At { key, order, cursor } => page_at(mailbox, filter, self.size, key, order, cursor).await,
        }
    }

    async fn counted_page(
        &self,
        mailbox: &Mailbox,
        filter: MessageFilter,
        offset: u128,
    ) -> Result<(Vec<Message>, u64), Refusal> {
        let offset = u64::try_from(offset).unwrap_or(u64::MAX);
        let page = PageRequest::first(self.size).offset(offset).counted().order(self.order.clone());
        let page = mailbox.select(filter).page(&page).await?;
        Ok((page.messages, page.total.unwrap_or_default()))
    }

    /// Fetches the page with this number. A page beyond the last page is refused, unless it is the first page.
    async fn numbered_page(
        &self,
        mailbox: &Mailbox,
        filter: MessageFilter,
        number: u128,
    ) -> Result<FetchedPage, Refusal> {
        let size = u128::from(self.size);
        let (messages, count) = self.counted_page(mailbox, filter, (number - 1).saturating_mul(size)).await?;
        if messages.is_empty() && number > 1 {
            return Err(Refusal::NoSuchPage);
        }
        let address = |number: u128| vec![(PAGE, (number > 1).then(|| number.to_string()))];
        let next = (number.saturating_mul(size) < u128::from(count)).then(|| address(number + 1));
        let previous = (number > 1).then(|| address(number - 1));
        Ok(FetchedPage { messages, envelope: PageLinks::Pages { count: Some(count), next, previous } })
    }
}

/// Returns the direction of an order by creation time alone. It is the only order that stays the same while messages
/// are read.
fn by_creation(order: &MessageOrder) -> Result<Direction, QueryError> {
    match order.keys().collect::<Vec<_>>()[..] {
        [(OrderKey::Created, direction)] => Ok(direction),
        _ => Err(QueryError::field(ORDERING, Text::UnsupportedOrder)),
    }
}

/// Fetches the page that begins or ends at a place in the list. It asks the store for one more message, to know whether
/// the list continues.
async fn page_at(
    mailbox: &Mailbox,
    filter: MessageFilter,
    size: u32,
    key: &CursorKey,
    order: Direction,
    cursor: Option<Cursor>,
) -> Result<FetchedPage, Refusal> {
    let way = cursor.map_or(PageDirection::Forward, |cursor| cursor.way);
    let direction = if way == PageDirection::Forward { order } else { opposite(order) };
    let beyond = match cursor {
        None => filter,
        Some(Cursor { beside, .. }) => match direction {
            Direction::Ascending => filter.created_after(creation_time_plus(beside, 1)),
            Direction::Descending => filter.created_before(creation_time_plus(beside, -1)),
        },
    };
    let page =
        PageRequest::first(size.saturating_add(1)).order(MessageOrder::default().then(OrderKey::Created, direction));
    let mut messages = mailbox.select(beyond).page(&page).await?.messages;
    let goes_on = messages.len() > size as usize;
    messages.truncate(size as usize);
    if way == PageDirection::Back {
        messages.reverse();
    }

    let address = |way, beside| vec![(CURSOR, Some(Cursor { order, way, beside }.to_text(key)))];
    let (first, last) = (messages.first().map(|message| message.id), messages.last().map(|message| message.id));
    // If the page is empty, the link to its neighbour begins with the message beside the cursor.
    let next_to = |way| {
        let step = if (order == Direction::Ascending) == (way == PageDirection::Back) { 1 } else { -1 };
        cursor.map(|cursor| MessageId::new(creation_time_plus(cursor.beside, step).as_micros()))
    };
    let (next, previous) = match way {
        PageDirection::Forward => (
            last.filter(|_| goes_on).map(|last| address(PageDirection::Forward, last)),
            cursor
                .and_then(|_| first.or_else(|| next_to(PageDirection::Back)))
                .map(|first| address(PageDirection::Back, first)),
        ),
        PageDirection::Back => (
            last.or_else(|| next_to(PageDirection::Forward)).map(|last| address(PageDirection::Forward, last)),
            first.filter(|_| goes_on).map(|first| address(PageDirection::Back, first)),
        ),
    };
    Ok(FetchedPage { messages, envelope: PageLinks::Pages { count: None, next, previous } })
}

const fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Ascending => Direction::Descending,
        Direction::Descending => Direction::Ascending,
    }
}

/// Returns the creation time of the message, shifted by this number of microseconds.
const fn creation_time_plus(id: MessageId, by: i64) -> Timestamp {
    Timestamp::from_micros(id.value().saturating_add(by))
}

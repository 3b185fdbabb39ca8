//! The query string of the list -> mailboxes, filter, order and page, or the errors of its parameters.

use super::{links::Parameters, period::Period};
use crate::{
    model::{
        Direction, LevelNames, LevelRange, Message, MessageFilter, MessageId, OrderKey, PageRequest, Recipient,
        Summary, TimeRange, Timestamp,
    },
    service::{
        question::{
            query::{ListQuery, QueryError, query_too_long, too_many_parameters},
            query_string::QueryString,
        },
        settings::{parameter_switches::ListFilters, query_parameters::OF_LISTS},
    },
    store::{Mailboxes, MessageDirectory, StoreError},
    texts::{Phrase, Text},
};

/// The page sizes to choose from. The first one is the default.
pub(crate) const PAGE_SIZES: [u32; 4] = [50, 20, 100, 200];

/// The maximum length of a list's query string as it appears in links, in bytes. Each row of a page has up to 35 links.
const MAX_QUERY_BYTES: usize = 2048;

/// The parsed query string of the list.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) parameters: Parameters,
    pub(crate) of: Mailboxes,
    pub(crate) period: Option<Period>,
    pub(crate) filter: MessageFilter,
    pub(crate) page: PageRequest,
    /// The invalid parameters, and their errors. If there are any, the list is not loaded.
    pub(crate) problems: Vec<(String, Phrase)>,
}

/// The messages of one page, and the counts.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: Vec<(Recipient, Message)>,
    /// The number of messages of each level, counted without the filter by level.
    pub(crate) by_level: Summary,
    /// The number of messages that match all filters.
    pub(crate) total: u64,
}

impl Listing {
    pub(crate) fn read(query: &str, names: &LevelNames) -> Self {
        let mut problems = Vec::new();
        let mut sent = QueryString::read(query);
        let mut parameters = Parameters::read(&sent);
        let given = parameters.query().len();
        if given > MAX_QUERY_BYTES {
            problems.push(("query".into(), Phrase::of_limit(Text::QueryTooLong, MAX_QUERY_BYTES, given)));
            (sent, parameters) = (QueryString::read(""), Parameters::default());
        }
        let mut page = PageRequest::first(PAGE_SIZES[0]);
        let mut filter = MessageFilter::default();
        let filters = ListFilters::default();
        match ListQuery::of(&sent, &filters, OF_LISTS) {
            Ok(query) => {
                page = page.order(query.order(&filters));
                match query.filter(names) {
                    Ok(read) => filter = to_the_second(read),
                    Err(error) => problems.extend(problems_of(error)),
                }
            }
            Err(error) => problems.extend(problems_of(error)),
        }
        if let Some(size) = PAGE_SIZES.iter().find(|size| size.to_string() == parameters.get("limit")) {
            page.limit = *size;
        }
        page.offset = parameters.get("offset").parse().unwrap_or_default();

        let period = match parameters.get("period") {
            "" => None,
            text => Period::parse(text).or_else(|| {
                problems.push(("period".into(), Text::AdminInvalidPeriod.into()));
                None
            }),
        };
        if let Some(TimeRange { after, before }) = period.map(Period::range) {
            filter = after.into_iter().fold(filter, MessageFilter::created_after);
            filter = before.into_iter().fold(filter, MessageFilter::created_before);
        }
        let of = mailboxes(&parameters, &mut problems);
        Self { parameters, of, period, filter, page, problems }
    }

    /// Excludes messages created after this moment, because the page did not show them.
    pub(crate) fn until(mut self, moment: Timestamp) -> Self {
        self.filter = self.filter.created_before(moment);
        self
    }

    /// Returns the moment up to which messages belong to this list. Newer messages arrived after the page was loaded.
    /// Messages that a wrong clock dated are ignored.
    pub(crate) fn end(&self, found: &Found, now: Timestamp) -> Timestamp {
        let ids = found.rows.iter().map(|(_, message)| message.id);
        let newest = ids.filter(|id| !id.is_ahead_of(now)).max().map(MessageId::created);
        let begins_with_newest =
            self.page.offset == 0 && self.direction(OrderKey::Created) == Some(Direction::Descending);
        newest.map_or(now, |newest| if begins_with_newest { newest } else { newest.max(now) })
    }

    pub(crate) async fn find(&self, store: &dyn MessageDirectory) -> Result<Found, StoreError> {
        let whatever_level = MessageFilter { level: LevelRange::default(), ..self.filter.clone() };
        let by_level = store.summarize_across(&self.of, &whatever_level).await?;
        let meant = by_level.by_level.iter().filter(|(level, _)| self.filter.level.contains(**level));
        let total = meant.map(|(_, count)| count).sum();
        let rows = if total == 0 { Vec::new() } else { store.list_across(&self.of, &self.filter, &self.page).await? };
        Ok(Found { rows, by_level, total })
    }

    /// Returns the error of this field.
    pub(crate) fn problem(&self, field: &str) -> Option<&Phrase> {
        self.problems.iter().find(|(name, _)| name == field).map(|(_, problem)| problem)
    }

    /// Returns the direction of this key, if the list is ordered by it first.
    pub(crate) fn direction(&self, key: OrderKey) -> Option<Direction> {
        let (first, direction) = self.page.order.keys().next()?;
        (first == key).then_some(direction)
    }
}

/// Extends each range that ends at a whole second by that second, because the pages show times to the second.
fn to_the_second(mut filter: MessageFilter) -> MessageFilter {
    const SECOND: i64 = 1_000_000;
    for range in [&mut filter.created, &mut filter.read] {
        let end = range.before.map(Timestamp::as_micros).filter(|end| end % SECOND == 0);
        range.before = end.map(|end| Timestamp::from_micros(end.saturating_add(SECOND - 1))).or(range.before);
    }
    filter
}

/// Returns the mailbox of the parameter `user`, at the place that the parameter `mailboxes` names. Without `user`,
/// returns the mailboxes that `mailboxes` names.
fn mailboxes(parameters: &Parameters, problems: &mut Vec<(String, Phrase)>) -> Mailboxes {
    let of = match parameters.get("mailboxes") {
        "" => Mailboxes::All,
        "users" => Mailboxes::Users,
        "visitors" => Mailboxes::Visitors,
        "archives" => Mailboxes::Archives,
        "later" => Mailboxes::Later,
        _ => {
            problems.push(("mailboxes".into(), Text::AdminInvalidMailboxes.into()));
            Mailboxes::All
        }
    };
    match parameters.get("user") {
        "" => of,
        user => match Recipient::user(user) {
            Ok(user) => Mailboxes::Of(match of {
                Mailboxes::Archives => user.archive(),
                Mailboxes::Later => user.later(),
                _ => user,
            }),
            Err(_) => {
                let problem = Phrase::from(Text::AdminInvalidUser).with("limit", Recipient::MAX_USER_ID_BYTES);
                problems.push(("user".into(), problem));
                of
            }
        },
    }
}

fn problems_of(error: QueryError) -> Vec<(String, Phrase)> {
    match error {
        QueryError::Fields(errors) => {
            errors.0.into_iter().map(|(name, problem)| (name.into_owned(), problem)).collect()
        }
        QueryError::Search(problem) => vec![("search".into(), problem)],
        QueryError::TooMany(given) => vec![("query".into(), too_many_parameters(given))],
        QueryError::TooLong(given) => vec![("query".into(), query_too_long(given))],
    }
}

//! The list's query string -> which messages of whom, in which order; or what is wrong with it.

use super::{links::Parameters, period::Period};
use crate::{
    model::{
        Direction, LevelNames, LevelRange, Message, MessageFilter, MessageId, OrderKey, PageRequest, Recipient,
        Summary, TimeRange, Timestamp,
    },
    service::{
        question::{
            query::{ListQuery, QueryError},
            query_string::QueryString,
        },
        settings::parameter_switches::ListFilters,
    },
    store::{Mailboxes, MessageDirectory, StoreError},
};

/// How long a page may be, the first where nothing is said.
pub(crate) const PAGE_SIZES: [u32; 4] = [50, 20, 100, 200];

/// The longest query string of a list, in bytes, as its links have it. Each row of a page has up to 35 links.
const LONGEST_QUERY: usize = 2048;

/// What the list is asked for.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) parameters: Parameters,
    pub(crate) of: Mailboxes,
    pub(crate) period: Option<Period>,
    pub(crate) filter: MessageFilter,
    pub(crate) page: PageRequest,
    /// What is wrong with which parameter. Then nothing is looked for.
    pub(crate) problems: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: Vec<(Recipient, Message)>,
    /// How many there are of each level, if all levels were meant.
    pub(crate) by_level: Summary,
    /// How many there are in all.
    pub(crate) total: u64,
}

impl Listing {
    pub(crate) fn read(query: &str, names: &LevelNames) -> Self {
        let mut problems = Vec::new();
        let mut sent = QueryString::read(query);
        let mut parameters = Parameters::read(&sent);
        let given = parameters.query().len();
        if given > LONGEST_QUERY {
            let most = format!("Ensure the query string has at most {LONGEST_QUERY} bytes (it has {given}).");
            problems.push(("query".into(), most));
            (sent, parameters) = (QueryString::read(""), Parameters::default());
        }
        let mut page = PageRequest::first(PAGE_SIZES[0]);
        let mut filter = MessageFilter::default();
        let filters = ListFilters::default();
        match ListQuery::of_list(&sent, &filters) {
            Ok(query) => {
                page = page.order(query.order(&filters));
                match query.filter(names) {
                    Ok(read) => filter = read,
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
                problems.push(("period".into(), "Enter a year, a month or a day: 2026, 2026-11, 2026-11-24.".into()));
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

    /// The same messages, but none that is newer: not those that nobody has seen on the page yet.
    pub(crate) fn until(mut self, moment: Timestamp) -> Self {
        self.filter = self.filter.created_before(moment);
        self
    }

    /// The end of what is listed: messages that are newer came after this page. Those that a wrong clock has dated do not count.
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

    /// What is wrong with this field of the form.
    pub(crate) fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(name, _)| name == field).map(|(_, problem)| problem.as_str())
    }

    /// Which way the list runs by this key, where that is what it is ordered by first.
    pub(crate) fn direction(&self, key: OrderKey) -> Option<Direction> {
        let (first, direction) = self.page.order.keys().next()?;
        (first == key).then_some(direction)
    }
}

/// `user` is one user's mailbox; else `mailboxes` may say whose.
fn mailboxes(parameters: &Parameters, problems: &mut Vec<(String, String)>) -> Mailboxes {
    let of = match parameters.get("mailboxes") {
        "" | "all" => Mailboxes::All,
        "users" => Mailboxes::Users,
        "visitors" => Mailboxes::Visitors,
        _ => {
            problems.push(("mailboxes".into(), "Choose all, users or visitors.".into()));
            Mailboxes::All
        }
    };
    match parameters.get("user") {
        "" => of,
        user => {
            match Recipient::user(user) {
                Ok(user) => Mailboxes::Of(user),
                Err(_) => {
                    let most = Recipient::MAX_USER_ID_BYTES;
                    problems
                    .push(("user".into(), format!(
                    "A user's id has at most {most} bytes, no control characters and no white space at its ends."
                )));
                    of
                }
            }
        }
    }
}

fn problems_of(error: QueryError) -> Vec<(String, String)> {
    match error {
        QueryError::Fields(errors) => {
            errors.0.into_iter().map(|(name, problem)| (name.into_owned(), problem)).collect()
        }
        QueryError::Search(problem) => vec![("search".into(), problem)],
        QueryError::TooMany(_) => vec![("query".into(), error.to_string())],
    }
}

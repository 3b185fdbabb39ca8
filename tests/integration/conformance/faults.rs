//! Stores with one fault each -> the law that finds it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_messages::{
    Case, CheckedMessage, MemoryStore, MessageFilter, MessageId, MessageOrder, MessageStore, NewMessage, Page,
    PageRequest, Recipient, SessionId, StoreError, Summary, TextTest, Timestamp,
    store::conformance::{Store, delete, end_session, insert, list, mark_read, run, summarize},
};
use async_trait::async_trait;

/// A store that changes what it is asked on the way to a good one, or what that answers on the way back.
#[derive(Debug)]
struct Faulty {
    recipient: fn(&Recipient) -> Recipient,
    message: fn(CheckedMessage) -> CheckedMessage,
    now: fn(Timestamp) -> Timestamp,
    batch: usize,
    filter: fn(&mut MessageFilter),
    page: fn(&mut PageRequest),
    answer: fn(&mut Page),
    summary: fn(&mut Summary),
    changed: fn(&mut MessageFilter),
    /// Looks first and changes then, so that somebody else may come in between.
    looks_first: bool,
    before: fn(Timestamp) -> Timestamp,
    good: MemoryStore,
}

impl Default for Faulty {
    /// No fault.
    fn default() -> Self {
        Self {
            recipient: Recipient::clone,
            message: |message| message,
            now: |now| now,
            batch: usize::MAX,
            filter: |_| {},
            page: |_| {},
            answer: |_| {},
            summary: |_| {},
            changed: |_| {},
            looks_first: false,
            before: |before| before,
            good: MemoryStore::new(),
        }
    }
}

impl Faulty {
    /// The ids of what the filter means, a moment ago.
    async fn seen(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        let page = self.good.list(of, filter, &PageRequest::all()).await?;
        std::thread::yield_now();
        Ok(page.messages.into_iter().map(|message| message.id).collect())
    }
}

fn altered<T: Clone>(value: &T, alter: fn(&mut T)) -> T {
    let mut value = value.clone();
    alter(&mut value);
    value
}

#[async_trait]
impl MessageStore for Faulty {
    async fn insert(
        &self,
        of: &Recipient,
        messages: Vec<CheckedMessage>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let of = (self.recipient)(of);
        let messages = messages.into_iter().map(self.message).collect::<Vec<_>>();
        let mut ids = Vec::new();
        for batch in messages.chunks(self.batch) {
            ids.extend(self.good.insert(&of, batch.to_vec(), (self.now)(now)).await?);
            std::thread::yield_now();
        }
        Ok(ids)
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        let (filter, page) = (altered(filter, self.filter), altered(page, self.page));
        let answer = self.good.list(&(self.recipient)(of), &filter, &page).await?;
        Ok(altered(&answer, self.answer))
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary, StoreError> {
        let summary = self.good.summarize(&(self.recipient)(of), filter).await?;
        Ok(altered(&summary, self.summary))
    }

    async fn mark_read(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let filter = altered(filter, self.changed);
        if self.looks_first {
            let seen = self.seen(of, &MessageFilter { unread: Some(true), ..filter.clone() }).await?;
            self.good.mark_read(of, &filter, now).await?;
            return Ok(seen);
        }
        self.good.mark_read(&(self.recipient)(of), &filter, (self.now)(now)).await
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        let filter = altered(filter, self.changed);
        if self.looks_first {
            let seen = self.seen(of, &filter).await?;
            self.good.delete(of, &filter).await?;
            return Ok(seen);
        }
        self.good.delete(&(self.recipient)(of), &filter).await
    }

    async fn end_session(&self, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
        self.good.end_session(session, (self.before)(before)).await
    }
}

/// The law does not hold on a store with this fault. Laws about random cases and about threads may need luck to notice,
/// so they get several tries.
#[track_caller]
fn found(what: &str, fault: impl Fn() -> Faulty, law: impl AsyncFn(&Store)) {
    let breaks = |_| catch_unwind(AssertUnwindSafe(|| run("verb", "law", async || fault(), &law))).is_err();
    assert!((0..30).any(breaks), "the law holds on a store with this fault: {what}");
}

#[test]
fn a_field_of_a_filter_that_is_forgotten_is_found() {
    let forgetful: [(&str, fn(&mut MessageFilter)); 9] = [
        ("ids", |filter| filter.ids = None),
        ("unread", |filter| filter.unread = None),
        ("level", |filter| filter.level = Default::default()),
        ("tags", |filter| filter.tags.clear()),
        ("view", |filter| filter.view.clear()),
        ("created", |filter| filter.created = Default::default()),
        ("read", |filter| filter.read = Default::default()),
        ("search", |filter| filter.search.clear()),
        ("session", |filter| filter.session = None),
    ];
    for (field, filter) in forgetful {
        found(field, || Faulty { filter, ..Faulty::default() }, list::a_list_has_exactly_what_the_filter_matches);
        let fault = || Faulty { changed: filter, ..Faulty::default() };
        found(field, fault, mark_read::marking_marks_exactly_what_the_filter_matches);
        found(field, fault, delete::deleting_deletes_exactly_what_the_filter_matches);
    }
}

#[test]
fn a_filter_that_is_nearly_right_is_found() {
    let nearly_right: [(&str, fn(&mut MessageFilter)); 9] = [
        ("a term in ASCII only", |filter| filter.search.iter_mut().for_each(|term| term.retain(|one| one.is_ascii()))),
        ("one term", |filter| filter.search.truncate(1)),
        ("one tag", |filter| filter.tags.truncate(1)),
        ("case matters", |filter| filter.view.iter_mut().for_each(|lookup| lookup.case = Case::Sensitive)),
        ("case does not matter", |filter| filter.view.iter_mut().for_each(|lookup| lookup.case = Case::Folded)),
        ("no level is any", |filter| filter.level.only = filter.level.only.take().filter(|only| !only.is_empty())),
        ("no id is any", |filter| filter.ids = filter.ids.take().filter(|ids| !ids.is_empty())),
        ("a range without its end", |filter| {
            filter.created.before = filter.created.before.map(|end| Timestamp::from_micros(end.as_micros() - 1));
        }),
        ("the start is anywhere", |filter| {
            for lookup in &mut filter.tags {
                if let TextTest::StartsWith(start) = &lookup.test {
                    lookup.test = TextTest::Contains(start.clone());
                }
            }
        }),
    ];
    for (what, filter) in nearly_right {
        found(what, || Faulty { filter, ..Faulty::default() }, list::a_list_has_exactly_what_the_filter_matches);
    }
}

#[test]
fn a_message_that_is_not_kept_as_it_was_given_is_found() {
    fn again(given: &CheckedMessage, tags: Vec<String>, text: &str, view: &str) -> CheckedMessage {
        let again = NewMessage::new(given.level(), text).tags(tags).view(view);
        given.session().cloned().into_iter().fold(again, NewMessage::session).check().unwrap()
    }
    fn with_tags(given: &CheckedMessage, alter: fn(&mut Vec<String>)) -> CheckedMessage {
        again(given, altered(&given.tags().to_vec(), alter), given.text(), given.view())
    }
    let lossy: [(&str, fn(CheckedMessage) -> CheckedMessage); 5] = [
        ("tags without repetition", |given| with_tags(&given, Vec::dedup)),
        ("tags in order", |given| with_tags(&given, |tags| tags.sort())),
        ("texts escaped twice", |given| {
            again(&given, given.tags().to_vec(), &given.text().replace('\\', "\\\\"), given.view())
        }),
        ("views without blanks", |given| again(&given, given.tags().to_vec(), given.text(), given.view().trim_end())),
        ("no sessions", |given| {
            NewMessage::new(given.level(), given.text()).tags(given.tags()).view(given.view()).check().unwrap()
        }),
    ];
    for (what, message) in lossy {
        let fault = || Faulty { message, ..Faulty::default() };
        found(what, fault, insert::an_inserted_message_is_listed_as_it_was_given);
    }
}

#[test]
fn a_wrong_page_is_found() {
    let wrong: [(&str, fn(&mut PageRequest)); 3] = [
        ("no offset", |page| page.offset = 0),
        ("one too many", |page| page.limit = page.limit.saturating_add(1)),
        ("a page beyond the end is the last one", |page| page.offset = page.offset.min(5)),
    ];
    for (what, page) in wrong {
        found(what, || Faulty { page, ..Faulty::default() }, list::a_page_is_the_part_after_the_offset);
    }
    let page: fn(&mut PageRequest) = |page| page.order = MessageOrder::default();
    found("no order", || Faulty { page, ..Faulty::default() }, list::a_list_is_in_the_order_asked_for);
    let answer: fn(&mut Page) = |page| page.total = Some(page.messages.len() as u64);
    let fault = || Faulty { answer, ..Faulty::default() };
    found("the total of the page", fault, list::the_total_is_the_size_of_the_whole_selection);
}

#[test]
fn a_wrong_summary_is_found() {
    let summary: fn(&mut Summary) = |summary| summary.max_level = summary.max_level.max(Some(0.into()));
    let fault = || Faulty { summary, ..Faulty::default() };
    found("no level below 0", fault, summarize::a_summary_counts_exactly_what_a_list_has);
}

#[test]
fn recipients_that_are_confused_are_found() {
    let confused: [(&str, fn(&Recipient) -> Recipient); 2] = [
        ("without case", |of| of.key().to_lowercase().parse().unwrap()),
        ("without blanks", |of| of.key().trim_end().parse().unwrap()),
    ];
    for (what, recipient) in confused {
        found(what, || Faulty { recipient, ..Faulty::default() }, insert::a_mailbox_is_its_recipients_alone);
    }
}

#[test]
fn times_in_milliseconds_are_found() {
    let now: fn(Timestamp) -> Timestamp = |now| Timestamp::from_micros(now.as_micros() / 1000 * 1000);
    let fault = || Faulty { now, ..Faulty::default() };
    found("milliseconds", fault, insert::an_id_is_the_moment_given);
    found("milliseconds", fault, mark_read::first_reading_wins);
}

#[test]
fn an_insert_in_parts_is_found() {
    found("parts", || Faulty { batch: 100, ..Faulty::default() }, insert::all_are_inserted_or_none);
}

#[test]
fn a_look_before_a_change_is_found() {
    let fault = || Faulty { looks_first: true, ..Faulty::default() };
    found("a look first", fault, mark_read::of_two_that_mark_one_gets_the_id);
    found("a look first", fault, delete::of_two_that_delete_one_gets_the_id);
}

#[test]
fn an_end_of_a_session_that_deletes_too_much_is_found() {
    let before: fn(Timestamp) -> Timestamp = |_| Timestamp::from_micros(i64::MAX);
    let fault = || Faulty { before, ..Faulty::default() };
    found("no moment", fault, end_session::what_was_created_at_that_moment_or_later_stays);
}

//! Helpers of the laws: new recipients, mailboxes with their expected content, random cases and concurrent calls.

use std::{
    env,
    fmt::Debug,
    hash::{BuildHasher, Hasher, RandomState},
    slice,
    sync::{Arc, Barrier},
    time::Duration,
};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestError, TestRunner},
};
use tokio::{
    runtime::Handle,
    task::{JoinSet, spawn_blocking},
    time::timeout,
};

use super::{Store, random::Sample};
use crate::{
    model::{
        Change, CheckedMessage, Clock, Inserted, Insertion, Level, Message, MessageFilter, MessageId, MessageOrder,
        NewMessage, OrderKey, PageRequest, Recipient, SessionId, Timestamp,
    },
    store::StoreError,
};

/// Returns a user that no other law, case or run uses.
pub(super) fn new_user() -> Recipient {
    user(format_args!("conformance-{:032x}", random_number()))
}

/// Returns the user with this id.
pub(super) fn user(id: impl std::fmt::Display) -> Recipient {
    Recipient::user(id).expect("an invalid user id")
}

/// Returns a session that no other law, case or run uses.
pub(super) fn new_session() -> SessionId {
    SessionId::from_digest(random_number().to_be_bytes())
}

fn random_number() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    half() << 64 | half()
}

/// Returns the time this many microseconds after a fixed time, which is not a whole number of milliseconds.
pub(super) const fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_599_123_457 + micros)
}

/// Returns the time this many microseconds after the start of the year 1. Only messages of the laws of `sweep` and
/// `due` expire or become due around it, even if the store contains other messages.
pub(super) const fn long_ago(micros: i64) -> Timestamp {
    Timestamp::from_micros(-62_135_596_800_000_000 + micros)
}

/// Returns a message with this text and no other parts.
pub(super) fn saying(text: impl Into<String>) -> CheckedMessage {
    checked(NewMessage::new(Level::INFO, text))
}

pub(super) fn checked(message: NewMessage) -> CheckedMessage {
    message.check().expect("an invalid message")
}

/// Inserts messages into a mailbox, and returns their ids.
pub(super) async fn put(
    store: &Store,
    of: &Recipient,
    messages: impl IntoIterator<Item = CheckedMessage>,
    now: Timestamp,
) -> Vec<MessageId> {
    insert_for(store, slice::from_ref(of), messages, now).await.concat()
}

/// Inserts messages into each of these mailboxes, and returns the ids in each. Panics if the insert fails.
pub(super) async fn insert_for(
    store: &Store,
    of: &[Recipient],
    messages: impl IntoIterator<Item = CheckedMessage>,
    now: Timestamp,
) -> Vec<Vec<MessageId>> {
    insert(store, of, messages, now).await.expect("insert failed")
}

/// Inserts messages, and returns the outcomes.
pub(super) async fn insert_all(store: &Store, insertion: Insertion, now: Timestamp) -> Vec<Vec<Inserted>> {
    store.insert(insertion, &now.into()).await.expect("insert failed")
}

/// Inserts messages into each of these mailboxes, and returns the ids in each.
pub(super) async fn insert(
    store: &Store,
    of: &[Recipient],
    messages: impl IntoIterator<Item = CheckedMessage>,
    now: impl Into<Clock>,
) -> Result<Vec<Vec<MessageId>>, StoreError> {
    let inserted = store.insert(Insertion::new(of.to_vec(), messages), &now.into()).await?;
    Ok(inserted.into_iter().map(|inserted| inserted.into_iter().map(|inserted| inserted.id).collect()).collect())
}

/// Applies a change, and returns the ids.
pub(super) async fn changed(
    store: &Store,
    of: &Recipient,
    filter: &MessageFilter,
    change: &Change,
    now: Timestamp,
) -> Vec<MessageId> {
    store.change(of, filter, change, now).await.expect("change failed")
}

/// Marks messages as read, and returns the ids.
pub(super) async fn mark_read(store: &Store, of: &Recipient, filter: &MessageFilter, now: Timestamp) -> Vec<MessageId> {
    changed(store, of, filter, &Change::MarkRead, now).await
}

/// Returns the number of messages in the mailbox.
pub(super) async fn count(store: &Store, of: &Recipient) -> u64 {
    store.summarize(of, &MessageFilter::default()).await.expect("summarize failed").count()
}

/// Returns the messages that match the filter, oldest first.
pub(super) async fn listed(store: &Store, of: &Recipient, filter: &MessageFilter) -> Vec<Message> {
    store.list(of, filter, &oldest_first()).await.expect("list failed").messages
}

/// Returns all messages of the mailbox, oldest first.
pub(super) async fn content(store: &Store, of: &Recipient) -> Vec<Message> {
    listed(store, of, &MessageFilter::default()).await
}

/// Returns the texts of the messages that match the filter, oldest first.
pub(super) async fn texts(store: &Store, of: &Recipient, filter: &MessageFilter) -> Vec<String> {
    listed(store, of, filter).await.into_iter().map(|message| message.content.text).collect()
}

pub(super) fn oldest_first() -> PageRequest {
    PageRequest::all().order(MessageOrder::by(OrderKey::Created))
}

/// A mailbox, and its expected messages, oldest first.
#[derive(Debug)]
pub(super) struct Mailbox {
    pub(super) of: Recipient,
    pub(super) messages: Vec<Message>,
}

impl Mailbox {
    /// Fills the mailbox of a new user with the samples.
    pub(super) async fn with(store: &Store, samples: &[Sample]) -> Result<Self, TestCaseError> {
        Self::of(store, new_user(), samples).await
    }

    /// Fills the mailbox of this recipient with the samples.
    pub(super) async fn of(store: &Store, of: Recipient, samples: &[Sample]) -> Result<Self, TestCaseError> {
        let [mailbox] = Self::filled(store, [of], samples).await?;
        Ok(mailbox)
    }

    /// Fills the mailboxes of two new users with the same messages, which have the same ids in both.
    pub(super) async fn twins(store: &Store, samples: &[Sample]) -> Result<[Self; 2], TestCaseError> {
        Self::filled(store, [new_user(), new_user()], samples).await
    }

    async fn filled<const N: usize>(
        store: &Store,
        of: [Recipient; N],
        samples: &[Sample],
    ) -> Result<[Self; N], TestCaseError> {
        let mut messages = Vec::new();
        for batch in samples.chunk_by(|one, next| one.now == next.now) {
            let given = batch.iter().map(|sample| sample.message.clone());
            let ids = insert(store, &of, given.clone(), batch[0].now).await.map_err(failure)?;
            // The mailboxes are new, so the ids are the same in each.
            messages.extend(given.zip(ids.into_iter().next().unwrap_or_default()).map(|(it, id)| it.stored_as(id)));
        }
        let mut readings = samples.iter().filter_map(|sample| sample.read).collect::<Vec<_>>();
        readings.sort();
        readings.dedup();
        for moment in readings {
            let read = messages.iter_mut().zip(samples).filter(|(_, sample)| sample.read == Some(moment));
            let ids = read.map(|(message, _)| {
                message.state.read_at = Some(moment.max(message.created()));
                message.id
            });
            let filter = MessageFilter::default().with_ids(ids);
            for of in &of {
                store.change(of, &filter, &Change::MarkRead, moment).await.map_err(failure)?;
            }
        }
        Ok(of.map(|of| Self { of, messages: messages.clone() }))
    }

    /// Returns the expected messages that match the filter, oldest first.
    pub(super) fn matched_by(&self, filter: &MessageFilter) -> Vec<Message> {
        self.messages.iter().filter(|message| filter.matches(message)).cloned().collect()
    }

    /// Fails if the mailbox in the store does not have exactly the expected messages.
    pub(super) async fn check(&self, store: &Store, what: &str) -> Result<(), TestCaseError> {
        let page = store.list(&self.of, &MessageFilter::default(), &oldest_first()).await.map_err(failure)?;
        same(what, &page.messages, &self.messages)
    }
}

/// Converts an error of the store into a failure of the case: a store that fails breaks the law.
#[allow(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub(super) fn failure(error: StoreError) -> TestCaseError {
    TestCaseError::fail(format!("the store failed: {error:?}"))
}

/// Fails with the difference between the seen and the expected items.
pub(super) fn same<T: Debug + PartialEq>(what: &str, seen: &[T], expected: &[T]) -> Result<(), TestCaseError> {
    if seen == expected {
        return Ok(());
    }
    let surplus = seen.iter().filter(|one| !expected.contains(one)).collect::<Vec<_>>();
    let missing = expected.iter().filter(|one| !seen.contains(one)).collect::<Vec<_>>();
    Err(TestCaseError::fail(if surplus.is_empty() && missing.is_empty() {
        let (seen_count, expected_count) = (seen.len(), expected.len());
        format!("{what}: the order of these {seen_count}\n{seen:#?}\nshould be, of {expected_count},\n{expected:#?}")
    } else {
        format!("{what}: these should not be there:\n{surplus:#?}\nand these are missing:\n{missing:#?}")
    }))
}

/// The number of random cases if the environment does not set it.
const CASES: u32 = 96;

/// Tests a property with random cases. The smallest failing case that is found is reported.
pub(super) async fn for_all<Cases>(
    store: &Store,
    cases: Cases,
    property: impl AsyncFn(&Store, Cases::Value) -> Result<(), TestCaseError> + Send + 'static,
) where
    Cases: Strategy<Value: Debug> + Send + 'static,
{
    for_one_in(1, store, cases, property).await;
}

/// Tests a property whose cases are expensive: runs one case where [`for_all`] runs `others`.
///
/// The cases run one after the other on a thread that may block, so the runtime can drive the tasks of the store.
pub(super) async fn for_one_in<Cases>(
    others: u32,
    store: &Store,
    cases: Cases,
    property: impl AsyncFn(&Store, Cases::Value) -> Result<(), TestCaseError> + Send + 'static,
) where
    Cases: Strategy<Value: Debug> + Send + 'static,
{
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    config.cases = config.cases.div_ceil(others);
    let (store, runtime) = (store.clone(), Handle::current());
    let all = spawn_blocking(move || {
        let mut runner = TestRunner::new(config);
        let outcome = runner.run(&cases, |case| runtime.block_on(property(&store, case)));
        outcome.map_err(|error| match error {
            TestError::Fail(reason, case) => format!("{reason}\n\nThe smallest case that shows it: {case:#?}"),
            TestError::Abort(reason) => format!("no case was generated: {reason}"),
        })
    });
    if let Err(what) = all.await.expect("the thread of the cases panicked") {
        panic!("{what}");
    }
}

/// Runs an action on `times` threads that start at the same moment, and returns the results in the order of the
/// threads' numbers.
pub(super) async fn at_once<T: Send + 'static>(
    store: &Store,
    times: usize,
    action: impl AsyncFn(&Store, usize) -> T + Send + Sync + 'static,
) -> Vec<T> {
    let (action, start) = (Arc::new(action), Arc::new(Barrier::new(times)));
    let mut threads = JoinSet::new();
    for number in 0..times {
        let (action, start, store, runtime) = (action.clone(), start.clone(), store.clone(), Handle::current());
        threads.spawn_blocking(move || {
            start.wait();
            (number, runtime.block_on(action(&store, number)))
        });
    }
    let mut outcomes = threads.join_all().await;
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Returns filters that together match all of the messages. Each thread gets the same filters, starting with another
/// one.
pub(super) fn overlapping_filters(ids: &[MessageId], thread: usize) -> Vec<MessageFilter> {
    let mut pieces =
        ids.chunks(5).map(|piece| MessageFilter::default().with_ids(piece.iter().copied())).collect::<Vec<_>>();
    pieces.push(MessageFilter::default());
    let first = thread % pieces.len();
    pieces.rotate_left(first);
    pieces
}

/// The times after which a caller drops the future of a call.
pub(super) const TIMEOUTS: [Duration; 6] = {
    let millis = Duration::from_millis;
    [millis(0), millis(1), millis(2), millis(3), millis(5), millis(8)]
};

/// Inserts many messages into a new mailbox, calls `ask` and drops its future, several times. Each time, `left` must
/// return the number of all messages or 0.
pub(super) async fn all_or_none<T>(
    store: &Store,
    ask: impl AsyncFn(&Recipient) -> T,
    left: impl AsyncFn(&Recipient) -> usize,
) {
    const MANY: usize = 100;
    for wait_timeout in TIMEOUTS {
        let of = new_user();
        put(store, &of, vec![saying("One of many"); MANY], at(0)).await;
        // It does not matter whether the call finished in time.
        drop(timeout(wait_timeout, ask(&of)).await);
        let left = left(&of).await;
        assert!([0, MANY].contains(&left), "a dropped call affected a part of {MANY} messages: {left} are left");
    }
}

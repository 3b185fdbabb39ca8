//! Checks that SQLite plans the common statements as the schema intends.

use std::sync::LazyLock;

use actix_messages::{
    Level, MessageFilter, MessageId, MessageStore, NewMessage, PageRequest, SessionId, Timestamp,
    store::{Change, Insertion, Kept},
};
use actix_messages_diesel::{Durability, SqliteOptions};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text, sqlite::SqliteConnection};

use super::{connect, file_in, message, on_one_thread, user};
use crate::statements::Record;

/// The statements that the store sends for its verbs, with the plans that SQLite makes for them.
struct Plans {
    list_newest: Vec<Planned>,
    list_unread: Vec<Planned>,
    retrieve: Vec<Planned>,
    peek: Vec<Planned>,
    peek_from_a_level_on: Vec<Planned>,
    mark_one: Vec<Planned>,
    mark_several: Vec<Planned>,
    mark_scattered: Vec<Planned>,
    delete_one: Vec<Planned>,
    insert: Vec<Planned>,
    end_session: Vec<Planned>,
}

/// A statement, and the steps of its plan.
#[derive(Debug)]
struct Planned {
    sql: String,
    plan: Vec<String>,
}

static PLANS: LazyLock<Plans> = LazyLock::new(|| on_one_thread(make_plans()));

/// Calls a store with 20,000 messages of 200 users. Half of the messages are read. The database has no statistics.
async fn make_plans() -> Plans {
    let folder = tempfile::tempdir().unwrap();
    let file = file_in(&folder);
    let record = Record::of(&file);
    let store = SqliteOptions::default().durability(Durability::Normal).open(&file).unwrap();
    let (start, middle) = (Timestamp::from_micros(1_000_000), Timestamp::from_micros(1_000_049));
    let session = SessionId::from_digest([7; 16]);
    for number in 0..200 {
        let user = user(number);
        store.insert(Insertion::new([user.clone()], hundred_messages(&session)), &start.into()).await.unwrap();
        let first_half = MessageFilter::default().created_before(middle);
        store.change(&user, &first_half, &Change::MarkRead, start).await.unwrap();
    }

    let (of, all, page) = (user(7), MessageFilter::default, PageRequest::first(10).counted());
    let ids = [1_000_060, 1_000_061, 1_000_062].map(MessageId::new);
    let scattered = [1_000_070, 1_000_080, 1_000_090].map(MessageId::new);
    let mut database = connect(&file);
    let mut planned =
        || -> Vec<Planned> { record.take_on_data().into_iter().map(|sql| Planned::by(&mut database, sql)).collect() };
    planned();
    store.list(&of, &all(), &page).await.unwrap();
    let list_newest = planned();
    store.list(&of, &all().unread(), &page).await.unwrap();
    let list_unread = planned();
    store.list(&of, &all().with_id(ids[0]), &PageRequest::first(1)).await.unwrap();
    let retrieve = planned();
    store.summarize(&of, &all().unread()).await.unwrap();
    let peek = planned();
    store.summarize(&of, &all().unread().at_least(Level::WARNING)).await.unwrap();
    let peek_from_a_level_on = planned();
    store.change(&of, &all().with_id(ids[0]), &Change::MarkRead, start).await.unwrap();
    let mark_one = planned();
    store.change(&of, &all().with_ids(ids), &Change::MarkRead, start).await.unwrap();
    let mark_several = planned();
    store.change(&of, &all().with_ids(scattered), &Change::MarkRead, start).await.unwrap();
    let mark_scattered = planned();
    store.delete(&of, &all().with_id(ids[0]).read()).await.unwrap();
    let delete_one = planned();
    store.insert(Insertion::new([of.clone()], vec![message("the last one")]), &start.into()).await.unwrap();
    let insert = planned();
    store.end_session(&session, &Kept::none()).await.unwrap();
    let end_session = planned();
    Plans {
        list_newest,
        list_unread,
        retrieve,
        peek,
        peek_from_a_level_on,
        mark_one,
        mark_several,
        mark_scattered,
        delete_one,
        insert,
        end_session,
    }
}

fn hundred_messages(session: &SessionId) -> Vec<actix_messages::store::CheckedMessage> {
    let levels = [Level::DEBUG, Level::INFO, Level::SUCCESS, Level::WARNING, Level::ERROR];
    let messages = (0..100).map(|number| {
        let message = NewMessage::new(levels[number % levels.len()], format!("message {number}")).tag("order");
        if number % 10 == 0 { message.session(session.clone()) } else { message }
    });
    messages.map(|message| message.check().unwrap()).collect()
}

impl Planned {
    fn by(database: &mut SqliteConnection, sql: String) -> Self {
        #[derive(QueryableByName)]
        struct Step {
            #[diesel(sql_type = Text)]
            detail: String,
        }
        let plan = sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load::<Step>(database).unwrap();
        Self { sql, plan: plan.into_iter().map(|step| step.detail).collect() }
    }
}

/// Asserts that the plan of each statement has exactly these steps.
#[track_caller]
fn assert_plans<const STATEMENTS: usize>(planned: &[Planned], steps: [&[&str]; STATEMENTS]) {
    let found = planned.iter().map(|planned| &*planned.plan).collect::<Vec<_>>();
    assert_eq!(found, steps, "{planned:#?}");
}

const ONE_MAILBOX_IN_ORDER: &str = "SEARCH actix_messages USING PRIMARY KEY (recipient=?)";
/// The plan that inserts a mark in place of the newest message.
const LEAVE_MARK: &[&str] =
    &["SCAN CONSTANT ROW", "SCALAR SUBQUERY 1", "SEARCH actix_messages USING PRIMARY KEY (recipient=? AND id>?)"];
const BY_ID: &str = "SEARCH actix_messages USING PRIMARY KEY (recipient=? AND id=?)";

#[test]
fn the_newest_messages_are_read_in_the_order_of_the_key_and_counted_in_the_index() {
    let count = "SEARCH actix_messages USING COVERING INDEX actix_messages_state (recipient=?)";
    assert_plans(&PLANS.list_newest, [&[ONE_MAILBOX_IN_ORDER, "SCALAR SUBQUERY 1", count]]);
}

#[test]
fn unread_messages_are_not_sorted_and_are_counted_in_the_index() {
    let [Planned { plan, .. }] = &PLANS.list_unread[..] else { panic!("{:#?}", PLANS.list_unread) };
    let [rows, _, count] = &plan[..] else { panic!("{plan:#?}") };
    assert!(rows.starts_with("SEARCH actix_messages USING "), "{plan:#?}");
    let covered = "SEARCH actix_messages USING COVERING INDEX actix_messages_state (recipient=? AND read_at=?";
    assert!(count.starts_with(covered), "{plan:#?}");
}

#[test]
fn peek_is_answered_by_the_index_alone() {
    let covered = "SEARCH actix_messages USING COVERING INDEX actix_messages_state (recipient=? AND read_at=?)";
    assert_plans(&PLANS.peek, [&[covered]]);
    let [peek] = &PLANS.peek_from_a_level_on[..] else { panic!("{:#?}", PLANS.peek_from_a_level_on) };
    let covered = "SEARCH actix_messages USING COVERING INDEX actix_messages_state (recipient=? AND read_at=?";
    assert!(matches!(&peek.plan[..], [step] if step.starts_with(covered)), "{peek:#?}");
}

#[test]
fn one_message_is_found_by_its_key() {
    assert_plans(&PLANS.retrieve, [&[BY_ID]]);
    assert_plans(&PLANS.delete_one, [&[BY_ID], LEAVE_MARK]);
}

#[test]
fn messages_are_marked_by_their_keys() {
    let run = "SEARCH actix_messages USING PRIMARY KEY (recipient=? AND id>? AND id<?)";
    assert_plans(&PLANS.mark_one, [&[run], &[run]]);
    assert_plans(&PLANS.mark_several, [&[run], &[run]]);
    let ids = ["LIST SUBQUERY 1", "SCAN json_each VIRTUAL TABLE INDEX 1:"];
    assert_plans(&PLANS.mark_scattered, [&[run], &[&[BY_ID], &ids[..]].concat()[..]]);
}

#[test]
fn the_last_id_is_found_by_the_key() {
    let mark = "SEARCH actix_messages_marks USING PRIMARY KEY (recipient=? AND name=?)";
    let newest = ["SCAN CONSTANT ROW", "SCALAR SUBQUERY 1", ONE_MAILBOX_IN_ORDER, "SCALAR SUBQUERY 2", mark];
    assert_plans(&PLANS.insert, [&newest, &[]]);
}

#[test]
fn the_end_of_a_session_finds_its_messages_in_their_index() {
    let by_session = &["SEARCH actix_messages USING INDEX actix_messages_session (session=?)"];
    let (first, marks) = PLANS.end_session.split_first().unwrap();
    assert_plans(std::slice::from_ref(first), [by_session]);
    // One statement for each mailbox.
    assert_eq!(marks.len(), 200);
    assert!(marks.iter().all(|planned| planned.plan == LEAVE_MARK), "{marks:#?}");
}

#[test]
fn every_statement_but_the_end_of_a_session_names_the_recipient() {
    let Plans { list_newest, list_unread, retrieve, peek, peek_from_a_level_on, .. } = &*PLANS;
    let Plans { mark_one, mark_several, mark_scattered, delete_one, insert, end_session: _, .. } = &*PLANS;
    let reading = [list_newest, list_unread, retrieve, peek, peek_from_a_level_on];
    for Planned { sql, .. } in
        reading.into_iter().chain([mark_one, mark_several, mark_scattered, delete_one, insert]).flatten()
    {
        let names_it = sql.contains("`recipient` = ?") || sql.contains("WHERE recipient = ?");
        assert!(names_it || sql.starts_with("INSERT"), "{sql}");
    }
}

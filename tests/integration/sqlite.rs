//! SQLite: the plans of the common statements, what opening a file does and refuses, and locks.

use std::{
    error::Error,
    fs,
    future::Future,
    path::Path,
    slice,
    sync::{Barrier, LazyLock},
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    Level, MessageFilter, MessageId, MessageStore, NewMessage, PageRequest, Recipient, SessionId, StoreError,
    TimeRange, Timestamp,
};
use actix_messages_diesel::{DieselStore, Durability, OpenError, SqliteOptions};
use actix_web::rt::System;
use diesel::{
    Connection, QueryableByName, RunQueryDsl, connection::SimpleConnection, migration::MigrationConnection, sql_query,
    sql_types::Text, sqlite::SqliteConnection,
};
use tempfile::TempDir;

use crate::statements::Record;

// The plans.

/// The statements that the store sends for its verbs, with the plans that SQLite makes for them.
struct Plans {
    list_newest: Vec<Planned>,
    list_unread: Vec<Planned>,
    retrieve: Vec<Planned>,
    peek: Vec<Planned>,
    peek_from_a_level_on: Vec<Planned>,
    mark_one: Vec<Planned>,
    mark_several: Vec<Planned>,
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

/// Asks a store with 20,000 messages of 200 users, half of them read, and without statistics.
async fn make_plans() -> Plans {
    let folder = tempfile::tempdir().unwrap();
    let file = file_in(&folder);
    let record = Record::of(&file);
    let store = SqliteOptions::default().durability(Durability::Normal).open(&file).unwrap();
    let (start, middle) = (Timestamp::from_micros(1_000_000), Timestamp::from_micros(1_000_049));
    let session = SessionId::from_digest([7; 16]);
    for number in 0..200 {
        let user = user(number);
        store.insert(slice::from_ref(&user), hundred_messages(&session), start).await.unwrap();
        let until_middle = TimeRange { after: None, before: Some(middle) };
        let first_half = MessageFilter { created: until_middle, ..MessageFilter::default() };
        store.mark_read(&user, &first_half, start).await.unwrap();
    }

    let (of, all, page) = (user(7), MessageFilter::default, PageRequest::first(10).counted());
    let ids = [1_000_060, 1_000_070, 1_000_080].map(MessageId::new);
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
    store.mark_read(&of, &all().with_id(ids[0]), start).await.unwrap();
    let mark_one = planned();
    store.mark_read(&of, &all().with_ids(ids), start).await.unwrap();
    let mark_several = planned();
    store.delete(&of, &all().with_id(ids[0]).read()).await.unwrap();
    let delete_one = planned();
    store.insert(slice::from_ref(&of), vec![message("the last one")], start).await.unwrap();
    let insert = planned();
    store.end_session(&session, Timestamp::now()).await.unwrap();
    let end_session = planned();
    Plans {
        list_newest,
        list_unread,
        retrieve,
        peek,
        peek_from_a_level_on,
        mark_one,
        mark_several,
        delete_one,
        insert,
        end_session,
    }
}

fn hundred_messages(session: &SessionId) -> Vec<actix_messages::CheckedMessage> {
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

/// The plan of each statement has exactly these steps.
#[track_caller]
fn assert_plans<const STATEMENTS: usize>(planned: &[Planned], steps: [&[&str]; STATEMENTS]) {
    let found = planned.iter().map(|planned| &*planned.plan).collect::<Vec<_>>();
    assert_eq!(found, steps, "{planned:#?}");
}

const ONE_MAILBOX_IN_ORDER: &str = "SEARCH actix_messages USING PRIMARY KEY (recipient=?)";
const BY_ID: &str = "SEARCH actix_messages USING PRIMARY KEY (recipient=? AND id=?)";

#[test]
fn the_newest_messages_are_read_in_the_order_of_the_key_and_counted_in_the_index() {
    let count = "SEARCH actix_messages USING COVERING INDEX actix_messages_state (recipient=?)";
    assert_plans(&PLANS.list_newest, [&[ONE_MAILBOX_IN_ORDER], &[count]]);
}

#[test]
fn unread_messages_are_not_sorted_and_are_counted_in_the_index() {
    let [rows, count] = &PLANS.list_unread[..] else { panic!("{:#?}", PLANS.list_unread) };
    assert!(rows.plan.iter().all(|step| step.starts_with("SEARCH actix_messages USING ")), "{rows:#?}");
    let covered = "SEARCH actix_messages USING COVERING INDEX actix_messages_state (recipient=? AND read_at=?";
    assert!(matches!(&count.plan[..], [step] if step.starts_with(covered)), "{count:#?}");
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
    assert_plans(&PLANS.delete_one, [&[BY_ID]]);
}

#[test]
fn messages_are_marked_by_their_keys() {
    assert_plans(&PLANS.mark_one, [&[BY_ID]]);
    let ids = ["LIST SUBQUERY 1", "SCAN json_each VIRTUAL TABLE INDEX 1:"];
    assert_plans(&PLANS.mark_several, [&[&[BY_ID], &ids[..]].concat()[..]]);
}

#[test]
fn the_last_id_is_found_by_the_key() {
    assert_plans(&PLANS.insert, [&[ONE_MAILBOX_IN_ORDER], &[]]);
}

#[test]
fn the_end_of_a_session_finds_its_messages_in_their_index() {
    let by_session = &["SEARCH actix_messages USING INDEX actix_messages_session (session=?)"];
    assert_plans(&PLANS.end_session, [by_session, by_session]);
}

#[test]
fn every_statement_but_the_end_of_a_session_names_the_recipient() {
    let Plans { list_newest, list_unread, retrieve, peek, peek_from_a_level_on, .. } = &*PLANS;
    let Plans { mark_one, mark_several, delete_one, insert, end_session: _, .. } = &*PLANS;
    let reading = [list_newest, list_unread, retrieve, peek, peek_from_a_level_on];
    for Planned { sql, .. } in reading.into_iter().chain([mark_one, mark_several, delete_one, insert]).flatten() {
        assert!(sql.contains("`recipient` = ?") || sql.starts_with("INSERT"), "{sql}");
    }
}

// Opening.

#[test]
fn a_new_file_has_pages_of_8192_bytes_and_a_write_ahead_log() {
    let folder = tempfile::tempdir().unwrap();
    let _store = DieselStore::open(file_in(&folder)).unwrap();
    let mut database = connect(&file_in(&folder));
    assert_eq!(texts(&mut database, "SELECT page_size AS text FROM pragma_page_size"), ["8192"]);
    assert_eq!(texts(&mut database, "SELECT journal_mode AS text FROM pragma_journal_mode"), ["wal"]);
}

#[test]
fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(file_in(&folder), "").unwrap();
    let store = DieselStore::open(file_in(&folder)).unwrap();
    assert_eq!(on_one_thread(add_and_count(&store)), 1);
}

#[test]
fn a_file_in_a_missing_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(&folder.path().join("missing").join("messages.sqlite"), "unable to open database file");
}

#[test]
fn a_file_below_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "no folder").unwrap();
    assert_refused(&folder.path().join("file").join("messages.sqlite"), "unable to open database file");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_in_a_folder_that_nobody_can_write_is_refused() {
    assert_refused(Path::new("/proc/messages.sqlite"), "unable to open database file");
}

#[test]
fn a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(folder.path(), "unable to open database file");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["short", &"This is a text, and no database. ".repeat(1000)] {
        fs::write(file_in(&folder), text).unwrap();
        assert_refused(&file_in(&folder), "file is not a database");
        assert_eq!(fs::read_to_string(file_in(&folder)).unwrap(), text);
    }
}

#[test]
fn a_database_with_another_table_of_the_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    connect(&file_in(&folder)).batch_execute("CREATE TABLE actix_messages (other INTEGER)").unwrap();
    assert_refused(&file_in(&folder), "table actix_messages already exists");
}

#[test]
fn an_empty_path_is_refused() {
    // SQLite gives each connection to it a database of its own.
    assert!(DieselStore::open("").is_err());
}

#[test]
fn a_file_that_stays_locked_is_refused_once_patience_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = connect(&file_in(&folder));
    other.batch_execute("PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER); BEGIN IMMEDIATE").unwrap();
    let refused = SqliteOptions::default().patience(Duration::from_millis(300)).open(file_in(&folder)).unwrap_err();
    assert!(causes(&refused).contains("database is locked"), "{}", causes(&refused));
    other.batch_execute("COMMIT").unwrap();
    DieselStore::open(file_in(&folder)).unwrap();
}

#[test]
fn a_file_that_is_locked_for_a_moment_is_opened_when_the_lock_is_released() {
    for journal_mode in ["DELETE", "WAL"] {
        let folder = tempfile::tempdir().unwrap();
        let mut other = connect(&file_in(&folder));
        other
            .batch_execute(&format!("PRAGMA journal_mode = {journal_mode}; CREATE TABLE orders (id INTEGER)"))
            .unwrap();
        other.batch_execute("BEGIN IMMEDIATE").unwrap();
        let options = SqliteOptions::default().patience(Duration::from_secs(60));
        thread::scope(|scope| {
            let opening = scope.spawn(|| options.open(file_in(&folder)).map_err(|error| causes(&error)));
            thread::sleep(Duration::from_millis(200));
            other.batch_execute("COMMIT").unwrap();
            let store = opening.join().unwrap().unwrap();
            assert_eq!(on_one_thread(add_and_count(&store)), 1, "{journal_mode}");
        });
    }
}

#[test]
fn a_database_can_be_opened_twice_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [(), ()].map(|()| DieselStore::open(file_in(&folder)).unwrap());
    on_one_thread(async {
        assert_eq!(add_and_count(&one).await, 1);
        assert_eq!(add_and_count(&other).await, 2);
        assert_eq!(add_and_count(&one).await, 3);
    });
}

#[test]
fn messages_are_there_when_the_database_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    for opened_before in 0..3 {
        let store = DieselStore::open(file_in(&folder)).unwrap();
        assert_eq!(on_one_thread(add_and_count(&store)), opened_before + 1);
    }
}

#[test]
fn ten_threads_can_open_the_same_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let start = Barrier::new(10);
        thread::scope(|scope| {
            let open = || {
                start.wait();
                SqliteOptions::default().readers(1).patience(Duration::from_secs(30)).open(file_in(&folder))
            };
            let opening = (0..10).map(|_| scope.spawn(open)).collect::<Vec<_>>();
            let stores = opening.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect::<Vec<_>>();
            assert_eq!(on_one_thread(add_and_count(&stores[9])), 1);
        });
    }
}

#[test]
fn a_database_in_memory_is_shared_by_all_who_use_the_store_and_by_no_other_store() {
    let (store, other) = (DieselStore::open(":memory:").unwrap(), DieselStore::open(":memory:").unwrap());
    thread::scope(|scope| {
        for number in 0..8 {
            let store = &store;
            scope.spawn(move || {
                on_one_thread(async {
                    for already_there in 0..10 {
                        let texts = list(store, &user(number)).await.unwrap();
                        assert_eq!(texts.len(), already_there);
                        store.insert(&[user(number)], vec![message("hello")], Timestamp::now()).await.unwrap();
                        store.insert(&[user(100)], vec![message("hello, all")], Timestamp::now()).await.unwrap();
                    }
                });
            });
        }
    });
    on_one_thread(async {
        assert_eq!(list(&store, &user(100)).await.unwrap().len(), 80);
        assert_eq!(list(&other, &user(100)).await.unwrap().len(), 0);
    });
}

// Migrations beside those of the application.

#[test]
fn the_versions_of_the_migrations_are_unmistakable() {
    let folder = tempfile::tempdir().unwrap();
    DieselStore::open(file_in(&folder)).unwrap();
    let versions = versions(&mut connect(&file_in(&folder)));
    assert!(!versions.is_empty());
    assert!(versions.iter().all(|version| version.starts_with("actixmessages")), "{versions:?}");
}

#[test]
fn the_migrations_of_the_application_go_on_in_the_same_file() {
    let orders = ("20250101000000", "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    let invoices = ("20250601000000", "CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    let folder = tempfile::tempdir().unwrap();
    let mut application = connect(&file_in(&folder));
    assert_eq!(migrate(&mut application, &[orders]), ["20250101000000"]);

    let store = DieselStore::open(file_in(&folder)).unwrap();
    assert_eq!(on_one_thread(add_and_count(&store)), 1);

    assert_eq!(migrate(&mut application, &[orders, invoices]), ["20250601000000"]);
    assert_eq!(migrate(&mut application, &[orders, invoices]), [""; 0]);
    application.batch_execute("INSERT INTO orders VALUES (1); INSERT INTO invoices VALUES (1)").unwrap();

    let again = DieselStore::open(file_in(&folder)).unwrap();
    assert_eq!(on_one_thread(add_and_count(&again)), 2);
}

#[test]
fn the_application_can_begin_its_migrations_after_those_of_messages() {
    let folder = tempfile::tempdir().unwrap();
    let store = DieselStore::open(file_in(&folder)).unwrap();
    let mut application = connect(&file_in(&folder));
    let orders = ("00000000000001", "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    assert_eq!(migrate(&mut application, &[orders]), ["00000000000001"]);
    application.batch_execute("INSERT INTO orders VALUES (1)").unwrap();
    assert_eq!(on_one_thread(add_and_count(&store)), 1);
}

/// Runs those of the application's migrations that were not run yet, as Diesel does, and returns their versions.
fn migrate<'a>(database: &mut SqliteConnection, migrations: &[(&'a str, &str)]) -> Vec<&'a str> {
    MigrationConnection::setup(database).unwrap();
    let applied = versions(database);
    let pending = migrations.iter().filter(|(version, _)| !applied.iter().any(|applied| applied == version));
    let run = pending.map(|(version, sql)| {
        database.batch_execute(sql).unwrap();
        let record = sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES (?)");
        record.bind::<Text, _>(*version).execute(database).unwrap();
        *version
    });
    run.collect()
}

fn versions(database: &mut SqliteConnection) -> Vec<String> {
    texts(database, "SELECT version AS text FROM __diesel_schema_migrations")
}

// Locks, waits and durability.

#[test]
fn a_locked_file_is_unavailable_until_the_lock_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().patience(Duration::from_millis(500)).open(file_in(&folder)).unwrap();
    let mut other = connect(&file_in(&folder));
    on_one_thread(async {
        assert_eq!(add_and_count(&store).await, 1);
        for _ in 0..2 {
            other.batch_execute("BEGIN IMMEDIATE").unwrap();
            let asked = Instant::now();
            let (of, all, now) = (user(1), MessageFilter::default(), Timestamp::now());
            assert_unavailable(
                store.insert(slice::from_ref(&of), vec![message("hello")], now).await,
                "database is locked",
            );
            assert_unavailable(store.mark_read(&of, &all, now).await, "database is locked");
            assert_unavailable(store.delete(&of, &all).await, "database is locked");
            assert!(asked.elapsed() < Duration::from_secs(20));
            assert_eq!(list(&store, &of).await.unwrap(), ["hello"], "who only reads does not wait");
            other.batch_execute("ROLLBACK").unwrap();
        }
        assert_eq!(add_and_count(&store).await, 2);
    });
}

#[test]
fn a_lock_that_is_released_in_time_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().patience(Duration::from_secs(60)).open(file_in(&folder)).unwrap();
    let mut other = connect(&file_in(&folder));
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let adding = scope.spawn(|| on_one_thread(add_and_count(&store)));
        thread::sleep(Duration::from_millis(200));
        assert!(!adding.is_finished());
        other.batch_execute("COMMIT").unwrap();
        assert_eq!(adding.join().unwrap(), 1);
    });
}

#[test]
fn readers_who_find_no_free_connection_are_told_so_once_patience_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of(&file_in(&folder));
    let options = SqliteOptions::default().readers(1).patience(Duration::from_millis(500));
    let store = options.open(file_in(&folder)).unwrap();
    record.take();
    thread::scope(|scope| {
        let held = record.hold();
        let first = scope.spawn(|| on_one_thread(list(&store, &user(1))));
        while !record.has("SELECT") {
            thread::sleep(Duration::from_millis(5));
        }
        let asked = Instant::now();
        let second = on_one_thread(list(&store, &user(1)));
        assert_unavailable(second, "no connection was free in time");
        assert!(asked.elapsed() < Duration::from_secs(20));
        drop(held);
        assert_eq!(first.join().unwrap().unwrap(), [""; 0]);
    });
    assert_eq!(on_one_thread(add_and_count(&store)), 1);
}

#[test]
fn durability_is_what_every_connection_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (options, expected) in [
        (SqliteOptions::default(), "PRAGMA synchronous = FULL"),
        (SqliteOptions::default().durability(Durability::Full), "PRAGMA synchronous = FULL"),
        (SqliteOptions::default().durability(Durability::Normal), "PRAGMA synchronous = NORMAL"),
    ] {
        let record = Record::of(&file_in(&folder));
        let _store = options.open(file_in(&folder)).unwrap();
        let told = record.take().into_iter().filter(|sql| sql.contains("synchronous")).collect::<Vec<_>>();
        assert!(told.len() >= 2, "a reader and a writer: {told:?}");
        assert!(told.iter().all(|sql| sql == expected), "{told:?}");
    }
}

// What the tests share.

fn file_in(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("messages.sqlite")
}

fn connect(file: &Path) -> SqliteConnection {
    SqliteConnection::establish(file.to_str().unwrap()).unwrap()
}

fn texts(database: &mut SqliteConnection, sql: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    sql_query(sql).load::<Row>(database).unwrap().into_iter().map(|row| row.text).collect()
}

/// Runs to its end, as on a thread of Actix.
fn on_one_thread<T>(future: impl Future<Output = T>) -> T {
    System::new().block_on(future)
}

fn user(number: u32) -> Recipient {
    Recipient::user(number).unwrap()
}

fn message(text: &str) -> actix_messages::CheckedMessage {
    NewMessage::new(Level::INFO, text).check().unwrap()
}

async fn list(store: &DieselStore, of: &Recipient) -> Result<Vec<String>, StoreError> {
    let page = store.list(of, &MessageFilter::default(), &PageRequest::all()).await?;
    Ok(page.messages.into_iter().map(|message| message.text).collect())
}

/// Adds a message, and returns how many there are then.
async fn add_and_count(store: &DieselStore) -> usize {
    store.insert(&[user(1)], vec![message("hello")], Timestamp::now()).await.unwrap();
    list(store, &user(1)).await.unwrap().len()
}

/// It can't be opened, which is said at once; the error names the path, and its sources what the database said.
#[track_caller]
fn assert_refused(path: &Path, because: &str) {
    let asked = Instant::now();
    let refused: OpenError = SqliteOptions::default().patience(Duration::from_secs(60)).open(path).unwrap_err();
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
    assert!(causes(&refused).contains(because), "{}", causes(&refused));
}

#[track_caller]
fn assert_unavailable<T>(answer: Result<T, StoreError>, because: &str) {
    match answer {
        Err(error @ StoreError::Unavailable { .. }) => assert!(causes(&error).contains(because), "{}", causes(&error)),
        Err(error) => panic!("{error}: {}", causes(&error)),
        Ok(_) => panic!("it was available"),
    }
}

/// What the sources of an error say.
fn causes(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |&cause| cause.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

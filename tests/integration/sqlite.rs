//! SQLite: opening files, errors of opening, locks, and durability.

mod extra;
mod kept;
mod newest;
mod plans;
mod strangers;
mod together;

use std::{
    error::Error,
    fs,
    future::Future,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, Level, MessageFilter, MessageStore, NewMessage, PageRequest, Recipient, Timestamp,
    store::{Change, Insertion, StoreError},
};
use actix_messages_diesel::{DieselStore, Durability, OpenError, SqliteOptions};
use actix_web::rt::System;
use diesel::{
    Connection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::Text,
    sqlite::SqliteConnection,
};
use tempfile::TempDir;

use crate::statements::Record;

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
    assert_refused(&folder.path().join("missing").join("messages.sqlite"), "/missing does not exist");
}

#[test]
fn a_file_below_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "no folder").unwrap();
    assert_refused(&folder.path().join("file").join("messages.sqlite"), "/file does not exist");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_in_a_folder_that_nobody_can_write_is_refused() {
    assert_refused(Path::new("/proc/messages.sqlite"), "unable to open database file");
}

/// SQLite would create a file with this name.
#[test]
fn a_url_is_refused() {
    for url in
        ["sqlite:messages.sqlite", "sqlite://messages.sqlite", "file:messages.sqlite?mode=ro", "mysql://root@db/app"]
    {
        assert_refused(Path::new(url), "it is a URL");
        assert!(!Path::new(url).exists());
    }
}

#[test]
fn a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(folder.path(), "it is a folder");
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
fn an_empty_path_is_refused() {
    // SQLite gives each connection to an empty path a separate database.
    assert!(DieselStore::open("").is_err());
}

#[test]
fn a_file_that_stays_locked_is_refused_once_patience_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = connect(&file_in(&folder));
    other.batch_execute("PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER); BEGIN IMMEDIATE").unwrap();
    let refused = SqliteOptions::default().wait_timeout(Duration::from_millis(300)).open(file_in(&folder)).unwrap_err();
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
        let options = SqliteOptions::default().wait_timeout(Duration::from_secs(60));
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
                        store
                            .insert(Insertion::new([user(number)], vec![message("hello")]), &Clock::default())
                            .await
                            .unwrap();
                        store
                            .insert(Insertion::new([user(100)], vec![message("hello, all")]), &Clock::default())
                            .await
                            .unwrap();
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

// Locks, waits and durability.

#[test]
fn a_locked_file_is_unavailable_until_the_lock_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().wait_timeout(Duration::from_millis(500)).open(file_in(&folder)).unwrap();
    let mut other = connect(&file_in(&folder));
    on_one_thread(async {
        assert_eq!(add_and_count(&store).await, 1);
        for _ in 0..2 {
            other.batch_execute("BEGIN IMMEDIATE").unwrap();
            let asked = Instant::now();
            let (of, all, now) = (user(1), MessageFilter::default(), Timestamp::now());
            assert_unavailable(
                store.insert(Insertion::new([of.clone()], vec![message("hello")]), &now.into()).await,
                "database is locked",
            );
            assert_unavailable(store.change(&of, &all, &Change::MarkRead, now).await, "database is locked");
            assert_unavailable(store.delete(&of, &all).await, "database is locked");
            assert!(asked.elapsed() < Duration::from_secs(20));
            assert_eq!(list(&store, &of).await.unwrap(), ["hello"], "reads do not wait");
            other.batch_execute("ROLLBACK").unwrap();
        }
        assert_eq!(add_and_count(&store).await, 2);
    });
}

#[test]
fn a_lock_that_is_released_in_time_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().wait_timeout(Duration::from_secs(60)).open(file_in(&folder)).unwrap();
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
    let record = Record::of(file_in(&folder));
    let options = SqliteOptions::default().readers(1).wait_timeout(Duration::from_millis(500));
    let store = options.open(file_in(&folder)).unwrap();
    // This connects the only reader.
    on_one_thread(list(&store, &user(1))).unwrap();
    record.take();
    thread::scope(|scope| {
        let held = record.hold();
        let first = scope.spawn(|| on_one_thread(list(&store, &user(1))));
        while record.count("SELECT") == 0 {
            thread::sleep(Duration::from_millis(5));
        }
        let asked = Instant::now();
        let second = on_one_thread(list(&store, &user(2)));
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
        let record = Record::of(file_in(&folder));
        let store = options.open(file_in(&folder)).unwrap();
        on_one_thread(list(&store, &user(1))).unwrap();
        let told = record.take().into_iter().filter(|sql| sql.contains("synchronous")).collect::<Vec<_>>();
        assert!(told.len() >= 2, "a reader and a writer: {told:?}");
        assert!(told.iter().all(|sql| sql == expected), "{told:?}");
    }
}

// Helpers.

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

/// Runs a future to its end on one thread, like a thread of Actix.
fn on_one_thread<T>(future: impl Future<Output = T>) -> T {
    System::new().block_on(future)
}

fn user(number: u32) -> Recipient {
    Recipient::user(number).unwrap()
}

fn message(text: &str) -> actix_messages::store::CheckedMessage {
    NewMessage::new(Level::INFO, text).check().unwrap()
}

async fn list(store: &DieselStore, of: &Recipient) -> Result<Vec<String>, StoreError> {
    let page = store.list(of, &MessageFilter::default(), &PageRequest::all()).await?;
    Ok(page.messages.into_iter().map(|message| message.content.text).collect())
}

/// Adds a message, and returns the number of messages after that.
async fn add_and_count(store: &DieselStore) -> usize {
    store.insert(Insertion::new([user(1)], vec![message("hello")]), &Clock::default()).await.unwrap();
    list(store, &user(1)).await.unwrap().len()
}

/// Asserts that opening fails at once. The error names the path, and its sources quote the database.
#[track_caller]
fn assert_refused(path: &Path, because: &str) {
    let asked = Instant::now();
    let refused: OpenError = SqliteOptions::default().wait_timeout(Duration::from_secs(60)).open(path).unwrap_err();
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert!(refused.to_string().contains(path.to_str().unwrap()), "{refused}");
    assert!(causes(&refused).contains(because), "{}", causes(&refused));
}

#[track_caller]
fn assert_unavailable<T>(answer: Result<T, StoreError>, because: &str) {
    match answer {
        Err(error @ StoreError::Unavailable { .. }) => assert!(causes(&error).contains(because), "{}", causes(&error)),
        Err(error) => panic!("{error}: {}", causes(&error)),
        Ok(_) => panic!("the store was available"),
    }
}

/// Returns the texts of an error's sources.
fn causes(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |&cause| cause.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn the_log_gets_small_again_after_a_long_reader() {
    let folder = tempfile::tempdir().unwrap();
    let store = DieselStore::open(file_in(&folder)).unwrap();
    let log = || fs::metadata(file_in(&folder).with_extension("sqlite-wal")).unwrap().len();
    let fill = |rounds: u32| {
        on_one_thread(async {
            for _ in 0..rounds {
                let messages = (0..1000).map(|_| NewMessage::new(Level::INFO, "x".repeat(1024)).check().unwrap());
                let insertion = Insertion::new([user(1)], messages.collect::<Vec<_>>());
                store.insert(insertion, &Clock::default()).await.unwrap();
            }
        });
    };
    let mut reader = connect(&file_in(&folder));
    reader.batch_execute("BEGIN; SELECT count(*) FROM actix_messages").unwrap();
    fill(40);
    assert!(log() > 40_000_000, "{}", log());
    reader.batch_execute("COMMIT").unwrap();
    fill(2);
    assert!(log() < 33_000_000, "{}", log());
}

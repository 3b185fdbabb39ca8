//! Creates databases with a given number of users and messages.

use std::{
    fs,
    path::{Path, PathBuf},
};

use actix_messages_diesel::DieselStore;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};

use crate::{Failure, client::request};

/// The creation time of the first message of each mailbox, and the interval between messages, in microseconds.
const FIRST: i64 = 1_700_000_000_123_456;
const STEP: i64 = 1_000_000;

/// The columns of a plain message.
const COLUMNS: &str = "recipient, id, level, message, html, tags, view, read_at";

/// Users with the same number of messages each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Users {
    pub(crate) name: &'static str,
    pub(crate) number: u64,
    pub(crate) messages: u64,
    pub(crate) unread: Unread,
    /// The number of characters of each message.
    pub(crate) length: u64,
}

/// The default length of a message: a sentence.
pub(crate) const SENTENCE: u64 = 60;

/// The messages of a user that are unread.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unread {
    /// All.
    All,
    /// Every n-th message, except for the ten newest.
    EachOf(u64),
}

impl Users {
    /// Returns the usual users, with `messages` messages in total. Each user has 100, of which nine are unread. The ten
    /// newest are read.
    pub(crate) const fn with_hundred_messages_each(messages: u64) -> Self {
        Self { name: "user", number: messages / 100, messages: 100, unread: Unread::EachOf(10), length: SENTENCE }
    }

    /// Returns one request of each user, of at most 50,000, in an order that jumps between mailboxes.
    pub(crate) fn requests(&self, method: &str, path: &str) -> Vec<Vec<u8>> {
        // A prime that does not divide the number of users, so that each user occurs once.
        const JUMP: u64 = 7_919;
        let users = (0..self.number.min(50_000)).map(|turn| format!("{}{}", self.name, turn * JUMP % self.number));
        users.map(|user| request(method, path, &user)).collect()
    }

    /// Returns the id of the newest message, which is the same for all users.
    pub(crate) const fn id_of_newest(&self) -> i64 {
        FIRST + (self.messages as i64 - 1) * STEP
    }

    fn rows(&self, users: &str, numbers: &str, no: &str) -> String {
        let Self { name, messages, unread, length, .. } = self;
        let is_unread = match unread {
            Unread::All => "1 = 1".to_owned(),
            Unread::EachOf(each) => format!("i % {each} = 0 AND i < {messages} - 10"),
        };
        let rest = " is placed, and will be with you in three working days.".repeat(*length as usize / 50 + 1);
        format!(
            "SELECT 'u:{name}' || u, {FIRST} + i * {STEP}, (i % 3 + 2) * 10,
                substr('Your order ' || i || '{rest}', 1, {length}), {no}, '[\"order\"]',
                'shop:orders', CASE WHEN {is_unread} THEN NULL ELSE {FIRST} + i * {STEP} + 5 END
            FROM {users} CROSS JOIN {numbers}"
        )
    }
}

/// Returns the path of a file with these messages. Creates the file if it is missing.
pub(crate) fn sqlite(folder: &Path, name: &str, users: &[Users]) -> Result<PathBuf, Failure> {
    let file = folder.join(format!("{name}.sqlite"));
    if file.exists() {
        return Ok(file);
    }
    eprintln!("writing {} ..", file.display());
    let unfinished = folder.join(format!("{name}.unfinished"));
    remove(&unfinished)?;
    DieselStore::open(&unfinished)?;
    let mut database = SqliteConnection::establish(&unfinished.to_string_lossy())?;
    database.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;")?;
    for some in users {
        let count = |name: &str, column: &str, to: u64| {
            format!(
                "{name}({column}) AS (SELECT 0 UNION ALL SELECT {column} + 1 FROM {name} WHERE {column} + 1 < {to})"
            )
        };
        let (users, numbers) = (count("users", "u", some.number), count("numbers", "i", some.messages));
        let rows = some.rows("users", "numbers", "0");
        sql_query(format!("WITH RECURSIVE {users}, {numbers} INSERT INTO actix_messages ({COLUMNS}) {rows}"))
            .execute(&mut database)?;
    }
    database.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);")?;
    drop(database);
    fs::rename(&unfinished, &file)?;
    Ok(file)
}

/// Copies the file, so that a server can write to the copy.
pub(crate) fn copy(file: &Path, name: &str) -> Result<PathBuf, Failure> {
    let copy = file.with_file_name(format!("{name}.copy"));
    remove(&copy)?;
    fs::copy(file, &copy)?;
    // Sync now, so that the first commit does not wait for the copy to be written.
    fs::File::open(&copy)?.sync_all()?;
    Ok(copy)
}

/// Deletes a database file and its log files.
pub(crate) fn remove(file: &Path) -> Result<(), Failure> {
    for ending in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{ending}", file.display()));
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Inserts these messages into the empty table of messages.
pub(crate) fn postgres(database: &mut PgConnection, users: Users) -> Result<(), Failure> {
    let (number, messages) = (users.number - 1, users.messages - 1);
    let (numbers, users) = (
        format!("generate_series(0::bigint, {messages}) AS numbers(i)"),
        users.rows(&format!("generate_series(0, {number}) AS users(u)"), "NUMBERS", "false"),
    );
    sql_query(format!("INSERT INTO actix_messages ({COLUMNS}) {}", users.replace("NUMBERS", &numbers)))
        .execute(database)?;
    database.batch_execute("VACUUM ANALYZE actix_messages")?;
    Ok(())
}

//! Creates databases in PostgreSQL, and runs `pgbench` as the floor.

use std::{
    cell::RefCell,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::Duration,
};

use actix_messages_diesel::PostgresOptions;
use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::{
    Failure,
    data::{self, Users},
    serve::POSTGRES_CONNECTIONS,
};

/// The databases of this run, by their number of messages.
#[derive(Debug, Default)]
pub(crate) struct Databases(RefCell<Vec<(u64, Rc<Database>)>>);

impl Databases {
    /// Returns a database with this number of messages. Creates the database if it is missing.
    pub(crate) fn with(&self, messages: u64) -> Result<Rc<Database>, Failure> {
        let mut databases = self.0.borrow_mut();
        if let Some((_, database)) = databases.iter().find(|(has, _)| *has == messages) {
            return Ok(Rc::clone(database));
        }
        let database = Rc::new(Database::with(Users::with_hundred_messages_each(messages))?);
        databases.push((messages, Rc::clone(&database)));
        Ok(database)
    }
}

/// A database. Dropping the value drops the database.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
    pub(crate) url: String,
}

impl Database {
    /// Creates a database with these messages on the server of `POSTGRES_URL`.
    fn with(users: Users) -> Result<Self, Failure> {
        let server = env::var("POSTGRES_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let (start, _) = server.rsplit_once('/').ok_or("POSTGRES_URL contains no database name")?;
        let name = format!("actix_messages_benches_{}", users.number * users.messages);
        let url = format!("{start}/{name}");
        let mut connection = PgConnection::establish(&server)?;
        eprintln!("writing {name} ..");
        connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))?;
        connection.batch_execute(&format!("CREATE DATABASE {name}"))?;
        let database = Self { server, name, url };
        PostgresOptions::default().connections(1).open(&database.url)?;
        data::postgres(&mut PgConnection::establish(&database.url)?, users)?;
        Ok(database)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self { server, name, .. } = self;
        let dropped = PgConnection::establish(server).map_err(Failure::from).and_then(|mut connection| {
            Ok(connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?)
        });
        if let Err(error) = dropped {
            eprintln!("the database {name} could not be dropped: {error}");
        }
    }
}

/// A script for `pgbench` with the statements of a request. It runs on as many connections as the library has.
#[derive(Debug, Clone)]
pub(crate) struct Pgbench {
    url: String,
    script: PathBuf,
}

impl Pgbench {
    /// Writes the hand-written statements of a list. The library combines both into one statement.
    pub(crate) fn of_list(database: &Database, users: Users, folder: &Path) -> Result<Self, Failure> {
        let Users { name, number, .. } = users;
        let script = folder.join("list.pgbench.sql");
        let columns = "id, level, message, html, tags, view, session, read_at";
        // A colon would begin a variable name of pgbench, even within a text.
        let of = format!("recipient = 'u' || chr(58) || '{name}' || :number::text");
        fs::write(
            &script,
            format!(
                "\\set number random(0, {number} - 1)\n\
                 SELECT {columns} FROM actix_messages WHERE {of} ORDER BY id DESC LIMIT 10;\n\
                 SELECT count(*) FROM actix_messages WHERE {of};\n"
            ),
        )?;
        Ok(Self { url: database.url.clone(), script })
    }

    /// Writes the insertion of a message as long as the handler's, with the current time as its id. It does not keep
    /// ids in order.
    pub(crate) fn of_insert(database: &Database, users: Users, folder: &Path) -> Result<Self, Failure> {
        let Users { name, number, .. } = users;
        let script = folder.join("insert.pgbench.sql");
        fs::write(
            &script,
            format!(
                "\\set number random(0, {number} - 1)\n\
                 INSERT INTO actix_messages (recipient, id, level, message, html, tags, view, session, read_at) \
                 VALUES ('u' || chr(58) || '{name}' || :number::text, \
                 (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, 25, 'Your order is placed.', false, '[]', '', \
                 NULL, NULL);\n"
            ),
        )?;
        Ok(Self { url: database.url.clone(), script })
    }

    /// Runs the script, and returns the transactions per second.
    pub(crate) fn run(&self, duration: Duration) -> Result<f64, Failure> {
        let seconds = duration.as_secs_f64().ceil().max(1.0).to_string();
        let connections = POSTGRES_CONNECTIONS.to_string();
        let output = Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &connections, "-T", &seconds, "-f"])
            .arg(&self.script)
            .arg(&self.url)
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| format!("pgbench failed: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

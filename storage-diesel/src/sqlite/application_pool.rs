//! Opens a store on a connection pool of the application.

use diesel::{
    r2d2::{ConnectionManager, Pool},
    sqlite::SqliteConnection,
};

use super::{
    pragmas::warn_of_missing_pragmas,
    sql::{Store, prepare},
    start::store_on,
    table::MESSAGES,
};
use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    migrations::Migrations,
    store::DieselStore,
    threads::Connections,
};

impl DieselStore {
    /// Opens a store on the application's own connection pool. Its connections both read and write.
    ///
    /// With [`sqlite::add`](super::add), a message is inserted within a transaction of the application.
    ///
    /// The application configures the connections. Each connection needs a `busy_timeout`, and the file needs a
    /// write-ahead log. Otherwise, concurrent requests often fail, and the store logs a warning when it is opened.
    ///
    /// A request waits for a connection for at most the pool's `connection_timeout`, by default 30 seconds. The name of
    /// the table is [`sqlite::TABLE`](super::TABLE).
    ///
    /// ```
    /// use std::time::Duration;
    /// use actix_messages::{Level, NewMessage, Recipient, Timestamp};
    /// use actix_messages_diesel::{DieselStore, Migrations, sqlite};
    /// use diesel::{
    ///     Connection, SqliteConnection,
    ///     connection::SimpleConnection,
    ///     r2d2::{ConnectionManager, CustomizeConnection, Error, Pool},
    /// };
    ///
    /// #[derive(Debug)]
    /// struct Pragmas;
    ///
    /// impl CustomizeConnection<SqliteConnection, Error> for Pragmas {
    ///     fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
    ///         let pragmas = "PRAGMA busy_timeout = 4000; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON";
    ///         connection.batch_execute(pragmas).map_err(Error::QueryError)
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("pool-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let file = folder.join("app.sqlite").display().to_string();
    /// let pool = Pool::builder()
    ///     .connection_timeout(Duration::from_secs(5))
    ///     .connection_customizer(Box::new(Pragmas))
    ///     .build(ConnectionManager::<SqliteConnection>::new(file))?;
    /// let store = DieselStore::on_sqlite_pool(pool.clone(), Migrations::Run)?;
    ///
    /// pool.get()?.transaction(|connection| -> Result<_, Box<dyn std::error::Error>> {
    ///     // Write the order here.
    ///     let placed = NewMessage::new(Level::SUCCESS, "Your order is placed.");
    ///     Ok(sqlite::add(connection, &Recipient::user("alice")?, placed, Timestamp::now())?)
    /// })?;
    /// # drop((store, pool));
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`OpenError`] if the pool provides no connection, or the table of messages can't be created or lacks a
    /// column or key.
    pub fn on_sqlite_pool(
        pool: Pool<ConnectionManager<SqliteConnection>>,
        migrations: Migrations,
    ) -> Result<Self, OpenError> {
        DieselStore::opened(on_pool(pool, migrations), MESSAGES, ShownAddress::of_application_sqlite())
    }
}

fn on_pool(pool: Pool<ConnectionManager<SqliteConnection>>, migrations: Migrations) -> Result<Store, Cause> {
    let wait_timeout = pool.connection_timeout();
    let mut connection = pool.get().map_err(Cause::database)?;
    warn_of_missing_pragmas(&mut connection).map_err(Cause::database)?;
    prepare(&mut connection, migrations)?;
    drop(connection);
    let writer = Connections::Pool(pool.clone());
    store_on(Connections::of_pool(pool), writer, wait_timeout)
}

//! A pool of the application -> a store on SQLite.

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
    /// A store on the pool that the application has anyway, whose connections both read and write. With
    /// [`sqlite::add`](super::add), a message is a part of the application's own transaction.
    ///
    /// The connections are as the application makes them. Each has to wait for the others (`busy_timeout`), and the file
    /// needs a write-ahead log, or much of what is asked at the same moment fails; where one is missing, the log says so.
    /// A request waits for a connection as long as the pool does, 30 seconds by default. The table is
    /// [`sqlite::TABLE`](super::TABLE).
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
    ///     // .. the order is written ..
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
    /// [`OpenError`] where no connection can be had, or the table of messages can't be created or lacks something.
    pub fn on_sqlite_pool(
        pool: Pool<ConnectionManager<SqliteConnection>>,
        migrations: Migrations,
    ) -> Result<Self, OpenError> {
        DieselStore::opened(on_pool(pool, migrations), MESSAGES, ShownAddress::of_application_sqlite())
    }
}

fn on_pool(pool: Pool<ConnectionManager<SqliteConnection>>, migrations: Migrations) -> Result<Store, Cause> {
    let patience = pool.connection_timeout();
    let mut connection = pool.get().map_err(Cause::database)?;
    warn_of_missing_pragmas(&mut connection).map_err(Cause::database)?;
    prepare(&mut connection, migrations)?;
    drop(connection);
    let writer = Connections::Pool(pool.clone());
    store_on(Connections::of_pool(pool), writer, patience)
}

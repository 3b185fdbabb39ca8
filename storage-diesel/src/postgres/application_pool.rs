//! Opens a store on a connection pool of the application.

use diesel::{
    pg::PgConnection,
    r2d2::{ConnectionManager, Pool},
};

use super::{
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
    /// Opens a store on the application's own connection pool.
    ///
    /// With [`postgres::add`](super::add), a message is inserted within a transaction of the application.
    ///
    /// A request waits for a connection for at most the pool's `connection_timeout`, by default 30 seconds. The store's
    /// own transactions set `lock_timeout` to four fifths of that.
    ///
    /// Before the store writes a message, it discards the notifications that the connection has received. If the
    /// application uses `LISTEN`, use a connection outside of this pool for it.
    ///
    /// The name of the table is [`postgres::TABLE`](super::TABLE).
    ///
    /// # Errors
    ///
    /// Returns [`OpenError`] if the pool provides no connection, or the table of messages can't be created or lacks a
    /// column or key.
    pub fn on_postgres_pool(
        pool: Pool<ConnectionManager<PgConnection>>,
        migrations: Migrations,
    ) -> Result<Self, OpenError> {
        DieselStore::opened(on_pool(pool, migrations), MESSAGES, ShownAddress::of_application_postgres())
    }
}

fn on_pool(pool: Pool<ConnectionManager<PgConnection>>, migrations: Migrations) -> Result<Store, Cause> {
    let mut first = pool.get().map_err(Cause::database)?;
    prepare(&mut first, migrations)?;
    let wait_timeout = pool.connection_timeout();
    store_on(Connections::of_pool(pool), &mut first, wait_timeout)
}

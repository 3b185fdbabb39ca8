//! A pool of the application -> a store on PostgreSQL.

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
    /// Opens a store on the pool that the application has anyway. With [`postgres::add`](super::add), a message is a part of
    /// the application's own transaction. The pool's `connection_timeout`, 30 seconds by default, is the patience: the store's
    /// own transactions set `lock_timeout` to four fifths of it. Before a message is written, notifications that a connection of
    /// the pool has received are taken from it: an application that listens to a channel does so on a connection of its own.
    ///
    /// The table is [`postgres::TABLE`](super::TABLE).
    ///
    /// # Errors
    ///
    /// [`OpenError`] if no connection can be had, or the table of messages can't be created or lacks something.
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
    let patience = pool.connection_timeout();
    store_on(Connections::of_pool(pool), &mut first, patience)
}

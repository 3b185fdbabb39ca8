//! Defines the options of a PostgreSQL database, and opens it.

use std::{env, time::Duration};

use diesel::{Connection as _, ConnectionResult, connection::CacheSize, pg::PgConnection};

use super::{
    sql::{Store, prepare},
    start::store_on,
    table::MESSAGES,
};
use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    migrations::Migrations,
    options::CommonOptions,
    store::DieselStore,
    threads::Connections,
};

/// The maximum age of a connection. After a failover, this closes the connections to the old server in the end.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Chooses whether a connection keeps its prepared statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreparedStatements {
    /// Each connection prepares a statement once and keeps it.
    Cached,
    /// Connections keep no prepared statements. This is for a pooler in transaction mode without support for prepared
    /// statements, such as PgBouncer before 1.21.
    Uncached,
}

impl PreparedStatements {
    fn apply_to(self, connection: &mut PgConnection) {
        match self {
            Self::Cached => {}
            Self::Uncached => connection.set_prepared_statement_cache_size(CacheSize::Disabled),
        }
    }
}

/// Options to open a PostgreSQL database.
///
/// ```no_run
/// use actix_messages_diesel::PostgresOptions;
///
/// let store = PostgresOptions::default().connections(20).open("postgres://app@localhost/app")?;
/// # Ok::<(), actix_messages_diesel::OpenError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    connections: u32,
    common: CommonOptions,
    prepared_statements: PreparedStatements,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { connections: 10, common: CommonOptions::default(), prepared_statements: PreparedStatements::Cached }
    }
}

impl PostgresOptions {
    /// Sets the maximum number of connections. The default is 10. A connection is opened when it is needed, and closed
    /// after 10 minutes without work or at an age of 30 minutes.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets how long a request waits for a free connection before it fails with 503. The default is 5 seconds. If the
    /// server does not respond at all, a request for one mailbox fails after twice that time.
    ///
    /// A write waits for a lock of another transaction for at most four fifths of that time. Then it fails with 503 and
    /// releases its connection. A message for three or more users waits at most one second for each lock of their
    /// mailboxes, and is tried up to three times.
    ///
    /// All writes together use at most three quarters of the connections. Among them, transactions use at most half of
    /// the connections. On Citus, every write is a transaction. Elsewhere, every write is one, except a single message
    /// without a key for one mailbox. The requests for one mailbox use at most half of the connections, and its writes
    /// at most a quarter. Each limit is at least one connection.
    #[must_use]
    pub const fn wait_timeout(mut self, wait_timeout: Duration) -> Self {
        self.common.wait_timeout = wait_timeout;
        self
    }

    /// Sets whether the store or the application creates the table of messages. The default is [`Migrations::Run`]: the
    /// store creates it.
    #[must_use]
    pub const fn migrations(mut self, migrations: Migrations) -> Self {
        self.common.migrations = migrations;
        self
    }

    /// Checks the name of the table, which was chosen when this crate was built (see [`TABLE`](super::TABLE)). If it is
    /// not this name, opening fails before anything is created. By default, any name is accepted. The name includes the
    /// schema if there is one: `inbox.shop_messages`.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.common.table = Some(name.into());
        self
    }

    /// Sets whether connections keep their prepared statements. The default is [`PreparedStatements::Cached`].
    #[must_use]
    pub const fn prepared_statements(mut self, policy: PreparedStatements) -> Self {
        self.prepared_statements = policy;
        self
    }

    /// Opens the database at this URL, and creates the table of messages if it is missing.
    ///
    /// A libpq connection string such as `host=localhost dbname=app` works as well. With [`Migrations::Check`], the
    /// table must already exist.
    ///
    /// # Errors
    ///
    /// Returns [`OpenError`] if the server can't be reached, if the table can't be created or lacks a column or key, or
    /// if this build uses another table than the one set with [`table`](Self::table). No error contains any part of a
    /// password. For this reason, the error for a malformed URL sometimes leaves the URL out.
    pub fn open(&self, url: &str) -> Result<DieselStore, OpenError> {
        self.common.open(MESSAGES, ShownAddress::of_server(url), || self.connect(url))
    }

    fn connect(&self, url: &str) -> Result<Store, Cause> {
        let mut first = self.establish(url).map_err(Cause::database)?;
        prepare(&mut first, self.common.migrations)?;
        let wait_timeout = self.common.wait_timeout;
        let connection = |_| {
            let (options, url) = (self.clone(), url.to_owned());
            Connections::own(move || options.establish(&url), wait_timeout, Some(LIFETIME))
        };
        store_on((0..self.connections).map(connection).collect(), &mut first, wait_timeout)
    }

    fn establish(&self, url: &str) -> ConnectionResult<PgConnection> {
        let mut connection = PgConnection::establish(&with_connect_timeout(url, self.common.wait_timeout))?;
        self.prepared_statements.apply_to(&mut connection);
        Ok(connection)
    }
}

/// Returns the address with `wait_timeout` as its `connect_timeout`, in whole seconds and at least 2, unless the
/// address or `PGCONNECT_TIMEOUT` sets one. Without it, libpq waits for hours for a server that does not respond.
fn with_connect_timeout(url: &str, wait_timeout: Duration) -> String {
    if env::var_os("PGCONNECT_TIMEOUT").is_some() {
        return url.to_owned();
    }
    // The minimum that libpq supports.
    with_settings(url, &[("connect_timeout", &wait_timeout.as_secs().max(2).to_string())])
}

/// Returns the address with these settings, except those that it has already.
///
/// An address is a URI or a list of settings: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>.
pub(super) fn with_settings(url: &str, settings: &[(&str, &str)]) -> String {
    let missing = settings.iter().filter(|(name, _)| !url.contains(name));
    missing.fold(url.to_owned(), |url, (name, value)| {
        let Some(rest) = ["postgres://", "postgresql://"].iter().find_map(|scheme| url.strip_prefix(scheme)) else {
            return format!("{url} {name}={value}");
        };
        // Credentials end at the first `@` without a `/` before it. A password may contain `?`.
        let credentials = rest.split_once('@').filter(|(before, _)| !before.contains('/'));
        let place = credentials.map_or(rest, |(_, place)| place);
        let separator = match place.contains('?') {
            false => "?",
            true if place.ends_with(['?', '&']) => "",
            true => "&",
        };
        format!("{url}{separator}{name}={value}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connecting_is_bounded_unless_the_address_says_how() {
        let bounded = |url| with_connect_timeout(url, Duration::from_millis(5500));
        assert_eq!(bounded("postgres://me@db/app"), "postgres://me@db/app?connect_timeout=5");
        assert_eq!(bounded("postgres://db/app?sslmode=require"), "postgres://db/app?sslmode=require&connect_timeout=5");
        assert_eq!(bounded("postgres://app:p?w@db/app"), "postgres://app:p?w@db/app?connect_timeout=5");
        assert_eq!(bounded("postgresql:///app?user=a@b"), "postgresql:///app?user=a@b&connect_timeout=5");
        assert_eq!(bounded("postgres://db/app?"), "postgres://db/app?connect_timeout=5");
        assert_eq!(bounded("postgres://db/app?user=a&"), "postgres://db/app?user=a&connect_timeout=5");
        assert_eq!(bounded("host=db dbname=app"), "host=db dbname=app connect_timeout=5");
        assert_eq!(bounded("host=db password='a://?b'"), "host=db password='a://?b' connect_timeout=5");
        assert_eq!(bounded("postgres://db?connect_timeout=9"), "postgres://db?connect_timeout=9");
        assert_eq!(with_connect_timeout("postgres://db", Duration::ZERO), "postgres://db?connect_timeout=2");
    }
}

//! How a PostgreSQL database is opened.

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

/// The maximum age of a connection. If another server has taken the place of the first one, its connections end sometime.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Whether a connection keeps the statements it has prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreparedStatements {
    /// It does: each is prepared once.
    Kept,
    /// It does not: for a pooler that gives a connection to another client after each transaction and does not know
    /// prepared statements, such as PgBouncer before 1.21.
    Forgotten,
}

impl PreparedStatements {
    fn apply_to(self, connection: &mut PgConnection) {
        match self {
            Self::Kept => {}
            Self::Forgotten => connection.set_prepared_statement_cache_size(CacheSize::Disabled),
        }
    }
}

/// How a PostgreSQL database is opened.
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
        Self { connections: 10, common: CommonOptions::default(), prepared_statements: PreparedStatements::Kept }
    }
}

impl PostgresOptions {
    /// Sets how many connections there are at most. By default 10. Each is opened when it is needed, and closed after 10 minutes
    /// without work, or 30 minutes in all.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets how long a request waits for a free connection before it is answered with 503. By default 5 seconds. A server
    /// that says nothing at all is waited for twice as long.
    ///
    /// A write waits for a lock that another transaction holds for four fifths of that at most, and then gives its
    /// connection back. A message for three or more users waits for the locks of their mailboxes three times, for a second
    /// each. Messages that are added one by one use at most three quarters of the connections, other
    /// writes half, and one mailbox's writes a quarter, but at least one each.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.common.patience = patience;
        self
    }

    /// Sets who creates the table of messages. By default [`Migrations::Run`]: the store does.
    #[must_use]
    pub const fn migrations(mut self, migrations: Migrations) -> Self {
        self.common.migrations = migrations;
        self
    }

    /// Sets the name of the table that this application expects, with its schema if it has one: `inbox.shop_messages`. If
    /// this crate was built for another one (see [`TABLE`](super::TABLE)), opening fails before anything is created. By
    /// default any name will do.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.common.table = Some(name.into());
        self
    }

    /// Sets whether connections keep the statements they have prepared. By default [`PreparedStatements::Kept`].
    #[must_use]
    pub const fn prepared_statements(mut self, policy: PreparedStatements) -> Self {
        self.prepared_statements = policy;
        self
    }

    /// Opens the database at this URL (or `host=localhost dbname=app`, as libpq knows it), and creates the table of messages
    /// if it is missing. With [`Migrations::Check`] it has to be there.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the server can't be reached, the table can't be created or lacks something, or the build chose
    /// another one than [`table`](Self::table). No error has a part of a password in it, so of a URL that is malformed it
    /// shows nothing.
    pub fn open(&self, url: &str) -> Result<DieselStore, OpenError> {
        self.common.open(MESSAGES, ShownAddress::of_server(url), || self.connect(url))
    }

    fn connect(&self, url: &str) -> Result<Store, Cause> {
        let mut first = self.establish(url).map_err(Cause::database)?;
        prepare(&mut first, self.common.migrations)?;
        let patience = self.common.patience;
        let connection = |_| {
            let (options, url) = (self.clone(), url.to_owned());
            Connections::own(move || options.establish(&url), patience, Some(LIFETIME))
        };
        store_on((0..self.connections).map(connection).collect(), &mut first, patience)
    }

    fn establish(&self, url: &str) -> ConnectionResult<PgConnection> {
        let mut connection = PgConnection::establish(&with_connect_timeout(url, self.common.patience))?;
        self.prepared_statements.apply_to(&mut connection);
        Ok(connection)
    }
}

/// Returns the address with a `connect_timeout` of the patience, in seconds, unless the address or `PGCONNECT_TIMEOUT` has one.
/// Without it, libpq waits for hours for a server that says nothing.
///
/// An address is a URI or a list of settings: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>.
fn with_connect_timeout(url: &str, patience: Duration) -> String {
    const NAME: &str = "connect_timeout";
    if url.contains(NAME) || env::var_os("PGCONNECT_TIMEOUT").is_some() {
        return url.to_owned();
    }
    // libpq knows no less than two seconds.
    let seconds = patience.as_secs().max(2);
    let Some(rest) = ["postgres://", "postgresql://"].iter().find_map(|scheme| url.strip_prefix(scheme)) else {
        return format!("{url} {NAME}={seconds}");
    };
    // Credentials end at the first `@` that has no `/` before it. A password may have a `?`.
    let credentials = rest.split_once('@').filter(|(before, _)| !before.contains('/'));
    let place = credentials.map_or(rest, |(_, place)| place);
    let separator = match place.contains('?') {
        false => "?",
        true if place.ends_with(['?', '&']) => "",
        true => "&",
    };
    format!("{url}{separator}{NAME}={seconds}")
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

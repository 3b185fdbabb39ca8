//! Runs all laws through PgBouncer, which lends each of three connections for one transaction at a time.
//!
//! Two transactions of one client may run on different connections. Anything that a transaction leaves on its
//! connection affects another client: a setting, a lock that outlives the transaction, or a prepared statement.

use std::sync::OnceLock;

use actix_messages_diesel::postgres::PreparedStatements;

use super::database::Database;
use crate::support::{PgBouncer, another_postgres};

/// Starts a new pooler in front of a database that all tests of this module share.
fn database_with(prepared_statements: PreparedStatements) -> Option<Database> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    let version = PgBouncer::version()?;
    let url = URL.get_or_init(|| another_postgres("pooler")).as_deref()?;
    Some(Database::behind(PgBouncer::before(url, version), prepared_statements))
}

/// Without prepared statements. Any version of PgBouncer supports this.
mod forgotten {
    use actix_messages_diesel::postgres::PreparedStatements;

    use crate::postgres::database::Database;

    fn database() -> Option<Database> {
        super::database_with(PreparedStatements::Uncached)
    }

    crate::postgres::database::database_tests!(database);
}

/// With prepared statements. From version 1.21 on, PgBouncer prepares them again on each connection that it lends.
mod kept {
    use actix_messages_diesel::postgres::PreparedStatements;

    use crate::{postgres::database::Database, support::PgBouncer};

    fn database() -> Option<Database> {
        let knows_them = PgBouncer::knows_prepared_statements(PgBouncer::version()?);
        knows_them.then(|| super::database_with(PreparedStatements::Cached))?
    }

    crate::postgres::database::database_tests!(database);
}

//! PgBouncer, which lends a connection for a transaction: all the laws through it, with three connections for all.
//!
//! Two transactions of one client are on different connections then, and what is left on a connection is another
//! client's: a setting, a lock that does not end with the transaction, a prepared statement.

use std::sync::OnceLock;

use actix_messages_diesel::postgres::PreparedStatements;

use super::database::Database;
use crate::support::{PgBouncer, another_postgres};

/// Behind a pooler of its own, on a database that all of them share.
fn database_with(prepared_statements: PreparedStatements) -> Option<Database> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    let version = PgBouncer::version()?;
    let url = URL.get_or_init(|| another_postgres("pooler")).as_deref()?;
    Some(Database::behind(PgBouncer::before(url, version), prepared_statements))
}

/// Any version does for statements that are not kept.
mod forgotten {
    use actix_messages_diesel::postgres::PreparedStatements;

    use crate::postgres::database::Database;

    fn database() -> Option<Database> {
        super::database_with(PreparedStatements::Uncached)
    }

    crate::postgres::database::database_tests!(database);
}

/// From 1.21 on, it prepares a statement again on the connection that it lends.
mod kept {
    use actix_messages_diesel::postgres::PreparedStatements;

    use crate::{postgres::database::Database, support::PgBouncer};

    fn database() -> Option<Database> {
        let knows_them = PgBouncer::knows_prepared_statements(PgBouncer::version()?);
        knows_them.then(|| super::database_with(PreparedStatements::Cached))?
    }

    crate::postgres::database::database_tests!(database);
}

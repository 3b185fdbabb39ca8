//! Runs all laws on PostgreSQL (one table, partitions, a pooler), and tests what only PostgreSQL does.

mod cluster;
mod database;
mod divided;
mod mailbox_rows;
mod plans;
#[cfg(unix)]
mod pooler;
mod several_stores;

use actix_messages_diesel::{DieselStore, OpenError};

/// On the table as the store creates it.
mod whole {
    use crate::{postgres::database::Database, support::postgres};

    fn database() -> Option<Database> {
        postgres().map(|url| Database::at(url.to_owned()))
    }

    crate::postgres::database::database_tests!(database);
}

#[test]
fn a_server_that_does_not_answer_is_a_clear_error_without_the_password() {
    let refused = DieselStore::open("postgres://app:secret@127.0.0.1:1/app?connect_timeout=1").unwrap_err();
    assert!(matches!(refused, OpenError::Database { .. }));
    assert_eq!(refused.to_string(), "the database postgres://app@127.0.0.1:1/app can't be opened");
}

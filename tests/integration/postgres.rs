//! PostgreSQL: all the laws, on a table as it is created, spread over partitions, and behind a pooler; and what is its own.

/// On hash partitions, or on your cluster.
mod cluster;
mod database;
/// What holds where a table is divided by its recipients.
mod divided;
/// The rows that give ids.
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

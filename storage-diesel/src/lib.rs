//! A store for [actix-messages](https://docs.rs/actix-messages) on [Diesel](https://diesel.rs): messages in an SQLite file or in
//! PostgreSQL.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use actix_messages::{MessagesConfig, Recipient, session_key};
//! use actix_messages_diesel::DieselStore;
//!
//! // `open` also takes a file, such as "messages.sqlite", or a URL, such as "postgres://app@localhost/app".
//! let store = DieselStore::open(":memory:")?;
//! let messages = MessagesConfig::new(store, session_key("user"));
//!
//! let alice = messages.mailbox(Recipient::user("alice")?);
//! alice.success("Your order is placed.").await?;
//! assert_eq!(alice.unread().count().await?, 1);
//! # Ok(())
//! # }
//! # #[cfg(feature = "sqlite")]
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(example()).unwrap();
//! ```
//!
//! # Types by task
//!
//! | task | types |
//! | --- | --- |
//! | open a store | [`DieselStore::open`], [`OpenError`] |
#![cfg_attr(feature = "sqlite", doc = "| choose the settings of SQLite | [`SqliteOptions`], [`Durability`] |")]
#![cfg_attr(feature = "postgres", doc = "| choose the settings of PostgreSQL | [`PostgresOptions`] |")]
#![cfg_attr(feature = "sqlite", doc = "| use your own pool on SQLite | [`DieselStore::on_sqlite_pool`] |")]
#![cfg_attr(feature = "postgres", doc = "| use your own pool on PostgreSQL | [`DieselStore::on_postgres_pool`] |")]
#![cfg_attr(feature = "sqlite", doc = "| add a message in your own transaction on SQLite | [`sqlite::add`] |")]
#![cfg_attr(feature = "postgres", doc = "| add a message in your own transaction on PostgreSQL | [`postgres::add`] |")]
//! | choose who runs the migrations | [`Migrations`] |
#![cfg_attr(feature = "sqlite", doc = "| run them on SQLite | [`sqlite::migrations`], [`sqlite::revert`] |")]
#![cfg_attr(feature = "postgres", doc = "| run them on PostgreSQL | [`postgres::migrations`], [`postgres::revert`] |")]
//!
//! # Features
//!
//! | feature | default | adds |
//! | --- | --- | --- |
//! | `sqlite` | yes | SQLite, compiled in; needs a C compiler |
//! | `postgres` | no | PostgreSQL 13 or newer, on the libpq of the system; needs its development files |
//! | `postgres-bundled` | no | `postgres` with libpq compiled in, without TLS; needs a C compiler |
//!
//! At least one of `sqlite` and `postgres` is needed.
//!
//! # Guides
//!
//! They are in the module `guide` of actix-messages:
//!
//! * [Databases](https://docs.rs/actix-messages/latest/actix_messages/guide/databases/): your own pool and migrations, and the
//!   name of the table.
//! * [Operations](https://docs.rs/actix-messages/latest/actix_messages/guide/operations/): backups, deployments, failover,
//!   platforms and TLS.
//! * [Reliability](https://docs.rs/actix-messages/latest/actix_messages/guide/reliability/): crashes, faults and floods.
//! * [Scaling](https://docs.rs/actix-messages/latest/actix_messages/guide/scaling/): partitions, Citus and poolers.
#![allow(clippy::duplicate_mod, reason = "each database includes the folder `sql`")]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("actix-messages-diesel needs a database: switch on the feature `sqlite` or `postgres`");

mod address;
#[cfg(test)]
#[path = "../build/table_name.rs"]
mod build_table_name;
mod database;
mod error;
mod migrations;
mod open;
mod options;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod table;
mod table_name;
mod threads;

pub use error::OpenError;
pub use migrations::{Migration, Migrations};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresRelay};
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions, SqliteRelay};
pub use store::DieselStore;

/// Tests the examples of the README.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// Tests the examples of the guide to databases, which is in the documentation of actix-messages.
#[cfg(all(doctest, feature = "sqlite", feature = "postgres"))]
#[doc = include_str!("../../docs/databases.md")]
struct Databases;

#![doc = include_str!("../README.md")]
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
pub use postgres::PostgresOptions;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions};
pub use store::DieselStore;

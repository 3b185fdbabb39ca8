#![doc = include_str!("../README.md")]
#![allow(clippy::duplicate_mod, reason = "each database includes the modules that are written for any of them")]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("actix-messages-diesel needs a database: switch on the feature `sqlite` or `postgres`");

mod address;
mod error;
mod migrations;
mod name;
mod open;
#[cfg(feature = "postgres")]
pub mod postgres;
mod schema;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
#[cfg(test)]
#[path = "../build/table_name.rs"]
mod table_name;
mod threads;
mod turns;

pub use error::OpenError;
pub use migrations::{Migration, Migrations};
#[cfg(feature = "postgres")]
pub use postgres::PostgresOptions;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions};
pub use store::DieselStore;

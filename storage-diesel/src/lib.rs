#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "postgres")]
pub mod postgres;
mod schema;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;

pub use error::OpenError;
#[cfg(feature = "postgres")]
pub use postgres::PostgresOptions;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions};
pub use store::DieselStore;

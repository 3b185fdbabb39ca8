#![doc = include_str!("../README.md")]

mod error;
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::OpenError;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, SqliteOptions, store::DieselStore};

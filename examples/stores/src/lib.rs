//! The guide to writing a store -> the stores that it shows, each of which keeps every law.

mod redis_store;
mod timed;
mod vec_store;

pub use self::{redis_store::RedisStore, timed::Timed, vec_store::VecStore};

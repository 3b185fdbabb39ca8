//! The stores of the guide to writing a store, and a relay. Each of them passes the conformance tests.

mod redis_relay;
mod redis_store;
mod timed;
mod vec_store;

pub use self::{redis_relay::RedisRelay, redis_store::RedisStore, timed::Timed, vec_store::VecStore};

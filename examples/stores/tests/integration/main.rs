//! The stores of the guide -> the laws, and what is each store's own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod guide;
mod in_memory;
mod laws;
mod on_redis;
mod server;
mod timings;

//! Tests the stores of the guide: the laws of the contract, and what only some of them do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod guide;
mod in_memory;
mod laws;
mod on_redis;
mod server;
mod timings;

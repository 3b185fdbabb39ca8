//! Runs blocking work on threads, each with a connection, and limits the concurrent requests of a mailbox.

mod catch_panics;
mod connections;
mod turns;
mod work_queue;
mod workers;

#[cfg(feature = "postgres")]
pub(crate) use self::{catch_panics::close_after_use, turns::permit_in_time};
pub(crate) use self::{
    catch_panics::{catch_panics, transaction_depth},
    connections::{Connections, Failed},
    turns::{Turn, Turns},
    workers::Workers,
};

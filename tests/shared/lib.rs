//! The programs of the tests share these parts. All tests are in their own targets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod postgres_server;
mod small_disk;

use std::{
    env,
    io::{self, Write},
    net::SocketAddr,
    thread,
};

use actix_web::dev::Server;

pub use self::{postgres_server::PostgresServer, small_disk::SmallDisk};

/// Prints the address of a server to the standard output, and runs it until the standard input ends.
pub async fn serve_until_input_ends(address: SocketAddr, server: Server) -> io::Result<()> {
    let handle = server.handle();
    thread::spawn(move || {
        // The input ends when the parent process ends, even if that is killed.
        drop(io::copy(&mut io::stdin(), &mut io::sink()));
        drop(handle.stop(false));
    });
    writeln!(io::stdout(), "{address}")?;
    server.await
}

/// Reports that something could not be tested, and why. In continuous integration, panics instead.
#[track_caller]
pub fn not_tested(why: &str) {
    assert!(env::var_os("CI").is_none(), "NOT TESTED: {why}");
    // Written directly, because the test harness hides the output of tests that pass.
    let _ = writeln!(io::stderr(), "NOT TESTED: {why}");
}

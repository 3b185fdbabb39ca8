//! A database -> the example application on it, served by a process of its own.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use super::Client;

/// A server, which is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    pub(crate) fn on(database: &str) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_server"));
        let mut child = server.arg(database).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().parse().expect("it has not started") }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client without cookies.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

//! Serves the example application on a database, in a separate process.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use super::{Client, SmallDisk};

const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// A server process. It is killed when this value is dropped.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    pub(crate) fn on(database: &str) -> Self {
        Self::start(Command::new(SERVER).arg(database))
    }

    /// Starts a server on a database that is on this disk.
    pub(crate) fn on_disk(disk: &SmallDisk, database: &str) -> Self {
        Self::start(disk.run(SERVER).arg(database))
    }

    fn start(server: &mut Command) -> Self {
        let mut child = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().parse().expect("the server has not started") }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns a client without cookies.
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

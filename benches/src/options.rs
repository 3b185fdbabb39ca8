//! Parses the arguments of the benchmark.

use std::{env, path::PathBuf};

use crate::Failure;

pub(crate) const HELP: &str = "\
Measures actix-messages over loopback HTTP, alternately with a floor for comparison.

cargo run --release -p actix-messages-benches -- [OPTIONS]
cargo run --release -p actix-messages-benches -- soak [MINUTES]
cargo run --release -p actix-messages-benches -- live [LIVE OPTIONS]
cargo run --release -p actix-messages-benches -- live-relay [LIVE OPTIONS]
cargo run --release -p actix-messages-benches -- due

Options:
  --seconds N       the duration of the load in each round, in seconds (default 3)
  --rounds N        the number of rounds (default 5)
  --only GLOB       run only the measurements whose names match, as in `sqlite/*`
  --messages N      the number of messages in the grown database (default 1000000)
  --directory DIR   the directory of databases and results; commits wait for its file system
                    (default target/benches)
  --list            list the names of the measurements
  --help            show this help

`soak` loads one server with reads and writes for the given number of minutes (default 10), and prints its memory.

`live` opens a live stream for each of many users, on the library and on its floor, and prints the memory, the CPU time
and the latencies:
  --streams N       the number of users, each with one stream (default 15000); server and clients need a file for each
  --rate N          the messages for single users that are added each second (default 2000)
  --seconds N       for how long, in seconds (default 8)
  --idle N          for how long the streams are idle before, in seconds (default 60)
  --rounds N        the number of rounds (default 3)
  --directory DIR   the directory of the databases (default target/benches)

`live-relay` opens streams at two servers on one PostgreSQL database. It compares messages that the other server adds
with messages that the user's server adds:
  --streams N       the number of users of both servers together (default 10000)
  --rate N          the messages that are added each second (default 500)
  --seconds N       for how long, in seconds (default 10)
  --rounds N        the number of rounds (default 3)

`due` schedules 10,000 messages for one moment, beside 100,000 that wait for a later one, and measures how long it takes
to find and to deliver them, and what that costs other requests. It measures PostgreSQL if POSTGRES_URL is set.

PostgreSQL is measured if POSTGRES_URL (default postgres://postgres@127.0.0.1:5432/postgres) is reachable and pgbench is
installed. The benchmark needs Linux, since it reads /proc for the memory and CPU time of the servers.
";

/// The options of a run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) seconds: f64,
    pub(crate) rounds: usize,
    only: String,
    pub(crate) messages: u64,
    pub(crate) directory: PathBuf,
    pub(crate) only_names: bool,
}

impl Options {
    /// Parses the arguments of the process. Returns `None` if they ask for help.
    pub(crate) fn from_arguments() -> Result<Option<Self>, Failure> {
        use lexopt::prelude::*;

        let mut options = Self {
            seconds: 3.0,
            rounds: 5,
            only: "*".into(),
            messages: 1_000_000,
            directory: "target/benches".into(),
            only_names: false,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("seconds") => options.seconds = parser.value()?.parse()?,
                Long("rounds") => options.rounds = parser.value()?.parse::<usize>()?.max(1),
                Long("only") => options.only = parser.value()?.string()?,
                Long("messages") => options.messages = parser.value()?.parse()?,
                Long("directory") => options.directory = parser.value()?.into(),
                Long("list") => options.only_names = true,
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(Some(options))
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        matches(&self.only, name)
    }

    /// Returns the command line of this run.
    pub(crate) fn command() -> String {
        let arguments = env::args().skip(1).map(|argument| format!(" {argument}")).collect::<String>();
        format!("cargo run --release -p actix-messages-benches --{arguments}")
    }
}

/// Returns whether the name matches the pattern, where `*` matches any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices().map(|(at, _)| &name[at..]).chain([""]).any(|name| matches(rest, name))
        }),
    }
}

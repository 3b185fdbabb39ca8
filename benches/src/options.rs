//! Arguments -> what is measured, for how long, and where the results go.

use std::{env, path::PathBuf};

use crate::Failure;

pub(crate) const HELP: &str = "\
Measures actix-messages over loopback HTTP, each figure beside its floor, in turns.

cargo run --release -p actix-messages-benches -- [OPTIONS]
cargo run --release -p actix-messages-benches -- soak [MINUTES]

Options:
  --seconds N       how long each server is loaded in each round (default 3)
  --rounds N        how many rounds there are (default 5)
  --only GLOB       only the measurements with such a name, as in `sqlite/*`
  --messages N      how many messages the grown database has (default 1000000)
  --directory DIR   where databases and results are written; its file system is what a commit waits for
                    (default target/benches)
  --list            names the measurements
  --help            shows this

With `soak` it loads one server with reading and writing for so many minutes (default 10), and says what memory it has.

PostgreSQL is measured where POSTGRES_URL, or else postgres://postgres@127.0.0.1:5432/postgres, answers, and pgbench
is installed. It needs Linux, whose /proc says what a process uses.
";

/// What the benchmark is asked to do.
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
    /// `None` where help is asked for.
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

    /// The command that these options came with.
    pub(crate) fn command() -> String {
        let arguments = env::args().skip(1).map(|argument| format!(" {argument}")).collect::<String>();
        format!("cargo run --release -p actix-messages-benches --{arguments}")
    }
}

/// Whether the name is as the pattern says, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices().map(|(at, _)| &name[at..]).chain([""]).any(|name| matches(rest, name))
        }),
    }
}

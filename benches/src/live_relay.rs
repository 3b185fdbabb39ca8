//! Measures live streams at two servers on one PostgreSQL database, which a relay connects.

use std::{ffi::OsString, time::Duration};

use tokio::{task::LocalSet, time::sleep};

use crate::{
    Failure,
    live::{print_table, shown},
    measure::on_this_thread,
    postgres::Databases,
    process::Server,
    streams::Streams,
};

/// The connections on which messages are added, to each server.
const CONNECTIONS: usize = 8;
/// All users connect within this time.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The messages in the database at the beginning.
const MESSAGES: u64 = 10_000;

/// The options of a run.
#[derive(Debug)]
struct Options {
    streams: usize,
    rate: u32,
    seconds: f64,
    rounds: usize,
}

/// The figures, in the order of the table, each with its goals.
const FIGURES: [(&str, Option<f64>, Option<f64>); 7] = [
    ("a message for one user, p50 ms", None, None),
    ("p99 ms", Some(40.0), None),
    ("max ms", None, None),
    ("CPU µs of both servers for each message", None, None),
    ("missing or repeated messages", Some(0.0), None),
    ("errors", Some(0.0), None),
    ("`resync` events", None, None),
];

/// Measures messages that the other server adds, alternately with messages that the user's server adds.
pub(crate) fn live_relay(arguments: &[OsString]) -> Result<(), Failure> {
    let options = Options::from_arguments(arguments)?;
    let (databases, mut rounds) = (Databases::default(), Vec::new());
    for round in 1..=options.rounds {
        eprintln!("round {round} ..");
        rounds.push(options.measure(&databases.with(MESSAGES)?.url)?);
    }
    let Options { streams, rate, seconds, .. } = &options;
    println!("{streams} streams at two servers, {rate} messages/s for {seconds} s; {} rounds.\n", rounds.len());
    print_table(["the other server", "the same server"], &FIGURES, &rounds);
    Ok(())
}

impl Options {
    fn from_arguments(arguments: &[OsString]) -> Result<Self, Failure> {
        use lexopt::prelude::*;

        let mut options = Self { streams: 10_000, rate: 500, seconds: 10.0, rounds: 3 };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("streams") => options.streams = parser.value()?.parse::<usize>()?.max(2),
                Long("rate") => options.rate = parser.value()?.parse::<u32>()?.max(1),
                Long("seconds") => options.seconds = parser.value()?.parse()?,
                Long("rounds") => options.rounds = parser.value()?.parse::<usize>()?.max(1),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    /// Measures two servers on this database.
    fn measure(&self, url: &str) -> Result<[Vec<f64>; 2], Failure> {
        let arguments = ["live-relay", url, &self.streams.to_string()];
        let servers = [Server::start(&arguments)?, Server::start(&arguments)?];
        on_this_thread(LocalSet::new().run_until(self.figures(&servers)))
    }

    async fn figures(&self, servers: &[Server; 2]) -> Result<[Vec<f64>; 2], Failure> {
        let streams = Streams::new(&[servers[0].port, servers[1].port], self.streams);
        streams.connect(CONNECT_WITHIN).await?;
        streams.take().check()?;
        let used = || Ok::<_, Failure>(servers[0].processor_time()? + servers[1].processor_time()?);
        let mut sides = [Vec::new(), Vec::new()];
        for (distance, figures) in [(1, 0), (0, 1)] {
            streams.add_at_distance(distance);
            sleep(Duration::from_secs(2)).await;
            streams.take();
            let before = used()?;
            let added = streams.add_messages(CONNECTIONS, self.rate, Duration::from_secs_f64(self.seconds)).await?;
            streams.wait_for_messages().await;
            let used = used()? - before;
            let record = streams.take();
            record.errors.iter().take(3).for_each(|error| eprintln!("    {error}"));
            sides[figures] = vec![
                record.delay(50),
                record.delay(99),
                record.delay(100),
                used.as_secs_f64() * 1e6 / added as f64,
                (streams.missing() + record.repeated) as f64,
                record.errors.len() as f64,
                record.resyncs as f64,
            ];
            eprintln!("    {}", sides[figures].iter().map(|figure| shown(*figure)).collect::<Vec<_>>().join(", "));
        }
        Ok(sides)
    }
}

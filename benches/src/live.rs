//! Measures live streams of many users: memory, CPU time, latencies, and what is lost when all connect again.

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use tokio::{task::LocalSet, time::sleep};

use crate::{
    Failure, data,
    figures::{median, sorted},
    measure::on_this_thread,
    process::Server,
    streams::{Record, Streams},
};

/// The connections on which messages are added.
const CONNECTIONS: usize = 16;
const BROADCASTS: usize = 3;
/// All users connect within this time.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The messages that are added each second while users connect again.
const RATE_MEANWHILE: u32 = 500;

/// The options of a run.
#[derive(Debug)]
struct Options {
    streams: usize,
    rate: u32,
    seconds: f64,
    idle: f64,
    rounds: usize,
    directory: PathBuf,
}

/// The figures, in the order of the table, each with its goals.
const FIGURES: [(&str, Option<f64>, Option<f64>); 17] = [
    ("all connect within ten seconds: first summary, p99 ms", None, None),
    ("memory for each idle stream, KB", Some(16.0), None),
    ("CPU time of the idle streams, % of one CPU", Some(8.0), None),
    ("a message for one user, p50 ms", None, None),
    ("p99 ms", Some(25.0), Some(3.0)),
    ("max ms", None, None),
    ("CPU µs for each message", None, None),
    ("missing or repeated messages", Some(0.0), None),
    ("a message for all users, p50 ms", None, None),
    ("until the last user has it, ms", Some(1500.0), None),
    ("since its request, ms", None, None),
    ("CPU µs for each user", None, None),
    ("all connect again within ten seconds: first summary, p99 ms", None, None),
    ("errors", Some(0.0), None),
    ("missing or repeated messages", Some(0.0), None),
    ("`resync` events", None, None),
    ("memory at the end, MB", None, None),
];

/// Measures the library and its floor alternately, and prints the medians of the rounds.
pub(crate) fn live(arguments: &[OsString]) -> Result<(), Failure> {
    let options = Options::from_arguments(arguments)?;
    fs::create_dir_all(&options.directory)?;
    let mut rounds = Vec::new();
    for round in 1..=options.rounds {
        eprintln!("round {round} ..");
        rounds.push([options.measure("live")?, options.measure("live-floor")?]);
    }
    let Options { streams, rate, seconds, idle, .. } = &options;
    println!("{streams} streams, {rate} messages/s for {seconds} s, idle for {idle} s; {} rounds.\n", rounds.len());
    print_table(["library", "floor"], &FIGURES, &rounds);
    Ok(())
}

/// Prints the median, the minimum and the maximum of each figure on both sides, and whether the first side meets its
/// goals. The goals of a figure are an upper bound, and a multiple of the other side.
pub(crate) fn print_table(sides: [&str; 2], figures: &[(&str, Option<f64>, Option<f64>)], rounds: &[[Vec<f64>; 2]]) {
    println!("| figure | {} | min .. max | {} | min .. max | goal |", sides[0], sides[1]);
    println!("| --- | ---: | ---: | ---: | ---: | --- |");
    for (number, (name, bound, multiple)) in figures.iter().copied().enumerate() {
        let [library, floor] =
            [0, 1].map(|side| sorted(rounds.iter().filter_map(|round| round[side].get(number).copied())));
        let [of_library, of_floor] = [&library, &floor].map(|values| median(values));
        let goals = [(bound, "at most", 1.0), (multiple, "at most times the floor", of_floor)];
        let goals = goals.iter().filter_map(|(goal, words, unit)| {
            let met = if of_library <= (*goal)? * unit { "met" } else { "**missed**" };
            Some(format!("{words} {}: {met}", (*goal)?))
        });
        let goals = goals.collect::<Vec<_>>().join("; ");
        let [library, floor] = [library, floor].map(|values| {
            let [min, max] = [values.first(), values.last()].map(|value| shown(value.copied().unwrap_or_default()));
            format!("{} | {min} .. {max}", shown(median(&values)))
        });
        println!("| {name} | {library} | {floor} | {goals} |");
    }
}

pub(crate) fn shown(value: f64) -> String {
    if value.fract() == 0.0 || value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

impl Options {
    fn from_arguments(arguments: &[OsString]) -> Result<Self, Failure> {
        use lexopt::prelude::*;

        let mut options = Self {
            streams: 15_000,
            rate: 2_000,
            seconds: 8.0,
            idle: 60.0,
            rounds: 3,
            directory: "target/benches".into(),
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("streams") => options.streams = parser.value()?.parse::<usize>()?.max(1),
                Long("rate") => options.rate = parser.value()?.parse::<u32>()?.max(1),
                Long("seconds") => options.seconds = parser.value()?.parse()?,
                Long("idle") => options.idle = parser.value()?.parse()?,
                Long("rounds") => options.rounds = parser.value()?.parse::<usize>()?.max(1),
                Long("directory") => options.directory = parser.value()?.into(),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }

    /// Measures one server on an empty database.
    fn measure(&self, kind: &str) -> Result<Vec<f64>, Failure> {
        let file = self.directory.join(format!("{kind}.sqlite"));
        data::remove(&file)?;
        let server = Server::start(&[kind, &file.to_string_lossy(), &self.streams.to_string()])?;
        let figures = on_this_thread(LocalSet::new().run_until(self.figures(&server)))?;
        eprintln!("    {kind}: {}", figures.iter().map(|figure| shown(*figure)).collect::<Vec<_>>().join(", "));
        drop(server);
        data::remove(&file)?;
        Ok(figures)
    }

    async fn figures(&self, server: &Server) -> Result<Vec<f64>, Failure> {
        let number = self.streams as f64;
        let streams = Streams::new(&[server.port], self.streams);
        let memory = server.memory()?;

        streams.connect(CONNECT_WITHIN).await?;
        let mut figures = vec![percentile(&streams.take().check()?.openings, 99)];
        sleep(Duration::from_secs(3)).await;
        figures.push((server.memory()? - memory) * 1024.0 / number);

        let (begin, before) = (Instant::now(), server.processor_time()?);
        sleep(Duration::from_secs_f64(self.idle)).await;
        let used = server.processor_time()? - before;
        figures.push(used.as_secs_f64() * 100.0 / begin.elapsed().as_secs_f64());
        streams.take().check()?;

        let before = server.processor_time()?;
        let added = streams.add_messages(CONNECTIONS, self.rate, Duration::from_secs_f64(self.seconds)).await?;
        streams.wait_for_messages().await;
        let used = server.processor_time()? - before;
        let record = streams.take().check()?;
        figures.extend([record.delay(50), record.delay(99), record.delay(100)]);
        figures.push(used.as_secs_f64() * 1e6 / added as f64);
        figures.push((streams.missing() + record.repeated) as f64);

        let (mut middles, mut lasts, mut since_requests) = (Vec::new(), Vec::new(), Vec::new());
        let before = server.processor_time()?;
        for _ in 0..BROADCASTS {
            let requested = streams.broadcast().await?;
            streams.wait_for_messages().await;
            let record = streams.take().check()?;
            if streams.missing() + record.repeated > 0 {
                return Err("a message for all users is missing or repeated".into());
            }
            middles.push(record.delay(50));
            lasts.push(record.delay(100));
            since_requests.push((record.last - requested) as f64 / 1000.0);
            sleep(Duration::from_secs(1)).await;
        }
        let used = server.processor_time()? - before;
        eprintln!("    until the last user has a message for all: {lasts:.0?} ms");
        figures.extend([middles, lasts, since_requests].map(|values| values.into_iter().fold(0.0, f64::max)));
        figures.push(used.as_secs_f64() * 1e6 / (number * BROADCASTS as f64));

        streams.drop_all();
        let duration = CONNECT_WITHIN + Duration::from_secs(1);
        let (connected, added) =
            tokio::join!(streams.connect(CONNECT_WITHIN), streams.add_messages(CONNECTIONS, RATE_MEANWHILE, duration));
        connected.and(added)?;
        streams.wait_for_messages().await;
        let record = streams.take();
        record.errors.iter().take(3).for_each(|error| eprintln!("    {error}"));
        figures.push(percentile(&record.openings, 99));
        figures.push(record.errors.len() as f64);
        figures.push((streams.missing() + record.repeated) as f64);
        figures.push(record.resyncs as f64);
        figures.push(server.memory()?);
        Ok(figures)
    }
}

impl Record {
    /// Returns the record, or the first error in it.
    pub(crate) fn check(self) -> Result<Self, Failure> {
        match self.errors.first() {
            None => Ok(self),
            Some(error) => Err(format!("{} streams have failed; {error}", self.errors.len()).into()),
        }
    }

    pub(crate) fn delay(&self, percent: usize) -> f64 {
        percentile(&self.delays, percent)
    }
}

/// Returns a percentile of times in microseconds, in milliseconds.
fn percentile(values: &[i64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable();
    let at = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or_default() as f64 / 1000.0
}

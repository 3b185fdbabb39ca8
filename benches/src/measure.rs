//! Measures two setups in alternating rounds.

use std::{cell::Cell, path::PathBuf, rc::Rc, time::Duration};

use serde::Serialize;

use crate::{Failure, client::Connection, client::Load, data, postgres::Pgbench, process::Server};

/// The duration of the load before a server is measured.
const WARM_UP: Duration = Duration::from_millis(400);

/// A setup to measure.
#[derive(Debug, Clone)]
pub(crate) enum Setup {
    /// A server with its arguments, the load that is measured, and a concurrent load that is not measured.
    Server { arguments: Vec<String>, load: Load, beside: Option<Load> },
    /// A server that writes, and so gets a fresh copy of this file in each round.
    Writing { kind: &'static str, file: PathBuf, load: Load },
    /// PostgreSQL's own benchmark.
    Pgbench(Pgbench),
}

/// The result of one setup in one round.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Sample {
    /// Requests per second.
    pub(crate) rate: f64,
    /// Memory in megabytes, before the load and at its end.
    pub(crate) memory: [f64; 2],
    /// The 50th and 99th percentiles of the latency, in microseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The CPU time of the server process for each request, in microseconds.
    pub(crate) processor: f64,
}

/// Measures both setups alternately, so that other load on the machine affects both.
pub(crate) fn in_turns(
    [subject, floor]: [&Setup; 2],
    rounds: usize,
    duration: Duration,
) -> Result<Vec<[Sample; 2]>, Failure> {
    (0..rounds).map(|_| Ok([subject.measure(duration)?, floor.measure(duration)?])).collect()
}

impl Setup {
    fn measure(&self, duration: Duration) -> Result<Sample, Failure> {
        match self {
            Self::Server { arguments, load, beside } => {
                let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
                on_server(&Server::start(&arguments)?, load, beside.as_ref(), duration)
            }
            Self::Writing { kind, file, load } => {
                let copy = data::copy(file, kind)?;
                let server = Server::start(&[kind, &copy.to_string_lossy()])?;
                let sample = on_server(&server, load, None, duration);
                drop(server);
                data::remove(&copy)?;
                sample
            }
            Self::Pgbench(pgbench) => Ok(Sample { rate: pgbench.run(duration)?, ..Sample::default() }),
        }
    }

    /// Returns the head and body of the first response.
    pub(crate) fn first_answer(&self) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let (server, load) = match self {
            Self::Server { arguments, load, .. } => {
                (Server::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?, load)
            }
            Self::Writing { kind, file, load } => {
                (Server::start(&[kind, &data::copy(file, kind)?.to_string_lossy()])?, load)
            }
            Self::Pgbench(_) => return Err("pgbench sends no responses".into()),
        };
        let request = load.requests.first().ok_or("there are no requests")?;
        on_this_thread(async {
            let mut connection = Connection::open(server.port).await?;
            let (head, body) = connection.ask(request).await?;
            Ok((head.to_vec(), body.to_vec()))
        })
    }
}

fn on_server(server: &Server, load: &Load, beside: Option<&Load>, duration: Duration) -> Result<Sample, Failure> {
    let next = Rc::new(Cell::new(0));
    let idle = server.memory()?;
    on_this_thread(load.run(server.port, &next, WARM_UP))?;
    let before = server.processor_time()?;
    let seen = on_this_thread(async {
        let from_others = Rc::new(Cell::new(0));
        let beside = async {
            match beside {
                Some(load) => load.run(server.port, &from_others, duration).await.map(drop),
                None => Ok(()),
            }
        };
        let (seen, beside) = tokio::join!(load.run(server.port, &next, duration), beside);
        beside.and(seen)
    })?;
    let used = server.processor_time()? - before;
    let requests = seen.latencies.len() as f64;
    if requests == 0.0 {
        return Err("there were no responses".into());
    }
    Ok(Sample {
        rate: requests / seen.elapsed.as_secs_f64(),
        p50: seen.percentile(50),
        p99: seen.percentile(99),
        processor: used.as_secs_f64() * 1e6 / requests,
        memory: [idle, server.memory()?],
    })
}

pub(crate) fn on_this_thread<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

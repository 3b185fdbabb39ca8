//! Loads a server with reads and writes for minutes, to find out whether its memory grows.

use std::{cell::Cell, ffi::OsString, fs, path::Path, rc::Rc, time::Duration};

use crate::{
    Failure,
    client::{Load, Turns, request},
    data::{self, Users},
    measure::on_this_thread,
    process::Server,
};

const CLIENTS: usize = 32;
const PERIODS: u32 = 20;

/// Loads a server for the given number of minutes, by default 10, and prints its memory and figures for each twentieth
/// of that time.
///
/// For each user in turn, it adds a message, peeks, lists the messages, which marks them as read, and deletes the read
/// messages.
pub(crate) fn soak(arguments: &[OsString]) -> Result<(), Failure> {
    let minutes = match arguments {
        [] => 10.0,
        [minutes] => minutes
            .to_str()
            .and_then(|minutes| minutes.parse::<f64>().ok())
            .ok_or("the number of minutes is not a number")?,
        _ => return Err("soak takes only the number of minutes".into()),
    };
    let folder = Path::new("target/benches");
    fs::create_dir_all(folder)?;
    let file = data::sqlite(folder, "messages-1000000", &[Users::with_hundred_messages_each(1_000_000)])?;
    let copy = data::copy(&file, "soak")?;
    let requests = (0..10_000).flat_map(|number| {
        let user = format!("user{number}");
        [("POST", "/add"), ("GET", "/messages/peek/"), ("GET", "/messages/"), ("DELETE", "/messages/?unread=false")]
            .map(|(method, path)| request(method, path, &user))
    });
    let load = Load { clients: CLIENTS, requests: Rc::new(requests.collect()), turns: Turns::Many };
    let server = Server::start(&["library", &copy.to_string_lossy()])?;
    let next = Rc::new(Cell::new(0));
    println!("cargo run --release -p actix-messages-benches -- soak {minutes}\n");
    println!("| minutes | requests/s | p50 µs | p99 µs | CPU µs/request | memory MB | log MB |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    println!("| 0 | | | | | {:.1} | |", server.memory()?);
    for period in 1..=PERIODS {
        let duration = Duration::from_secs_f64(minutes * 60.0 / f64::from(PERIODS));
        let before = server.processor_time()?;
        let seen = on_this_thread(load.run(server.port, &next, duration))?;
        let requests = seen.latencies.len() as f64;
        println!(
            "| {:.1} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.1} |",
            minutes * f64::from(period) / f64::from(PERIODS),
            requests / seen.elapsed.as_secs_f64(),
            seen.percentile(50),
            seen.percentile(99),
            (server.processor_time()? - before).as_secs_f64() * 1e6 / requests,
            server.memory()?,
            fs::metadata(format!("{}-wal", copy.display()))?.len() as f64 / 1e6,
        );
    }
    drop(server);
    data::remove(&copy)
}

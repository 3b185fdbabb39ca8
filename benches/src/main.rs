//! Benchmarks the library against hand-written handlers. See `docs/benchmarks.md`.

mod by_hand;
mod client;
mod constant;
mod data;
mod due;
mod event_stream;
mod figures;
mod floor;
mod live;
mod live_floor;
mod live_relay;
mod measure;
mod measurements;
mod options;
mod picture;
mod postgres;
mod process;
mod report;
mod serve;
mod set_up;
mod soak;
mod streams;

use std::{env, fs, process::ExitCode, time::Duration};

use self::{
    figures::Row,
    measure::{Setup, in_turns},
    measurements::{MEASUREMENTS, Measurement},
    options::{HELP, Options},
    postgres::Databases,
    report::{Measured, Report},
    set_up::Pair,
};

/// Any error. It ends the benchmark.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let done = match arguments.next() {
        Some(first) if first == "soak" => soak::soak(&arguments.collect::<Vec<_>>()),
        Some(first) if first == "due" => due::due(&arguments.collect::<Vec<_>>()),
        Some(first) if first == "live" => live::live(&arguments.collect::<Vec<_>>()),
        Some(first) if first == "live-relay" => live_relay::live_relay(&arguments.collect::<Vec<_>>()),
        Some(first) if first == "serve" => serve::serve(&arguments.collect::<Vec<_>>()),
        _ => Options::from_arguments().and_then(|options| match options {
            None => {
                print!("{HELP}");
                Ok(())
            }
            Some(options) => measure_all(&options),
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all(options: &Options) -> Result<(), Failure> {
    let wanted = MEASUREMENTS.iter().filter(|measurement| options.wants(measurement.name));
    if options.only_names {
        wanted.for_each(|measurement| println!("{}", measurement.name));
        return Ok(());
    }
    if cfg!(debug_assertions) {
        eprintln!("THIS IS NOT A RELEASE BUILD: its figures are meaningless");
    }
    fs::create_dir_all(&options.directory)?;
    let databases = Databases::default();
    let mut report = Report::begin(options)?;
    for measurement in wanted {
        match measure(measurement, options, &databases) {
            Ok(measured) => report.measured.push(measured),
            // Without PostgreSQL, the other measurements still run.
            Err(error) if measurement.name.contains("postgres") => {
                eprintln!("{} IS NOT MEASURED: {error}", measurement.name);
                report.skipped.push((measurement.name, error.to_string()));
            }
            Err(error) => return Err(format!("{}: {error}", measurement.name).into()),
        }
    }
    report.end(&options.directory)
}

fn measure(measurement: &Measurement, options: &Options, databases: &Databases) -> Result<Measured, Failure> {
    let Measurement { name, subject, floor, figures, set_up } = measurement;
    eprintln!("{name}: {subject} ..");
    let pair = set_up(options, databases)?;
    if pair.answers_are_equal {
        let [subject, floor] = [&pair.subject, &pair.floor].map(Setup::first_answer);
        let [subject, floor] = [subject?.1, floor?.1].map(|body| String::from_utf8_lossy(&body).into_owned());
        if subject != floor {
            return Err(format!("the answers differ:\n{subject}\n{floor}").into());
        }
    }
    let Pair { subject: one, floor: other, .. } = pair;
    let rounds = in_turns([&one, &other], options.rounds, Duration::from_secs_f64(options.seconds))?;
    let figures = figures.iter().map(|figure| figure.of(name, &rounds)).collect::<Vec<Row>>();
    for Row { figure, subject, floor, median, min, max, .. } in &figures {
        eprintln!("    {figure}: {subject:.1} beside {floor:.1}: {median:.2} ({min:.2} .. {max:.2})");
    }
    Ok(Measured { name, subject, floor, figures, rounds })
}

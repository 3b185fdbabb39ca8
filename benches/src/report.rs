//! Writes the figures as a table, a JSON file and pictures.

use std::{fs, path::Path};

use serde::Serialize;

use crate::{
    Failure,
    figures::{Comparison, Goal, Row},
    measure::Sample,
    options::Options,
    picture,
};

/// All measurements of a run, and its conditions.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    command: String,
    machine: Machine,
    rounds: usize,
    seconds: f64,
    load_average_before: String,
    load_average_after: String,
    pub(crate) measured: Vec<Measured>,
    /// The measurements that were skipped, and the reasons.
    pub(crate) skipped: Vec<(&'static str, String)>,
}

#[derive(Debug, Serialize)]
struct Machine {
    processor: String,
    processors: usize,
    kernel: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) floor: &'static str,
    pub(crate) figures: Vec<Row>,
    /// The samples of each round, of the subject and of the floor.
    pub(crate) rounds: Vec<[Sample; 2]>,
}

impl Report {
    pub(crate) fn begin(options: &Options) -> Result<Self, Failure> {
        let processors = fs::read_to_string("/proc/cpuinfo")?;
        let name = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Ok(Self {
            command: Options::command(),
            machine: Machine {
                processor: name.map_or("unknown", |(_, name)| name).to_owned(),
                processors: processors.lines().filter(|line| line.starts_with("processor")).count(),
                kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            },
            rounds: options.rounds,
            seconds: options.seconds,
            load_average_before: load_average()?,
            load_average_after: String::new(),
            measured: Vec::new(),
            skipped: Vec::new(),
        })
    }

    /// Prints the table and writes the files.
    pub(crate) fn end(mut self, folder: &Path) -> Result<(), Failure> {
        self.load_average_after = load_average()?;
        let Self { command, machine, rounds, seconds, load_average_before, load_average_after, .. } = &self;
        let Machine { processor, processors, kernel } = machine;
        println!("{command}\n");
        println!("{processors} x {processor}, Linux {kernel}; {rounds} rounds of {seconds} s.");
        println!("Load average before {load_average_before}, after {load_average_after}.\n");
        println!("| subject | floor | figure | subject | floor | comparison | min .. max | goal |");
        println!("| --- | --- | --- | ---: | ---: | ---: | ---: | --- |");
        for Measured { name, subject, floor, figures, .. } in &self.measured {
            for (number, row) in figures.iter().enumerate() {
                let (subject, floor) =
                    if number == 0 { (format!("`{name}`: {subject}"), *floor) } else { (String::new(), "") };
                println!("| {subject} | {floor} | {} |", cells(row));
            }
        }
        for (name, reason) in &self.skipped {
            println!("\nNOT MEASURED: {name}: {reason}");
        }
        let rows = self.measured.iter().flat_map(|it| &it.figures).collect::<Vec<_>>();
        fs::write(folder.join("results.json"), serde_json::to_string_pretty(&self)?)?;
        picture::of(
            &rows,
            "requests/s",
            "Requests per second: ratio of the library to its floor",
            &folder.join("throughput.svg"),
        )?;
        picture::of(
            &rows,
            "p99 µs",
            "99th percentile of the latency: ratio of the library to its floor",
            &folder.join("latency.svg"),
        )?;
        println!("\nWrote to {}: results.json, throughput.svg, latency.svg", folder.display());
        Ok(())
    }
}

fn cells(row: &Row) -> String {
    let Row { figure, subject, floor, comparison, median, min, max, goal, .. } = row;
    let (sign, digits) = match comparison {
        Comparison::Ratio => ("x ", 2),
        Comparison::Difference => ("+ ", 1),
        Comparison::Value => ("", 0),
    };
    let goal = goal.map_or_else(String::new, |goal| {
        let (word, bound) = match goal {
            Goal::AtLeast(bound) => ("at least", bound),
            Goal::AtMost(bound) => ("at most", bound),
        };
        format!("{word} {bound}: {}", if goal.is_met_by(*median) { "met" } else { "**missed**" })
    });
    let [subject, floor] =
        [subject, floor].map(|value| if *value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") });
    format!("{figure} | {subject} | {floor} | {sign}{median:.digits$} | {min:.digits$} .. {max:.digits$} | {goal}")
}

fn load_average() -> Result<String, Failure> {
    Ok(fs::read_to_string("/proc/loadavg")?.split(' ').take(3).collect::<Vec<_>>().join(" "))
}

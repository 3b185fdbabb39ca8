//! Computes figures that compare the samples of the subject and of the floor.

use serde::Serialize;

use crate::measure::Sample;

/// The value of the samples that is compared, and its goal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Figure {
    Rate {
        at_least: Option<f64>,
    },
    /// The CPU time of each request, as a ratio.
    Processor,
    ProcessorAtMost {
        at_most: f64,
    },
    /// The CPU time of each request, as a difference.
    ProcessorMore {
        at_most: f64,
    },
    P50,
    P99,
    P99AtMost {
        at_most: f64,
    },
    /// The memory under load.
    Memory {
        at_most: f64,
    },
}

/// A figure in the report.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) measurement: String,
    pub(crate) figure: &'static str,
    /// The medians of the rounds.
    pub(crate) subject: f64,
    pub(crate) floor: f64,
    pub(crate) comparison: Comparison,
    pub(crate) goal: Option<Goal>,
    /// The comparison: the median, minimum and maximum of the rounds.
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// The way in which two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Comparison {
    Ratio,
    Difference,
    /// Only the value of the subject counts.
    Value,
}

/// The goal of a comparison.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    pub(crate) fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl Figure {
    pub(crate) fn of(self, measurement: &str, rounds: &[[Sample; 2]]) -> Row {
        use Comparison::{Difference, Ratio, Value};
        use Goal::{AtLeast, AtMost};

        type Part = fn(&Sample) -> f64;
        let (figure, part, comparison, goal): (_, Part, _, _) = match self {
            Self::Rate { at_least } => ("requests/s", |it| it.rate, Ratio, at_least.map(AtLeast)),
            Self::Processor => ("CPU µs/request", |it| it.processor, Ratio, None),
            Self::ProcessorAtMost { at_most } => ("CPU µs/request", |it| it.processor, Ratio, Some(AtMost(at_most))),
            Self::ProcessorMore { at_most } => ("CPU µs/request", |it| it.processor, Difference, Some(AtMost(at_most))),
            Self::P50 => ("p50 µs", |it| it.p50, Ratio, None),
            Self::P99 => ("p99 µs", |it| it.p99, Ratio, None),
            Self::P99AtMost { at_most } => ("p99 µs", |it| it.p99, Ratio, Some(AtMost(at_most))),
            Self::Memory { at_most } => ("MB", |it| it.memory[1], Value, Some(AtMost(at_most))),
        };
        let compared = rounds.iter().map(|[subject, floor]| match comparison {
            Ratio => part(subject) / part(floor),
            Difference => part(subject) - part(floor),
            Value => part(subject),
        });
        let compared = sorted(compared);
        let [subject, floor] = [0, 1].map(|which| median(&sorted(rounds.iter().map(|round| part(&round[which])))));
        Row {
            measurement: measurement.to_owned(),
            figure,
            subject,
            floor,
            comparison,
            goal,
            median: median(&compared),
            min: compared.first().copied().unwrap_or_default(),
            max: compared.last().copied().unwrap_or_default(),
        }
    }
}

/// Returns the values in ascending order.
pub(crate) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values = values.collect::<Vec<_>>();
    values.sort_by(f64::total_cmp);
    values
}

/// Returns the median of values in ascending order.
pub(crate) fn median(sorted: &[f64]) -> f64 {
    let [low, high] = [sorted.len().saturating_sub(1) / 2, sorted.len() / 2];
    match (sorted.get(low), sorted.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => 0.0,
    }
}

//! How a row is run.

use std::time::{Duration, Instant};

use crate::contender::{Contender, Row};
use crate::rounds::Rounds;

/// How often a row is run between two readings of the clock. With the root around them the spans still fit into
/// everybody's queue, and are fewer than what makes a worker start by itself.
pub(crate) const TIMES: u64 = 256;

/// A row that is over in a nanosecond needs more.
const QUICK_TIMES: u64 = 64 * TIMES;

/// The median of nanoseconds for each contender that has this row.
pub(crate) fn measure(rounds: &Rounds, row: Row, contenders: &[Contender]) -> Vec<Option<f64>> {
    let times = match row {
        Row::Plain | Row::Off => QUICK_TIMES,
        _ => TIMES,
    };
    rounds.medians(contenders.len(), |who| {
        let taken = run(&contenders[who], row, times)?;
        Some(taken.as_nanos() as f64 / times as f64)
    })
}

fn run(contender: &Contender, row: Row, times: u64) -> Option<Duration> {
    let case = (contender.case)(row)?;
    let start = Instant::now();
    case(times);
    let taken = start.elapsed();
    (contender.drain)();
    Some(taken)
}

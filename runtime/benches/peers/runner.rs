//! Rounds in which all take their turn.

use std::time::{Duration, Instant};

use crate::contender::{Contender, Row};

/// How often a row is run between two readings of the clock. With the root around them the spans still fit into
/// everybody's queue, and are fewer than what makes a worker start by itself.
pub(crate) const TIMES: u64 = 256;

/// A row that is over in a nanosecond needs more.
const QUICK_TIMES: u64 = 64 * TIMES;

pub(crate) struct Rounds {
    warm_up: usize,
    measured: usize,
}

impl Rounds {
    pub(crate) const FULL: Self = Self {
        warm_up: 50,
        measured: 1500,
    };
    pub(crate) const QUICK: Self = Self {
        warm_up: 20,
        measured: 150,
    };
    pub(crate) const TEST: Self = Self {
        warm_up: 0,
        measured: 1,
    };

    /// The median of nanoseconds for each contender that has this row.
    pub(crate) fn measure(&self, row: Row, contenders: &[Contender]) -> Vec<Option<f64>> {
        let times = match row {
            Row::Plain | Row::Off => QUICK_TIMES,
            _ => TIMES,
        };
        let mut samples = vec![Vec::with_capacity(self.measured); contenders.len()];
        for round in 0..self.warm_up + self.measured {
            // Nobody always comes after the same one.
            for turn in 0..contenders.len() {
                let who = (round + turn) % contenders.len();
                let taken = run(&contenders[who], row, times);
                if round >= self.warm_up {
                    samples[who].extend(taken.map(|taken| taken.as_nanos() as f64 / times as f64));
                }
            }
        }
        samples.into_iter().map(median).collect()
    }
}

fn run(contender: &Contender, row: Row, times: u64) -> Option<Duration> {
    let case = (contender.case)(row)?;
    let start = Instant::now();
    case(times);
    let taken = start.elapsed();
    (contender.drain)();
    Some(taken)
}

fn median(mut samples: Vec<f64>) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied()
}

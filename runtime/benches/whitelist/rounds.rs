//! Rounds in which all lists take their turn.

use std::hint::black_box;
use std::time::Instant;

use fedtrace::whitelist::Whitelist;

/// A list, and the names that it is asked for.
pub(crate) struct Case {
    pub(crate) whitelist: Whitelist,
    pub(crate) names: Vec<String>,
    /// What the answers have to be.
    pub(crate) admitted: bool,
}

pub(crate) struct Rounds {
    warm_up: usize,
    measured: usize,
}

impl Rounds {
    pub(crate) const FULL: Self = Self {
        warm_up: 50,
        measured: 2000,
    };
    pub(crate) const QUICK: Self = Self {
        warm_up: 20,
        measured: 200,
    };
    pub(crate) const TEST: Self = Self {
        warm_up: 0,
        measured: 1,
    };

    /// The median of nanoseconds for a check of each case.
    pub(crate) fn measure(&self, cases: &[Case]) -> Vec<f64> {
        let mut samples = vec![Vec::with_capacity(self.measured); cases.len()];
        for round in 0..self.warm_up + self.measured {
            for turn in 0..cases.len() {
                let which = (round + turn) % cases.len();
                let taken = check_all(&cases[which]);
                if round >= self.warm_up {
                    samples[which].push(taken);
                }
            }
        }
        samples.into_iter().map(median).collect()
    }
}

fn check_all(case: &Case) -> f64 {
    let start = Instant::now();
    let mut admitted = 0;
    for name in &case.names {
        admitted += usize::from(case.whitelist.allows(black_box(name)));
    }
    let taken = start.elapsed().as_nanos() as f64;
    let expected = if case.admitted { case.names.len() } else { 0 };
    assert_eq!(admitted, expected, "{:?}", case.names.first());
    taken / case.names.len() as f64
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

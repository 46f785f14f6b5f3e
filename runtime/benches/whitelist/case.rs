//! A list that is asked.

use std::hint::black_box;
use std::time::Instant;

use fedtrace::whitelist::Whitelist;

use crate::rounds::Rounds;

/// A list, and the names that it is asked for.
pub(crate) struct Case {
    pub(crate) whitelist: Whitelist,
    pub(crate) names: Vec<String>,
    /// What the answers have to be.
    pub(crate) admitted: bool,
}

/// The median of nanoseconds for a check of each case.
pub(crate) fn measure(rounds: &Rounds, cases: &[Case]) -> Vec<f64> {
    let medians = rounds.medians(cases.len(), |which| Some(check_all(&cases[which])));
    medians.into_iter().flatten().collect()
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

//! Rounds in which all take their turn, so that what disturbs the machine disturbs all alike.

pub(crate) struct Rounds {
    warm_up: usize,
    measured: usize,
}

impl Rounds {
    /// As many as are measured, a tenth with `--quick`, and one with `--test`.
    pub(crate) fn of_arguments(measured: usize) -> Self {
        let mut rounds = Self {
            warm_up: 50,
            measured,
        };
        for option in std::env::args().skip(1) {
            let (warm_up, measured) = match option.as_str() {
                "--quick" => (20, measured / 10),
                "--test" => (0, 1),
                // Cargo passes `--bench`, and the name of the benchmark may follow.
                _ => continue,
            };
            rounds = Self { warm_up, measured };
        }
        rounds
    }

    /// The median of what `run` gives for each of so many, if it gives something.
    pub(crate) fn medians(&self, count: usize, run: impl Fn(usize) -> Option<f64>) -> Vec<Option<f64>> {
        let mut samples = vec![Vec::with_capacity(self.measured); count];
        for round in 0..self.warm_up + self.measured {
            // Nobody always comes after the same one.
            for turn in 0..count {
                let who = (round + turn) % count;
                let taken = run(who);
                if round >= self.warm_up {
                    samples[who].extend(taken);
                }
            }
        }
        samples.into_iter().map(median).collect()
    }
}

pub(crate) fn median(mut samples: Vec<f64>) -> Option<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied()
}

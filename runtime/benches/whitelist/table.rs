//! What is printed: medians, and how they grow with the list.

use std::fmt;

use crate::case::{Case, measure};
use crate::lists::{Kind, Row, asked, whitelist};
use crate::rounds::Rounds;

pub(crate) struct Table {
    title: &'static str,
    lengths: Vec<usize>,
    rows: Vec<(Row, Vec<f64>)>,
}

impl Table {
    pub(crate) fn measured(title: &'static str, lengths: &[usize], kind: Kind, rounds: &Rounds) -> Self {
        let case = |row, length| Case {
            whitelist: whitelist(kind, length),
            names: asked(row, length),
            admitted: !matches!(row, Row::Unlisted | Row::Longest),
        };
        let row = |row| {
            let cases: Vec<_> = lengths.iter().map(|length| case(row, *length)).collect();
            (row, measure(rounds, &cases))
        };
        Self {
            title,
            lengths: lengths.to_vec(),
            rows: Row::ALL.into_iter().map(row).collect(),
        }
    }

    /// Whether a check of the longest list costs at most so many times what one of the shortest does.
    pub(crate) fn goal(&self, at_most: f64) -> String {
        let worst = self.rows.iter().map(|(_, medians)| growth(medians));
        let worst = worst.fold(0.0, f64::max);
        let verdict = if worst <= at_most { "met" } else { "MISSED" };
        format!(
            "Goal:\n{verdict:>6}: {}, most ÷ least: {worst:.2}, at most {at_most:.2}\n",
            self.title
        )
    }
}

/// The dearest in relation to the cheapest.
fn growth(medians: &[f64]) -> f64 {
    let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
    medians.iter().copied().fold(0.0, f64::max) / least
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {:36} ", format!("ns for a check, {}", self.title))?;
        for length in &self.lengths {
            write!(f, "| {length:>7} ")?;
        }
        writeln!(f, "| most ÷ least |")?;
        writeln!(f, "|---|{}", "---:|".repeat(self.lengths.len() + 1))?;
        for (row, medians) in &self.rows {
            write!(f, "| {row:36} ")?;
            for median in medians {
                write!(f, "| {median:>7.1} ")?;
            }
            writeln!(f, "| {:>12.2} |", growth(medians))?;
        }
        Ok(())
    }
}

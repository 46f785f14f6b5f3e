//! What is printed: medians, ratios, and the goals.

use std::fmt;

use crate::contender::{Contender, Row};

pub(crate) struct Table {
    columns: Vec<&'static str>,
    rows: Vec<(Row, Vec<Option<f64>>)>,
}

impl Table {
    pub(crate) fn new(contenders: &[Contender]) -> Self {
        Self {
            columns: contenders.iter().map(|contender| contender.name).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row, medians: Vec<Option<f64>>) {
        self.rows.push((row, medians));
    }

    fn get(&self, row: Row, contender: &str) -> Option<f64> {
        let column = self.columns.iter().position(|known| *known == contender)?;
        let (_, medians) = self.rows.iter().find(|(known, _)| *known == row)?;
        *medians.get(column)?
    }

    fn goal(&self, f: &mut fmt::Formatter<'_>, what: &str, is: Option<f64>, at_most: f64) -> fmt::Result {
        let Some(is) = is else { return Ok(()) };
        let verdict = if is <= at_most { "met" } else { "MISSED" };
        writeln!(f, "{verdict:>6}: {what} {is:.2}, at most {at_most:.2}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {:26} ", "ns, medians (fedtrace ÷ it)")?;
        for name in &self.columns {
            write!(f, "| {name:>16} ")?;
        }
        writeln!(f, "|\n|---|{}", "---:|".repeat(self.columns.len()))?;
        for (row, medians) in &self.rows {
            write!(f, "| {row:27} ")?;
            let ours = medians.first().copied().flatten();
            for (column, median) in medians.iter().enumerate() {
                let cell = match (median, ours) {
                    (None, _) => "–".to_owned(),
                    (Some(median), Some(ours)) if column > 0 && *row != Row::Plain => {
                        format!("{median:.1} ({:.2})", ours / median)
                    }
                    (Some(median), _) => format!("{median:.1}"),
                };
                write!(f, "| {cell:>16} ")?;
            }
            writeln!(f, "|")?;
        }
        let of = |row, contender| self.get(row, contender);
        let ratio = |peer| Some(of(Row::Child, "fedtrace")? / of(Row::Child, peer)?);
        let off = of(Row::Off, "fedtrace")
            .zip(of(Row::Plain, "fedtrace"))
            .map(|(off, plain)| off - plain);
        writeln!(f, "\nGoals:")?;
        self.goal(f, "tracing off, ns beyond a plain call:", off, 2.0)?;
        self.goal(f, "sampled child ÷ fastrace's:", ratio("fastrace"), 0.75)?;
        self.goal(
            f,
            "sampled child ÷ tracing + OTel's:",
            ratio("tracing + OTel"),
            0.10,
        )
    }
}

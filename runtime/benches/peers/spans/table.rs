//! What is printed: medians, ratios, and the goals.

use std::fmt;

use crate::contender::{Contender, Row};

/// The column that the goals of the rows are about; the first is ours.
const RIVAL: &str = "fastrace";

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

    fn ratio(&self, row: Row, contender: &str) -> Option<f64> {
        Some(self.get(row, "fedtrace")? / self.get(row, contender)?)
    }

    fn cell(&self, row: Row, column: usize, median: Option<f64>) -> String {
        let Some(median) = median else {
            return "–".to_owned();
        };
        match self.ratio(row, self.columns[column]) {
            Some(ratio) if column > 0 && row != Row::Plain => format!("{median:.1} ({ratio:.2})"),
            _ => format!("{median:.1}"),
        }
    }

    fn goal(&self, row: Row) -> String {
        match row.goal().zip(self.ratio(row, RIVAL)) {
            Some((goal, ratio)) => format!("goal {goal:.2}: {}", verdict(ratio, goal)),
            None => String::new(),
        }
    }

    fn write_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {:27} ", "ns, medians (fedtrace ÷ it)")?;
        for name in &self.columns {
            write!(f, "| {name:>16} ")?;
        }
        writeln!(
            f,
            "| fedtrace ÷ {RIVAL}  |\n|---|{}---|",
            "---:|".repeat(self.columns.len())
        )?;
        for (row, medians) in &self.rows {
            write!(f, "| {row:27} ")?;
            for (column, median) in medians.iter().enumerate() {
                write!(f, "| {:>16} ", self.cell(*row, column, *median))?;
            }
            writeln!(f, "| {:20} |", self.goal(*row))?;
        }
        Ok(())
    }
}

fn verdict(is: f64, at_most: f64) -> &'static str {
    if is <= at_most { "met" } else { "missed" }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_rows(f)?;
        let off = self
            .get(Row::Off, "fedtrace")
            .zip(self.get(Row::Plain, "fedtrace"));
        let further = [
            (
                "tracing off, ns beyond a plain call",
                off.map(|(off, plain)| off - plain),
                2.0,
            ),
            (
                "child ÷ tracing + OTel's",
                self.ratio(Row::Child, "tracing + OTel"),
                0.10,
            ),
        ];
        writeln!(f)?;
        for (what, is, at_most) in further {
            if let Some(is) = is {
                writeln!(f, "{what}: {is:.2}, goal {at_most:.2}: {}", verdict(is, at_most))?;
            }
        }
        Ok(())
    }
}

//! What is printed: spans in a second, and how many times what one thread makes.

use std::cell::RefCell;
use std::fmt;

use crate::contender::{Contender, Row};
use crate::crew::{Crew, Pace};
use crate::rounds::{Rounds, median};

/// What two threads on two cores have to make, as a multiple of one.
const GOAL: f64 = 1.9;

pub(crate) struct Table {
    row: Row,
    threads: Vec<usize>,
    /// The medians of each contender, by the number of threads.
    columns: Vec<(&'static str, Vec<Pace>)>,
}

impl Table {
    pub(crate) fn measured(row: Row, rounds: &Rounds, contenders: &[Contender], crews: &[Crew]) -> Self {
        let cpu = RefCell::new(vec![Vec::new(); contenders.len() * crews.len()]);
        let speeds = rounds.medians(contenders.len() * crews.len(), |who| {
            let (contender, crew) = (&contenders[who / crews.len()], &crews[who % crews.len()]);
            let pace = crew.run((contender.case)(row)?);
            (contender.drain)();
            cpu.borrow_mut()[who].push(pace.cpu_nanos);
            Some(pace.spans_per_second)
        });
        let paces: Vec<Pace> = speeds
            .into_iter()
            .zip(cpu.into_inner())
            .filter_map(|(speed, cpu)| {
                Some(Pace {
                    spans_per_second: speed?,
                    cpu_nanos: median(cpu)?,
                })
            })
            .collect();
        let columns = contenders.iter().zip(paces.chunks(crews.len()));
        Self {
            row,
            threads: crews.iter().map(Crew::size).collect(),
            columns: columns.map(|(who, paces)| (who.name, paces.to_vec())).collect(),
        }
    }

    /// How much faster than one thread this one of the numbers of threads is.
    fn multiple(paces: &[Pace], which: usize) -> f64 {
        paces[which].spans_per_second / paces[0].spans_per_second
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {:21} ", self.row)?;
        for (name, _) in &self.columns {
            write!(
                f,
                "| {name:>8}, million spans/s | × one thread | CPU ns per span "
            )?;
        }
        writeln!(f, "|\n|---|{}", "---:|".repeat(3 * self.columns.len()))?;
        for (which, threads) in self.threads.iter().enumerate() {
            write!(f, "| {:21} ", format!("threads: {threads}"))?;
            for (_, paces) in &self.columns {
                let millions = paces[which].spans_per_second / 1e6;
                let multiple = Self::multiple(paces, which);
                write!(
                    f,
                    "| {millions:25.1} | {multiple:12.2} | {:15.1} ",
                    paces[which].cpu_nanos
                )?;
            }
            writeln!(f, "|")?;
        }
        let two = self.threads.iter().position(|threads| *threads == 2);
        if let Some((two, (name, paces))) = two.zip(self.columns.first()) {
            let is = Self::multiple(paces, two);
            let verdict = if is >= GOAL { "met" } else { "missed" };
            writeln!(
                f,
                "\n{name}, 2 threads: {is:.2} times one, goal {GOAL:.2}: {verdict}\n"
            )?;
        }
        Ok(())
    }
}

//! What is printed: CPU time and bytes for each span, and losses.

use std::fmt;

use crate::CONTENDERS;
use crate::contender::{Contender, Transport};
use crate::program::{self, Sink};
use crate::rounds::median;

/// The most CPU time that fedtrace may take for a span by UDP, as a part of what fastrace-jaeger takes.
const GOAL: f64 = 0.12;
const RIVAL: &str = "fastrace-jaeger";

#[derive(Default)]
struct Measured {
    cpu_nanos: Vec<f64>,
    bytes: Vec<f64>,
    sent: u64,
    arrived: u64,
}

struct Row {
    contender: &'static Contender,
    cpu_nanos: f64,
    bytes: f64,
    sent: u64,
    lost: u64,
}

pub(crate) struct Table(Vec<Row>);

impl Table {
    /// All send so many bursts in each round, one after the other.
    pub(crate) fn measured(rounds: usize, bursts: u64) -> Self {
        let mut sinks =
            [Transport::Udp, Transport::Otlp].map(|transport| (transport, Sink::start(transport)));
        let mut measured: Vec<Measured> = CONTENDERS.iter().map(|_| Measured::default()).collect();
        for round in 0..rounds {
            for turn in 0..CONTENDERS.len() {
                // Nobody always comes after the same one.
                let who = (round + turn) % CONTENDERS.len();
                let transport = CONTENDERS[who].transport;
                let sink = sinks.iter_mut().find(|(of, _)| *of == transport);
                let (_, sink) = sink.expect("a sink for each transport");
                measured[who].add(who, sink, bursts);
            }
        }
        let rows = CONTENDERS.iter().zip(measured);
        Self(
            rows.filter_map(|(contender, measured)| measured.row(contender))
                .collect(),
        )
    }

    fn ours(&self, transport: Transport) -> Option<&Row> {
        self.0.iter().find(|row| row.contender.transport == transport)
    }
}

impl Measured {
    fn add(&mut self, who: usize, sink: &mut Sink, bursts: u64) {
        let sent = program::send(who, sink.address(), bursts);
        let arrived = sink.arrived();
        assert!(arrived.spans <= sent.all, "more spans arrived than were sent");
        self.cpu_nanos
            .push(sent.cpu.as_nanos() as f64 / sent.measured as f64);
        self.bytes.push(arrived.bytes as f64 / arrived.spans as f64);
        self.sent += sent.all;
        self.arrived += arrived.spans;
    }

    fn row(self, contender: &'static Contender) -> Option<Row> {
        Some(Row {
            contender,
            cpu_nanos: median(self.cpu_nanos)?,
            bytes: median(self.bytes)?,
            sent: self.sent,
            lost: self.sent - self.arrived,
        })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {:24} | CPU ns per span (fedtrace ÷ it) | bytes per span | {:>20} |\n|---|---:|---:|---:|",
            "spans delivered, medians", "lost of sent"
        )?;
        for row in &self.0 {
            let name = format!("{}: {}", row.contender.transport, row.contender.name);
            let cpu = match self.ours(row.contender.transport) {
                Some(ours) if ours.contender.name != row.contender.name => {
                    format!("{:.0} ({:.2})", row.cpu_nanos, ours.cpu_nanos / row.cpu_nanos)
                }
                _ => format!("{:.0}", row.cpu_nanos),
            };
            let lost = format!("{} of {}", row.lost, row.sent);
            writeln!(f, "| {name:24} | {cpu:>31} | {:14.1} | {lost:>20} |", row.bytes)?;
        }
        let rival = self.0.iter().find(|row| row.contender.name == RIVAL);
        if let Some((ours, rival)) = self.ours(Transport::Udp).zip(rival) {
            let is = ours.cpu_nanos / rival.cpu_nanos;
            let verdict = if is <= GOAL { "met" } else { "missed" };
            writeln!(f, "\nCPU by UDP ÷ {RIVAL}'s: {is:.2}, goal {GOAL:.2}: {verdict}")?;
        }
        Ok(())
    }
}

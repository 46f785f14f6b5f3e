//! What a span of `tracing` costs with the layer of fedtrace, beside the bare registry and `tracing-opentelemetry`:
//! `cargo bench -p fedtrace-peers --bench layer`.
//!
//! Everything is measured in one process, in many short rounds in which all take their turn, each as the default subscriber
//! of the thread. `-- --quick` takes a tenth of the time, and a part of a name measures only the rows that have it. `docs/performance.md` explains the table.

mod contender;
#[path = "../counting.rs"]
mod counting;
#[path = "../../timing/rounds.rs"]
mod rounds;
mod row;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use contender::Contender;
use rounds::Rounds;
use row::{ROWS, Row};

/// How often a row is run between two readings of the clock. The spans fit into everybody's queue.
const TIMES: u64 = 256;

fn main() -> ExitCode {
    let rounds = Rounds::of_arguments(1500);
    let contenders = contender::all();
    table::write_head(&contenders);
    let wanted = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let is_wanted = |row: &&Row| {
        wanted
            .as_ref()
            .is_none_or(|wanted| row.name.contains(wanted.as_str()))
    };
    for row in ROWS.iter().filter(is_wanted) {
        let medians = rounds.medians(contenders.len(), |who| Some(run(&contenders[who], row)));
        table::write_row(row, &medians);
    }
    match contenders.iter().all(|contender| (contender.has_arrived)()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The nanoseconds of one turn of a row.
fn run(contender: &Contender, row: &Row) -> f64 {
    let taken = tracing::dispatcher::with_default(&contender.dispatch, || {
        let _root = tracing::info_span!("root").entered();
        let start = Instant::now();
        (row.case)(TIMES);
        start.elapsed()
    });
    (contender.drain)();
    taken.as_nanos() as f64 / TIMES as f64
}

//! What a span costs, beside what it costs with others: `cargo bench -p fedtrace-peers --bench spans`.
//!
//! Everything is measured in one process, in many short rounds in which all take their turn, so that what disturbs
//! the machine disturbs all alike. `-- --quick` takes a tenth of the time. `docs/performance.md` explains the table.

mod contender;
mod otel;
mod ours;
mod peer_fastrace;
mod peer_rustracing;
mod plain_tracing;
#[path = "../../timing/rounds.rs"]
mod rounds;
mod runner;
mod table;
mod work;

use std::process::ExitCode;

use contender::{Contender, Row};
use rounds::Rounds;
use runner::measure;
use table::Table;

/// The columns of the table.
const CONTENDERS: [Contender; 5] = [
    ours::CONTENDER,
    peer_fastrace::CONTENDER,
    plain_tracing::CONTENDER,
    otel::CONTENDER,
    peer_rustracing::CONTENDER,
];

const WITH_TRACER: [Row; 10] = [
    Row::Child,
    Row::ActiveSpan,
    Row::OneTag,
    Row::ThreeTags,
    Row::ThreeConstantTags,
    Row::ThreeArguments,
    Row::Future,
    Row::Root,
    Row::RootWithChildren,
    Row::Unsampled,
];

fn main() -> ExitCode {
    let rounds = Rounds::of_arguments(1500);

    // Before any tracer is set up, here or with the others: afterwards "off" is another state.
    let mut table = Table::new(&CONTENDERS);
    for row in [Row::Plain, Row::Off] {
        table.add(row, measure(&rounds, row, &CONTENDERS));
    }
    ours::set_up();
    peer_fastrace::set_up();
    otel::set_up();
    for row in WITH_TRACER {
        table.add(row, measure(&rounds, row, &CONTENDERS));
    }
    print!("{table}");
    if ours::all_spans_arrived() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

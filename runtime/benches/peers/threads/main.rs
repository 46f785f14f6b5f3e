//! What a span costs where several threads make some: `cargo bench -p fedtrace-peers --bench threads`.
//!
//! The rows are those of the benchmark `spans`. `-- --quick` takes a tenth of the time. `docs/performance.md` explains
//! the tables.

#[path = "../spans/contender.rs"]
#[allow(dead_code, reason = "two of its rows are enough here")]
mod contender;
mod crew;
#[path = "../spans/ours.rs"]
mod ours;
#[path = "../spans/peer_fastrace.rs"]
mod peer_fastrace;
#[path = "../../timing/rounds.rs"]
mod rounds;
mod table;
#[path = "../spans/work.rs"]
#[allow(dead_code, reason = "two of its rows are enough here")]
mod work;

use std::process::ExitCode;

use contender::{Contender, Row};
use crew::Crew;
use rounds::Rounds;
use table::Table;

const CONTENDERS: [Contender; 2] = [ours::CONTENDER, peer_fastrace::CONTENDER];
const ROWS: [Row; 2] = [Row::Child, Row::ThreeTags];
const THREADS: [usize; 4] = [1, 2, 4, 8];

fn main() -> ExitCode {
    let rounds = Rounds::of_arguments(300);
    ours::set_up();
    peer_fastrace::set_up();
    for row in ROWS {
        let crews = THREADS.map(Crew::new);
        print!("{}", Table::measured(row, &rounds, &CONTENDERS, &crews));
    }
    if ours::all_spans_arrived() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

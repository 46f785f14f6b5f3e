//! What it costs to ask the whitelist: `cargo bench -p fedtrace --bench whitelist`.
//!
//! Lists of growing length are asked in turns, so that what disturbs the machine disturbs all alike. `-- --quick`
//! takes a tenth of the time. `docs/performance.md` explains the tables.

mod case;
mod lists;
#[path = "../timing/rounds.rs"]
mod rounds;
mod table;

use lists::{Kind, NAMES, PATTERNS};
use rounds::Rounds;
use table::Table;

fn main() {
    let rounds = Rounds::of_arguments(2000);
    let names = Table::measured("server names", &NAMES, Kind::Name, &rounds);
    let patterns = Table::measured("regular expressions", &PATTERNS, Kind::Pattern, &rounds);
    print!("{names}\n{patterns}\n{}", names.goal(2.0));
}

//! What it costs to ask the whitelist: `cargo bench -p fedtrace --bench whitelist`.
//!
//! Lists of growing length are asked in turns, so that what disturbs the machine disturbs all alike. `-- --quick`
//! takes a tenth of the time. `docs/performance.md` explains the tables.

mod lists;
mod rounds;
mod table;

use lists::{Kind, NAMES, PATTERNS};
use rounds::Rounds;
use table::Table;

fn main() {
    let mut rounds = Rounds::FULL;
    for option in std::env::args().skip(1) {
        match option.as_str() {
            "--quick" => rounds = Rounds::QUICK,
            "--test" => rounds = Rounds::TEST,
            // Cargo passes `--bench`, and the name of the benchmark may follow.
            _ => {}
        }
    }
    let names = Table::measured("server names", &NAMES, Kind::Name, &rounds);
    let patterns = Table::measured("regular expressions", &PATTERNS, Kind::Pattern, &rounds);
    print!("{names}\n{patterns}\n{}", names.goal(2.0));
}

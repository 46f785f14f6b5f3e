//! What it costs a program to deliver its spans: `cargo bench -p fedtrace-peers --bench delivery`.
//!
//! Each contender sends the same traces to a sink on loopback. Sender and sink are processes of their own, so that the
//! CPU time of a sender is all that its spans cost: making, encoding and sending them. `-- --quick` takes a sixth of
//! the time. `docs/performance.md` explains the table.

mod contender;
mod load;
mod otel;
mod ours;
mod peer_fastrace;
mod peer_rustracing;
mod program;
#[path = "../../timing/rounds.rs"]
#[allow(dead_code, reason = "rounds of processes are fewer and need no warm-up")]
mod rounds;
mod sink;
mod table;

use std::env;

use contender::Contender;
use load::Load;
use table::Table;

/// Ours first, of each transport.
const CONTENDERS: [Contender; 5] = [
    ours::UDP,
    peer_fastrace::CONTENDER,
    peer_rustracing::CONTENDER,
    ours::OTLP,
    otel::CONTENDER,
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["sink", transport] => sink::run(transport.parse().expect("a transport")),
        ["send", which, address, bursts] => {
            let contender = &CONTENDERS[which.parse::<usize>().expect("a number")];
            let load = Load::new(bursts.parse().expect("a number"));
            let sent = (contender.deliver)(address.parse().expect("an address"), &load);
            println!("{sent}");
        }
        _ => {
            let (rounds, bursts) = if arguments.contains(&"--test") {
                (1, 3)
            } else if arguments.contains(&"--quick") {
                (2, 25)
            } else {
                (5, 100)
            };
            print!("{}", Table::measured(rounds, bursts));
        }
    }
}

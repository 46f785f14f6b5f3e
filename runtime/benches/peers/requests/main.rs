//! What a request of a server costs with the layer of fedtrace, beside `TraceLayer` of tower-http with `tracing-opentelemetry`,
//! and `fastrace-axum`: `cargo bench -p fedtrace-peers --bench requests`.
//!
//! A router of axum gets requests without sockets, one after the other, and the body of each answer is read to its end. Everything is
//! measured in one process, in many short rounds in which all take their turn. `-- --quick` takes a tenth of the time.
//! `docs/performance.md` explains the table.
//!
//! `-- --count fedtrace 1000` only sends so many requests to one of them, in the function `measured`, so that valgrind can count its
//! instructions; `router` is the one without a layer.

mod contender;
mod count;
#[path = "../counting.rs"]
mod counting;
#[path = "../../timing/rounds.rs"]
mod rounds;
mod server;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use contender::Contender;
use rounds::Rounds;
use server::send;

/// How many requests are between two readings of the clock. Their spans fit into everybody's queue.
const TIMES: u32 = 256;

fn main() -> ExitCode {
    if let Some((name, times)) = count::wanted() {
        return count::send_only(&name, times);
    }
    let rounds = Rounds::of_arguments(1500);
    let mut contenders = contender::all();
    let names: Vec<_> = contenders.iter().map(|contender| contender.name).collect();
    let contenders = std::cell::RefCell::new(&mut contenders);
    let medians = rounds.medians(names.len(), |who| Some(run(&mut contenders.borrow_mut()[who])));
    table::write(&names, &medians);
    let contenders = contenders.into_inner();
    match contenders.iter().all(|contender| (contender.has_arrived)()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The nanoseconds of a request.
fn run(contender: &mut Contender) -> f64 {
    let router = &mut contender.router;
    let taken = tracing::dispatcher::with_default(&contender.dispatch, || {
        let start = Instant::now();
        (0..TIMES).for_each(|_| send(router));
        start.elapsed()
    });
    (contender.drain)();
    taken.as_nanos() as f64 / f64::from(TIMES)
}

//! Requests to other homeservers, one on the whitelist and one not, and what each of them is told.
//!
//! `cargo run --example federation_client` sends to both: by reqwest with `send_to`, by a client with `ClientLayer`, and a
//! transaction with an EDU that ruma holds as `Raw<T>`. It prints what arrived, and the trace. Look at:
//!
//! * the headers: `listed.example.org` gets `uber-trace-id`, `stranger.example.net` gets nothing, not even the `traceparent` that
//!   other code had written;
//! * the EDU: its context left with the transaction to the one, and was removed from the transaction to the other;
//! * `on_edu`: where the context arrived, it is in our trace; where it did not, it begins a trace of its own;
//! * `outgoing-federation-request`: `peer.address` is the name of the homeserver, which decides, and not the host of the URL.
//!
//! `client.rs` sends, `edu.rs` has the EDU, `peer.rs` is the other side.

// An example is no library: nothing of it is reachable, and `pub` still says what a module offers.
#![allow(unreachable_pub)]

mod client;
mod edu;
mod peer;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::time::Duration;

use fedtrace::Tracer;
use fedtrace::reporter::{ConsoleReporter, Reporter};
use fedtrace::whitelist::Whitelist;

use crate::client::Client;
use crate::peer::{Peer, Received};

const OURS: &str = "ours.example.org";
const LISTED: &str = "listed.example.org";
const STRANGER: &str = "stranger.example.net";

fn main() -> Result<(), Box<dyn Error>> {
    for received in run(ConsoleReporter::stdout())? {
        println!("{received}");
    }
    Ok(())
}

#[tokio::main]
async fn run(reporter: impl Reporter + 'static) -> Result<Vec<Received>, Box<dyn Error>> {
    let (tracer, guard) = Tracer::builder(OURS)
        .reporter(reporter)
        .homeserver_whitelist(Whitelist::new(["*.example.org"])?)
        .build()?;
    fedtrace::set_global_tracer(tracer)?;

    let peers = [Peer::start(LISTED).await?, Peer::start(STRANGER).await?];
    let client = Client::new()?;
    client.ask_all(&peers).await?;
    guard.shutdown_async(Duration::from_secs(5)).await?;
    Ok(peers.iter().flat_map(Peer::received).collect())
}

//! The server that `.ci/browser` opens: a homeserver and its worker, and the page of their traces. One request hangs, one is slow,
//! two failed, and one has names that an attacker chose. It prints the address of the page, and runs until its input ends.

mod homeserver;
mod requests;
mod server;
mod worker;

use std::error::Error;
use std::io::{self, Read as _};

use fedtrace::page::Traces;

use server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let traces = Traces::new();
    let worker = Server::start("example.org event_persister", &traces, worker::app()).await?;
    let page = traces.service().loopback_only();
    let app = homeserver::app(worker.url("")).nest_service("/_fedtrace", page);
    let homeserver = Server::start("example.org main", &traces, app).await?;
    let open = requests::send(&homeserver).await?;
    for server in [&worker, &homeserver] {
        server.flush().await?;
    }
    println!("{}", homeserver.url("/_fedtrace"));
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    drop(open);
    Ok(())
}

//! Three homeservers on this machine, the federation requests between them, and the trace of it all.
//!
//! Alice sends a message through `a.myotherhomeservers.com`, which tells the other two. All have the
//! configuration of `homeserver.yaml`, so only the first two trust each other with their traces. Then a server that
//! they trust turns out to be hostile, and attacks a fourth.
//!
//! In the order in which a reader may want them: `client.rs` sends requests, `router.rs` receives them,
//! `federation_api.rs` and `client_api.rs` answer them. `hostile.rs` is the attack. `report.rs` shows what came of
//! it all, `account.rs` what of the attack, and both check each claim. `page.rs` shows the traces in a browser.

// An example is no library: nothing of it is reachable, and `pub` still says what a module offers.
#![allow(unreachable_pub)]

mod account;
mod auth;
mod client;
mod client_api;
mod error;
mod events;
mod federation_api;
mod homeserver;
mod hostile;
mod page;
mod report;
mod router;

use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use fedtrace::TracerGuard;
use fedtrace::sampler::ConstSampler;
use serde_json::json;
use tokio::net::TcpListener;

use crate::auth::ALICE;
use crate::client::Resolver;
use crate::events::{Pdu, lock};
use crate::homeserver::Homeserver;
use crate::hostile::{Attack, Received};

const OURS: &str = "a.myotherhomeservers.com";
const TRUSTED: &str = "mytrustedhomeserver.org";
const STRANGER: &str = "stranger.example.net";
/// One of ours, whose own sampler records nothing.
const QUIET: &str = "quiet.myotherhomeservers.com";
/// A server on the whitelist that somebody has taken over.
const HOSTILE: &str = "hostile.myotherhomeservers.com";

const ROOM: &str = "!lounge:mytrustedhomeserver.org";
const TRAP: &str = "!trap:hostile.myotherhomeservers.com";
/// Which servers are in which room.
const ROOMS: [(&str, &[&str]); 2] = [(ROOM, &[OURS, TRUSTED, STRANGER]), (TRAP, &[QUIET, HOSTILE])];

const FORGED_TRACE_ID: u128 = 0xbad_1dea;

/// What happened, for the report.
struct Story {
    ours: Arc<Homeserver>,
    trusted: Arc<Homeserver>,
    stranger: Arc<Homeserver>,
    /// The headers of the answer to Alice's client.
    answer: HeaderMap,
    /// The answer to a request without authorization.
    forged: StatusCode,
    siege: Siege,
}

/// What happened between the quiet server and the hostile one.
struct Siege {
    quiet: Arc<Homeserver>,
    stranger: Arc<Homeserver>,
    /// How many requests the stranger had got before.
    strangers_requests: usize,
    attack: Attack,
    /// The headers of the answer to Alice's client.
    answer: HeaderMap,
    /// What the hostile server was told.
    received: Received,
}

impl Story {
    fn servers(&self) -> impl Iterator<Item = &Homeserver> {
        [&self.ours, &self.trusted, &self.stranger, &self.siege.quiet]
            .into_iter()
            .map(Arc::as_ref)
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("federation: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (story, guards) = play()?;
    for guard in guards {
        // What was not sent by then is in the report.
        let _ = guard.shutdown(Duration::from_secs(2));
    }
    report::print(&story)?;
    account::print(&story.siege)?;
    report::print_where_to_look(&story)?;
    println!(
        "\nOr open this file in a browser:\n\n    {}",
        page::write(&story)?.display()
    );
    match env::args().any(|argument| argument == "--serve") {
        true => page::serve(),
        false => {
            println!("\nWith `-- --serve`, the servers go on, and there is a page of what happens.");
            Ok(())
        }
    }
}

#[tokio::main]
async fn play() -> Result<(Story, [TracerGuard; 4]), Box<dyn Error>> {
    let (listeners, resolver) = listen(&[OURS, TRUSTED, STRANGER, QUIET, HOSTILE]).await?;
    let (ours, our_guard) = Homeserver::new(OURS, &resolver)?;
    let (trusted, their_guard) = Homeserver::new(TRUSTED, &resolver)?;
    let (stranger, strangers_guard) = Homeserver::new(STRANGER, &resolver)?;
    let (quiet, quiet_guard) = Homeserver::with(QUIET, &resolver, |builder| {
        builder
            .sampler(ConstSampler::new(false))
            .force_tracing_for_users([ALICE])
    })?;
    ours.store.add(message("$hello", ALICE, "Hello!"));
    stranger.store.add(message(
        "$question",
        "@carol:stranger.example.net",
        "Is anybody there?",
    ));
    let mut listeners = listeners.into_iter();
    for (server, listener) in [&ours, &trusted, &stranger, &quiet]
        .into_iter()
        .zip(&mut listeners)
    {
        router::serve(server, listener);
    }
    let hostile = listeners.next().ok_or("the hostile server has no listener")?;

    let answer = send_message(&resolver, OURS, ROOM).await?;
    let forged = send_forged_request(&resolver).await?;
    for server in [&ours, &trusted, &stranger] {
        server.finish_background_processes().await;
    }
    let siege = besiege(&resolver, quiet, Arc::clone(&stranger), hostile).await?;
    let story = Story {
        ours,
        trusted,
        stranger,
        answer,
        forged,
        siege,
    };
    Ok((story, [our_guard, their_guard, strangers_guard, quiet_guard]))
}

/// A listener for each of these servers, and where they are.
async fn listen(names: &[&str]) -> Result<(Vec<TcpListener>, Resolver), Box<dyn Error>> {
    let (mut listeners, mut addresses) = (Vec::new(), HashMap::new());
    for name in names {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.insert((*name).to_owned(), listener.local_addr()?);
        listeners.push(listener);
    }
    Ok((listeners, Resolver::new(addresses)))
}

/// What the hostile server does, and what happens when Alice sends it a message.
async fn besiege(
    resolver: &Resolver,
    quiet: Arc<Homeserver>,
    stranger: Arc<Homeserver>,
    hostile: TcpListener,
) -> Result<Siege, Box<dyn Error>> {
    let received = hostile::serve(hostile, address(resolver, STRANGER)?);
    let strangers_requests = lock(&stranger.received).len();
    let attack = hostile::attack(address(resolver, QUIET)?).await?;
    let answer = send_message(resolver, QUIET, TRAP).await?;
    quiet.finish_background_processes().await;
    Ok(Siege {
        quiet,
        stranger,
        strangers_requests,
        attack,
        answer,
        received,
    })
}

fn address(resolver: &Resolver, name: &str) -> Result<SocketAddr, String> {
    resolver
        .get(name)
        .copied()
        .ok_or_else(|| format!("{name} has no address"))
}

fn message(event_id: &str, sender: &str, body: &str) -> Pdu {
    Pdu {
        event_id: event_id.to_owned(),
        room_id: ROOM.to_owned(),
        sender: sender.to_owned(),
        r#type: "m.room.message".to_owned(),
        content: json!({ "msgtype": "m.text", "body": body }),
        prev_events: Vec::new(),
    }
}

/// What Alice's client does.
async fn send_message(resolver: &Resolver, server: &str, room: &str) -> Result<HeaderMap, Box<dyn Error>> {
    let address = address(resolver, server)?;
    let content = json!({
        "msgtype": "m.text",
        "body": "Yes, Carol.",
        "m.relates_to": { "m.in_reply_to": { "event_id": "$question" } },
    });
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .put(format!(
            "http://{address}/_matrix/client/v3/rooms/{room}/send/m.room.message/reply"
        ))
        .bearer_auth(auth::ALICES_TOKEN)
        .json(&content)
        .send()
        .await?
        .error_for_status()?;
    Ok(answer.headers().clone())
}

/// What somebody does who wants to write into our traces: no authorization, but a span context.
async fn send_forged_request(resolver: &Resolver) -> Result<StatusCode, Box<dyn Error>> {
    let address = address(resolver, OURS)?;
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .get(format!("http://{address}/_matrix/federation/v1/event/$hello"))
        .header("uber-trace-id", format!("{FORGED_TRACE_ID:x}:1:0:1"))
        .send()
        .await?;
    Ok(answer.status())
}

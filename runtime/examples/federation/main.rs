//! Three homeservers on this machine, the federation requests between them, and the trace of it all.
//!
//! Alice sends a message through `a.myotherhomeservers.com`, which tells the other two. All have the
//! configuration of `homeserver.yaml`, so only the first two trust each other with their traces.
//!
//! In the order in which a reader may want them: `client.rs` sends requests, `homeserver.rs` receives them,
//! `federation_api.rs` and `client_api.rs` answer them. `report.rs` shows what came of it and checks each claim.

// An example is no library: nothing of it is reachable, and `pub` still says what a module offers.
#![allow(unreachable_pub)]

mod auth;
mod client;
mod client_api;
mod error;
mod events;
mod federation_api;
mod homeserver;
mod report;
mod router;

use std::collections::HashMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use fedtrace::TracerGuard;
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::Resolver;
use crate::events::Pdu;
use crate::homeserver::Homeserver;

const OURS: &str = "a.myotherhomeservers.com";
const TRUSTED: &str = "mytrustedhomeserver.org";
const STRANGER: &str = "stranger.example.net";

const ROOM: &str = "!lounge:mytrustedhomeserver.org";
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
}

impl Story {
    fn servers(&self) -> impl Iterator<Item = &Homeserver> {
        [&self.ours, &self.trusted, &self.stranger]
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
    Ok(())
}

#[tokio::main]
async fn play() -> Result<(Story, [TracerGuard; 3]), Box<dyn Error>> {
    let names = [OURS, TRUSTED, STRANGER];
    let (mut listeners, mut addresses) = (Vec::new(), HashMap::new());
    for name in names {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.insert(name.to_owned(), listener.local_addr()?);
        listeners.push(listener);
    }
    let resolver = Resolver::new(addresses);
    let (ours, our_guard) = Homeserver::new(OURS, &resolver)?;
    let (trusted, their_guard) = Homeserver::new(TRUSTED, &resolver)?;
    let (stranger, strangers_guard) = Homeserver::new(STRANGER, &resolver)?;
    ours.store
        .add(message("$hello", "@alice:a.myotherhomeservers.com", "Hello!"));
    stranger.store.add(message(
        "$question",
        "@carol:stranger.example.net",
        "Is anybody there?",
    ));
    for (server, listener) in [&ours, &trusted, &stranger].into_iter().zip(listeners) {
        router::serve(server, listener);
    }

    let answer = send_message(&resolver).await?;
    let forged = send_forged_request(&resolver).await?;
    for server in [&ours, &trusted, &stranger] {
        server.finish_background_processes().await;
    }
    let story = Story {
        ours,
        trusted,
        stranger,
        answer,
        forged,
    };
    Ok((story, [our_guard, their_guard, strangers_guard]))
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
async fn send_message(resolver: &Resolver) -> Result<HeaderMap, Box<dyn Error>> {
    let address = resolver.get(OURS).ok_or("our server has no address")?;
    let content = json!({
        "msgtype": "m.text",
        "body": "Yes, Carol.",
        "m.relates_to": { "m.in_reply_to": { "event_id": "$question" } },
    });
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .put(format!(
            "http://{address}/_matrix/client/v3/rooms/{ROOM}/send/m.room.message/reply"
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
    let address = resolver.get(OURS).ok_or("our server has no address")?;
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .get(format!("http://{address}/_matrix/federation/v1/event/$hello"))
        .header("uber-trace-id", format!("{FORGED_TRACE_ID:x}:1:0:1"))
        .send()
        .await?;
    Ok(answer.status())
}

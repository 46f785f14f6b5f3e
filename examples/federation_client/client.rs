//! The ways out: every request names the homeserver that it is for.

use std::error::Error;

use bytes::Bytes;
use fedtrace::reqwest::SendTo as _;
use fedtrace::tower::{ClientLayer, Recipient};
use fedtrace::{Destination, TraceFutureExt as _, start_send_raw_transaction, tag_args, trace};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use reqwest::redirect;
use ruma_common::serde::Raw;
use serde_json::json;
use tower::{Layer as _, ServiceExt as _};

use crate::edu::{Edu, new_edu};
use crate::peer::Peer;

pub struct Client {
    http: reqwest::Client,
}

impl Client {
    pub fn new() -> reqwest::Result<Self> {
        // A redirect would carry our headers to a server that nobody asked the whitelist about.
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy();
        Ok(Self { http: http.build()? })
    }

    #[trace]
    pub async fn ask_all(&self, peers: &[Peer]) -> Result<(), Box<dyn Error>> {
        // It waits for its transaction in a queue, as in a database.
        let edu = new_edu()?;
        for peer in peers {
            self.get_version(peer).await?;
            get_keys(peer).await?;
            self.send_transaction(peer, vec![edu.clone()]).await?;
        }
        Ok(())
    }

    /// By reqwest. The old `traceparent` is what a proxy does that hands headers on.
    #[trace]
    #[tag_args(skip_all, fields(server = peer.name))]
    async fn get_version(&self, peer: &Peer) -> reqwest::Result<()> {
        let request = self.http.get(peer.url("version")).header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        );
        let answer = request.send_to(homeserver(peer)).await?;
        answer.bytes().await.map(drop)
    }

    /// Who may see the contexts of the EDUs is decided here, and not when the EDUs were made.
    async fn send_transaction(&self, peer: &Peer, edus: Vec<Raw<Edu>>) -> reqwest::Result<()> {
        let mut edus: Vec<_> = edus.into_iter().map(Raw::into_json).collect();
        let span = start_send_raw_transaction(&mut edus, Destination::Homeserver(peer.name));
        let request = self.http.put(peer.url("send/1")).json(&json!({ "edus": edus }));
        let answer = request.send_to(homeserver(peer)).in_span(span).await?;
        answer.bytes().await.map(drop)
    }
}

/// By any client that is a service of tower.
#[trace]
#[tag_args(skip_all, fields(server = peer.name))]
async fn get_keys(peer: &Peer) -> Result<(), Box<dyn Error>> {
    let client = ClientLayer::new().layer(HyperClient::builder(TokioExecutor::new()).build_http());
    let mut request = http::Request::get(peer.url("keys")).body(Empty::<Bytes>::new())?;
    request.extensions_mut().insert(homeserver(peer));
    let answer = client.oneshot(request).await?;
    answer.into_body().collect().await?;
    Ok(())
}

fn homeserver(peer: &Peer) -> Recipient {
    Recipient::Homeserver(peer.name.to_owned())
}

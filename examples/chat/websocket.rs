//! A chat: what one connection says, all hear. Each connection has two tasks.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use fedtrace::tokio::JoinSetExt as _;
use fedtrace::tower::upgraded;
use fedtrace::{set_tag, trace};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::App;

/// The callback runs in a task of its own, after the answer. Its span follows from the request.
pub async fn upgrade(State(app): State<App>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(upgraded("connection", |socket| connection(socket, app)))
}

/// Lasts until the client leaves.
async fn connection(socket: WebSocket, app: App) {
    let (sender, receiver) = socket.split();
    let messages = app.messages.subscribe();
    let mut tasks = JoinSet::new();
    tasks.spawn_in_active_span(send_all(messages, sender));
    tasks.spawn_in_active_span(receive_all(receiver, app.messages.clone()));
    // One of them is over when the client has left. The other one is stopped.
    tasks.join_next().await;
    tasks.shutdown().await;
    drop(app.connected);
}

async fn send_all(mut messages: broadcast::Receiver<String>, mut sender: SplitSink<WebSocket, Message>) {
    while let Ok(text) = messages.recv().await {
        if send_message(&mut sender, text).await.is_err() {
            break;
        }
    }
}

async fn receive_all(mut receiver: SplitStream<WebSocket>, messages: broadcast::Sender<String>) {
    while let Some(Ok(message)) = receiver.next().await {
        if let Message::Text(text) = message {
            on_message(&messages, text.to_string());
        }
    }
}

#[trace]
async fn send_message(sender: &mut SplitSink<WebSocket, Message>, text: String) -> Result<(), axum::Error> {
    set_tag("bytes", text.len());
    sender.send(Message::Text(text.into())).await
}

/// How long a message is may be in a trace, what it says may not.
#[trace]
fn on_message(messages: &broadcast::Sender<String>, text: String) {
    set_tag("bytes", text.len());
    // Nobody may be left who listens.
    let _ = messages.send(text);
}

//! Messages to devices, which travel in EDUs.

use std::time::SystemTime;

use axum::http::Method;
use fedtrace::{
    Destination, Origin, TraceFutureExt as _, inject_edu, start_send_transaction, start_span_from_edu,
    strip_edu, trace,
};
use ruma_common::ServerName;
use serde_json::{Value, json};

use crate::error::{MatrixError, MatrixResult};
use crate::federation_api::Edu;
use crate::federation_client::path;
use crate::homeserver::Homeserver;
use crate::json::Content;
use crate::signing::milliseconds;

const DIRECT_TO_DEVICE: &str = "m.direct_to_device";

impl Homeserver {
    /// The EDU of a message. It has the context of the request that has caused it, for ourselves until it is sent.
    #[trace]
    pub(crate) fn store_message(&self, kind: &str, user: &str, messages: &Value) -> Content {
        let mut content = Content::new();
        content.insert("sender".to_owned(), self.user_id().into());
        content.insert("type".to_owned(), kind.into());
        content.insert("message_id".to_owned(), self.next_transaction().into());
        content.insert("messages".to_owned(), json!({ user: messages }));
        inject_edu(&mut content, Destination::Internal);
        content
    }

    /// Sends EDUs in a transaction. What the other server may know of their contexts is decided here, before the
    /// transaction is signed.
    pub(crate) async fn send_transaction(
        &self,
        destination: &ServerName,
        mut edus: Vec<Content>,
    ) -> MatrixResult<()> {
        let span = start_send_transaction(&mut edus, Destination::Homeserver(destination.as_str()));
        let edus: Vec<_> = edus
            .into_iter()
            .map(|content| json!({ "edu_type": DIRECT_TO_DEVICE, "content": content }))
            .collect();
        let transaction = json!({
            "origin": self.name,
            "origin_server_ts": milliseconds(SystemTime::now()),
            "pdus": [],
            "edus": edus,
        });
        let id = self.next_transaction();
        let path = path(["_matrix", "federation", "v1", "send", &id]);
        let sending = self.send_federation_request(Method::PUT, destination, path, Some(transaction));
        sending.in_span(span).await.map(|_| ())
    }

    /// Takes an EDU of another homeserver.
    pub(crate) async fn handle_edu(&self, origin: &str, mut edu: Edu) {
        let span = start_span_from_edu(
            &edu.content,
            "handle_edu",
            Origin::AuthenticatedHomeserver(origin),
        );
        span.set_tag("edu_type", edu.edu_type.clone());
        strip_edu(&mut edu.content);
        async {
            if edu.edu_type == DIRECT_TO_DEVICE {
                self.receive_to_device(&edu.content);
            }
        }
        .in_span(span)
        .await;
    }

    #[trace]
    fn receive_to_device(&self, content: &Content) {
        let to_us = content
            .get("messages")
            .and_then(|messages| messages.get(self.user_id()));
        for message in to_us
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|devices| devices.values())
        {
            self.receive(json!({
                "type": content.get("type"),
                "sender": content.get("sender"),
                "content": message,
            }));
        }
    }
}

/// The users of a request of a client, and what each gets.
pub(crate) fn messages(body: &Value) -> MatrixResult<impl Iterator<Item = (&String, &Value)>> {
    let messages = body.get("messages").and_then(Value::as_object);
    let messages = messages.ok_or_else(|| MatrixError::invalid("there are no messages"))?;
    Ok(messages.iter())
}

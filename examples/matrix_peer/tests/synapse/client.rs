//! The client API, which Synapse and our server share.

use std::time::Duration;

use fedtrace::TraceId;
use serde_json::Value;

/// A user's client.
#[derive(Debug)]
pub(crate) struct Client {
    base: String,
    token: Option<String>,
    agent: ureq::Agent,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// The trace of the request, as the server tells its clients.
    pub(crate) trace_id: Option<TraceId>,
}

impl Client {
    pub(crate) fn new(port: u16, token: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .http_status_as_error(false);
        Self {
            base: format!("http://127.0.0.1:{port}/_matrix"),
            token: token.map(str::to_owned),
            agent: config.build().into(),
        }
    }

    /// Sends a request; none if there is no answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Answer, ureq::Error> {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = match method {
            "GET" => String::new(),
            _ => body.to_string(),
        };
        let mut answer = self.agent.run(request.body(body)?)?;
        let trace_id = answer.headers().get("synapse-trace-id").map(|id| {
            let digits = id.to_str().expect("an id is text");
            let id = u128::from_str_radix(digits, 16).expect("an id is a number");
            TraceId::new(id).expect("an id is not zero")
        });
        Ok(Answer {
            status: answer.status().as_u16(),
            body: answer.body_mut().read_json()?,
            trace_id,
        })
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: &Value) -> Answer {
        let answer = self.ask(method, path, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The profile of a user of any server.
    pub(crate) fn profile(&self, user: &str) -> Answer {
        self.request("GET", &format!("/client/v3/profile/{user}"), &Value::Null)
    }

    /// Sends a message to all devices of a user.
    pub(crate) fn send_to_device(&self, user: &str, text: &str) -> Answer {
        let body = serde_json::json!({ "messages": { user: { "*": { "text": text } } } });
        let answer = self.request(
            "PUT",
            &format!("/client/v3/sendToDevice/org.example.note/{text}"),
            &body,
        );
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }

    /// The texts of the messages to this device that nobody has read.
    pub(crate) fn messages(&self) -> Vec<String> {
        let answer = self.request("GET", "/client/v3/sync?timeout=0", &Value::Null);
        let events = answer.body["to_device"]["events"].as_array().cloned();
        let events = events.unwrap_or_default();
        events
            .iter()
            .map(|event| event["content"]["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

impl Answer {
    /// The trace of the request.
    pub(crate) fn trace(&self) -> TraceId {
        self.trace_id.unwrap_or_else(|| panic!("no trace id: {self:?}"))
    }
}

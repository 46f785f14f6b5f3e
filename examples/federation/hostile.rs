//! A homeserver that is on the whitelist and means harm: what it sends, and what it answers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Redirect;
use fedtrace::propagation::EDU_CONTEXT;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::auth::x_matrix;
use crate::events::lock;
use crate::{HOSTILE, QUIET, STRANGER};

/// How many traces it calls sampled, one for each request.
pub const SAMPLED: u64 = 1000;
/// The items of its baggage.
pub const BAGGAGE: u64 = 3;
/// The first of the trace ids that it makes up.
const FIRST_TRACE_ID: u128 = 0xbad_0000;

/// Near misses: too few fields, too many, ids of zero, signs, spaces, digits that are none, too many digits.
pub const MALFORMED: [&str; 16] = [
    "",
    "1:2:3",
    "1:2:0:1:5",
    "0:2:0:1",
    "1:0:0:1",
    "1:2::1",
    "-1:2:0:1",
    "+1:2:0:1",
    "0x1:2:0:1",
    "1: 2:0:1",
    "1_0:2:0:1",
    "1:2:0:100",
    "1%3B2%3A0%3A1",
    "000000000000000000000000000000001:2:0:1",
    "1:00000000000000002:0:1",
    "' OR 1=1 --",
];

pub type Received = Arc<Mutex<Vec<HeaderMap>>>;

/// What came of it, as far as it can see.
pub struct Attack {
    pub answers: Vec<StatusCode>,
    pub took: Duration,
}

/// Sends every request that it gets to somebody else, and keeps what it was told.
pub fn serve(listener: TcpListener, somebody_else: SocketAddr) -> Received {
    let received = Received::default();
    let kept = Arc::clone(&received);
    let app = Router::new().fallback(move |request: Request| {
        lock(&kept).push(request.headers().clone());
        let url = format!("http://{somebody_else}{}", request.uri());
        async move { Redirect::temporary(&url) }
    });
    tokio::spawn(axum::serve(listener, app).into_future());
    received
}

/// The contexts of EDUs that it sends: one byte too long, nested, and no text.
pub fn edu_contexts() -> [Value; 3] {
    let context = r#"{"uber-trace-id":"1:2:0:1"}"#;
    [
        json!(format!("{context:4097}")),
        json!({ "opentracing": { "uber-trace-id": "1:2:0:1" } }),
        json!(1),
    ]
}

/// Sends all that it can think of.
pub async fn attack(victim: SocketAddr) -> Result<Attack, reqwest::Error> {
    let start = Instant::now();
    let mut attacker = Attacker {
        http: reqwest::Client::builder().no_proxy().build()?,
        base: format!("http://{victim}/_matrix/federation/v1"),
        answers: Vec::new(),
    };
    let all_flags = format!("{FIRST_TRACE_ID:x}:1:0:f");
    let by_force = [
        ("uber-trace-id", all_flags.as_str()),
        ("uberctx-synapse-force-tracing", "1"),
        ("uberctx-note", "to be found in your logs"),
        ("jaeger-baggage", "synapse-force-tracing=1"),
    ];
    attacker.get(HOSTILE, &by_force).await?;
    attacker.get(HOSTILE, &[("jaeger-debug-id", "me first")]).await?;
    for value in MALFORMED {
        attacker.get(HOSTILE, &[("uber-trace-id", value)]).await?;
    }
    let twice = [("uber-trace-id", "1:2:0:1"), ("uber-trace-id", "3:4:0:1")];
    attacker.get(HOSTILE, &twice).await?;
    attacker.send_edus().await?;
    attacker.get(STRANGER, &[("uber-trace-id", "1:2:0:1")]).await?;
    for id in (FIRST_TRACE_ID + 1..).take(SAMPLED as usize) {
        let context = format!("{id:x}:1:0:1");
        attacker.get(HOSTILE, &[("uber-trace-id", &context)]).await?;
    }
    Ok(Attack {
        answers: attacker.answers,
        took: start.elapsed(),
    })
}

struct Attacker {
    http: reqwest::Client,
    base: String,
    answers: Vec<StatusCode>,
}

impl Attacker {
    async fn get(&mut self, origin: &str, names: &[(&'static str, &str)]) -> Result<(), reqwest::Error> {
        let mut headers = authorization(origin);
        for (name, value) in names {
            if let Ok(value) = HeaderValue::try_from(*value) {
                headers.append(*name, value);
            }
        }
        let request = self.http.get(format!("{}/version", self.base)).headers(headers);
        self.answers.push(request.send().await?.status());
        Ok(())
    }

    async fn send_edus(&mut self) -> Result<(), reqwest::Error> {
        let edus = edu_contexts()
            .map(|context| json!({ "edu_type": "m.typing", "content": { EDU_CONTEXT: context } }));
        let transaction = json!({ "origin": HOSTILE, "pdus": [], "edus": edus });
        let request = self
            .http
            .put(format!("{}/send/edus", self.base))
            .headers(authorization(HOSTILE))
            .json(&transaction);
        self.answers.push(request.send().await?.status());
        Ok(())
    }
}

fn authorization(origin: &str) -> HeaderMap {
    let value = HeaderValue::try_from(x_matrix(origin, QUIET));
    HeaderMap::from_iter(value.map(|value| (AUTHORIZATION, value)))
}

//! What clients ask for, and what runs beside it.

use std::error::Error;
use std::time::{Duration, SystemTime};

use fedtrace::{Span, build_span, set_tag, start_active_span, tags, with_tracer};
use futures::future::try_join_all;

use crate::server::Server;

/// Sends all requests. Returns what goes on after they were answered.
pub(crate) async fn send(server: &Server) -> Result<Vec<Span>, Box<dyn Error>> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = |path: &str| server.url(path);
    let answer = async |request: reqwest::RequestBuilder| request.send().await?.text().await;
    let mut asked = vec![client.get(url("/sync")), client.get(url("/nothing/<img src=x>"))];
    asked.extend((0..2).map(|_| client.post(url("/keys/query"))));
    asked.extend((0..60).map(|_| client.get(url("/profile/@alice:example.org"))));
    let delay = |number: u64| {
        if number % 10 == 0 {
            120 + number
        } else {
            1 + number * 7 % 20
        }
    };
    asked.extend(
        (0..40).map(|number| client.put(url(&format!("/rooms/!a:example.org/send/{}", delay(number))))),
    );
    try_join_all(asked.into_iter().map(answer)).await?;
    let stuck = client.get(url("/rooms/!<b>kitchen:b.example/state"));
    tokio::spawn(stuck.send());
    wait_for_it(&client, &url("/_fedtrace?live&format=json")).await?;
    Ok(with_tracer(&server.tracer, || {
        hostile();
        too_many_spans();
        slow_loops()
    }))
}

/// Until the request that hangs does so.
async fn wait_for_it(client: &reqwest::Client, url: &str) -> Result<(), Box<dyn Error>> {
    loop {
        let live = client.get(url).send().await?.text().await?;
        if live.contains("FOR UPDATE") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What an attacker could put into a trace.
fn hostile() {
    let script = "</script><script>window.__pwned = 1</script>";
    let _root = start_active_span("<script>window.__pwned = 2</script>");
    set_tag("html", "<img src=x onerror=\"window.__pwned = 3\">");
    set_tag(tags::ERROR, true);
    fedtrace::log_kv([("event", "error"), ("message", script)]);
    drop(start_active_span("\u{202e}gnp.exe\n\u{1b}[2J"));
}

/// More than the page keeps of one trace.
fn too_many_spans() {
    let _root = start_active_span("backfill");
    (0..10_500).for_each(|_| drop(start_active_span("persist_event")));
}

/// Work without a request, which began a while ago.
fn slow_loops() -> Vec<Span> {
    let since = |name: &'static str, seconds| {
        let start = SystemTime::now() - Duration::from_secs(seconds);
        let span = build_span(name).start_time(start).start();
        span.set_tag("rooms.done", 311);
        span
    };
    vec![
        since("bgproc.purge_history", 754),
        since("bgproc.rotate_keys", 42),
    ]
}

//! What `docs/scaling.md` says of two Jaegers, one behind the other, with its files.
//!
//! Run with `.ci/jaeger run cargo test -p fedtrace-tests --test scaling -- --ignored`, or with the program of Jaeger 2
//! in `FEDTRACE_JAEGER_V2_PROGRAM`.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use fedtrace::reporter::{HttpReporter, Process, Report, Reporter};
use fedtrace::{FinishedSpan, LogRecord, Reference, SpanId, Tag, TraceId};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(30);

/// Two servers on ports of their own, which end with the test.
struct Servers {
    ports: Vec<(&'static str, String)>,
    processes: Vec<Child>,
}

impl Servers {
    fn start() -> Self {
        let names = [
            "COLLECTOR_METRICS_PORT",
            "COLLECTOR_HEALTH_PORT",
            "COLLECTOR_OTLP_PORT",
            "COLLECTOR_COMPACT_PORT",
            "COLLECTOR_THRIFT_PORT",
            "STORAGE_METRICS_PORT",
            "STORAGE_HEALTH_PORT",
            "STORAGE_OTLP_PORT",
            "STORAGE_QUERY_PORT",
            "STORAGE_QUERY_GRPC_PORT",
        ];
        let sockets = names.map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let port = |socket: &TcpListener| socket.local_addr().unwrap().port().to_string();
        let ports = names.into_iter().zip(sockets.iter().map(port)).collect();
        drop(sockets);
        let mut servers = Self {
            ports,
            processes: Vec::new(),
        };
        servers.run("storage.yaml", "STORAGE_HEALTH_PORT");
        servers.run("collector.yaml", "COLLECTOR_HEALTH_PORT");
        servers
    }

    fn run(&mut self, file: &str, health_port: &str) {
        let program = std::env::var("FEDTRACE_JAEGER_V2_PROGRAM").expect("the program of Jaeger 2");
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scaling");
        let process = Command::new(program)
            .arg("--config")
            .arg(format!("file:{}", files.join(file).display()))
            .envs(self.ports.iter().map(|(name, port)| (*name, port)))
            .env("COLLECTOR_DECISION_WAIT", "2s")
            .env("COLLECTOR_PERCENTAGE", "0")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.processes.push(process.expect("a program"));
        let deadline = Instant::now() + PATIENCE;
        while self.get(health_port, "/status").is_none() {
            assert!(Instant::now() < deadline, "{file} does not start");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn url(&self, name: &str, path: &str) -> String {
        let (_, port) = self.ports.iter().find(|(known, _)| *known == name).unwrap();
        format!("http://127.0.0.1:{port}{path}")
    }

    fn get(&self, name: &str, path: &str) -> Option<Value> {
        let config = ureq::Agent::config_builder().proxy(None).build();
        let answer = ureq::Agent::from(config).get(self.url(name, path)).call();
        answer.ok()?.body_mut().read_json().ok()
    }

    /// The trace as the query shows it, once it has so many spans.
    fn trace(&self, trace_id: TraceId, span_count: usize) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.get("STORAGE_QUERY_PORT", &format!("/api/traces/{trace_id}"));
            if let Some(trace) = answer.map(|mut answer| answer["data"][0].take()) {
                if trace["spans"]
                    .as_array()
                    .is_some_and(|spans| spans.len() == span_count)
                {
                    return trace;
                }
            }
            assert!(Instant::now() < deadline, "{trace_id} does not arrive");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn has(&self, trace_id: TraceId) -> bool {
        let answer = self.get("STORAGE_QUERY_PORT", &format!("/api/traces/{trace_id}"));
        answer.is_some_and(|answer| answer["data"][0].is_object())
    }

    /// How many traces the collector kept, and how many it did not.
    fn decisions(&self) -> (u64, u64) {
        let config = ureq::Agent::config_builder().proxy(None).build();
        let url = self.url("COLLECTOR_METRICS_PORT", "/metrics");
        let mut answer = ureq::Agent::from(config).get(url).call().unwrap();
        let metrics = answer.body_mut().read_to_string().unwrap();
        let count = |sampled: &str| {
            let mut lines = metrics.lines().filter(|line| {
                line.starts_with("otelcol_processor_tail_sampling_global_count_traces_sampled_total")
            });
            let line = lines.find(|line| line.contains(&format!("sampled=\"{sampled}\"")));
            let (_, count) = line.unwrap().rsplit_once(' ').unwrap();
            count.parse().unwrap()
        };
        (count("true"), count("false"))
    }

    fn thrift(&self) -> HttpReporter {
        HttpReporter::new(&self.url("COLLECTOR_THRIFT_PORT", "/api/traces")).unwrap()
    }

    fn otlp(&self) -> HttpReporter {
        HttpReporter::otlp(&self.url("COLLECTOR_OTLP_PORT", "/v1/traces")).unwrap()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn process() -> Process {
    Process::new(
        "example.org",
        vec![
            Tag::new("hostname", "h"),
            Tag::new("jaeger.version", "fedtrace-test"),
            Tag::new("replica", 3),
        ],
    )
}

fn new_trace() -> TraceId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    TraceId::new(1 << 64 | u128::from(NEXT.fetch_add(1, Ordering::Relaxed))).unwrap()
}

fn span(trace_id: TraceId, span_id: u64, start_time: SystemTime) -> FinishedSpan {
    let span_id = SpanId::new(span_id).unwrap();
    FinishedSpan::new(
        trace_id,
        span_id,
        format!("operation {span_id}"),
        start_time,
        Duration::from_micros(1_234),
    )
}

fn send(mut reporter: HttpReporter, spans: &[FinishedSpan]) {
    let report = reporter.report(&process(), spans.into());
    let expected = Report::sent(spans.len() as u64);
    assert_eq!(report, expected);
}

/// A span of every kind: that fails, that serves and calls, with tags of all types, logs and references.
fn varied(trace_id: TraceId, start_time: SystemTime) -> Vec<FinishedSpan> {
    let other_trace = TraceId::new(5).unwrap();
    let id = |number| SpanId::new(number).unwrap();
    let mut root = span(trace_id, 1, start_time);
    root.tags = vec![
        Tag::new("span.kind", "server"),
        Tag::new("error", true),
        Tag::new("http.status_code", 404),
        Tag::new("text", "żółć 🦀"),
        Tag::new("yes", true),
        Tag::new("smallest", i64::MIN),
        Tag::new("double", 1.5),
        Tag::new("nan", f64::NAN),
        Tag::new("binary", vec![0_u8, 1, 0xff]),
        Tag::new("w3c.tracestate", "a=b"),
    ];
    root.logs = vec![
        LogRecord::new(
            start_time + Duration::from_micros(5),
            vec![Tag::new("event", "error"), Tag::new("attempt", 3)],
        ),
        LogRecord::new(
            start_time + Duration::from_micros(6),
            vec![Tag::new("message", "again")],
        ),
    ];
    let mut child = span(trace_id, 2, start_time);
    child.parent_span_id = SpanId::new(1);
    child.tags = vec![Tag::new("span.kind", "client"), Tag::new("http.status_code", 500)];
    child.references = vec![
        Reference::follows_from(other_trace, id(9)),
        Reference::child_of(other_trace, id(8)),
    ];
    let mut follower = span(trace_id, 3, start_time);
    follower.parent_span_id = SpanId::new(1);
    follower.references = vec![Reference::follows_from(trace_id, id(1))];
    let mut orphan = span(trace_id, 4, start_time);
    orphan.references = vec![Reference::follows_from(trace_id, id(2))];
    orphan.tags = vec![Tag::new("otel.status_code", "OK"), Tag::new("error", false)];
    vec![root, child, follower, orphan]
}

/// What does not depend on the trace, nor on the order in which spans and tags are kept.
fn comparable(trace: &Value, trace_id: TraceId) -> Value {
    let text = trace.to_string().replace(&trace_id.to_string(), "TRACE");
    let mut trace: Value = serde_json::from_str(&text).unwrap();
    let by_text = |values: &mut Value, key: &str| {
        let values = values.as_array_mut().unwrap();
        values.sort_by_key(|value| value[key].as_str().unwrap().to_owned());
    };
    by_text(&mut trace["spans"], "spanID");
    for span in trace["spans"].as_array_mut().unwrap() {
        by_text(&mut span["tags"], "key");
        for log in span["logs"].as_array_mut().unwrap() {
            by_text(&mut log["fields"], "key");
        }
    }
    by_text(&mut trace["processes"]["p1"]["tags"], "key");
    trace
}

#[test]
#[ignore = "needs the program of Jaeger 2, see .ci/jaeger"]
fn the_same_spans_read_the_same_by_thrift_and_by_otlp() {
    let servers = Servers::start();
    let start_time = SystemTime::now();
    let (by_thrift, by_otlp) = (new_trace(), new_trace());
    send(servers.thrift(), &varied(by_thrift, start_time));
    send(servers.otlp(), &varied(by_otlp, start_time));
    let thrift = comparable(&servers.trace(by_thrift, 4), by_thrift);
    let otlp = comparable(&servers.trace(by_otlp, 4), by_otlp);
    assert_eq!(thrift, otlp);
}

#[test]
#[ignore = "needs the program of Jaeger 2, see .ci/jaeger"]
fn of_many_traces_those_arrive_whole_that_failed_were_slow_or_were_asked_for() {
    let servers = Servers::start();
    let start_time = SystemTime::now();
    let quiet: Vec<_> = (0..20).map(|_| new_trace()).collect();
    let kept = [(); 4].map(|()| new_trace());
    let [failed, slow, forced, debug] = kept;
    let pair = |trace_id| {
        let mut child = span(trace_id, 2, start_time);
        child.parent_span_id = SpanId::new(1);
        [span(trace_id, 1, start_time), child]
    };
    let mut failing = pair(failed);
    failing[1].tags = vec![Tag::new("error", true)];
    let mut lasting = pair(slow);
    lasting[0].duration = Duration::from_secs(6);
    let mut asked_for = pair(forced);
    asked_for[0].tags = vec![Tag::new("sampling.priority", 1)];
    let mut debugged = pair(debug);
    debugged[0].tags = vec![Tag::new("jaeger-debug-id", "ticket 7")];
    for trace_id in &quiet {
        send(servers.otlp(), &pair(*trace_id));
    }
    // The spans of a trace may come from several processes, and in any order.
    for spans in [failing, lasting, asked_for, debugged] {
        send(servers.otlp(), &spans[1..]);
        send(servers.thrift(), &spans[..1]);
    }
    for trace_id in kept {
        servers.trace(trace_id, 2);
    }
    // They were sent before those that have arrived.
    assert!(quiet.iter().all(|trace_id| !servers.has(*trace_id)));
    assert_eq!(servers.decisions(), (4, 20));
}

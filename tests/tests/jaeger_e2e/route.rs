//! The ways on which spans come to a server, and the look at what came.

use std::time::{Duration, Instant};

use fedtrace::reporter::{HttpReporter, Reporter, UdpReporter};
use fedtrace::{TraceId, Tracer, TracerBuilder, TracerGuard};
use fedtrace_tests::jaeger_query::{JaegerQuery, JaegerTrace};
use fedtrace_tests::{EmittedBatch, FakeAgent, FakeCollector};

/// How long a span may take from its end until the server shows it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Who gets the spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// The agent or collector of `fedtrace_tests`.
    Fake,
    /// Jaeger 1.62.
    V1,
    /// Jaeger 2.13.
    V2,
}

/// How they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Compact thrift by UDP.
    Compact,
    /// Binary thrift by UDP.
    Binary,
    /// Thrift by HTTP.
    Http,
    /// OTLP by HTTP, to real servers.
    Otlp,
    /// The same, compressed.
    OtlpGzip,
}

/// A server and the way to it.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) server: Server,
    pub(crate) transport: Transport,
    store: Store,
}

#[derive(Debug)]
enum Store {
    Agent(FakeAgent),
    Collector(FakeCollector),
    Jaeger(JaegerQuery),
}

impl Server {
    /// What `.ci/jaeger run` says about a real one.
    pub(crate) fn variable(self, name: &str) -> String {
        let name = format!("FEDTRACE_JAEGER_{self:?}_{name}");
        std::env::var(&name).unwrap_or_else(|_| {
            panic!("no {name}: run this as .ci/jaeger run cargo test -p fedtrace-tests --test jaeger_e2e -- --ignored")
        })
    }
}

impl Route {
    pub(crate) fn new(server: Server, transport: Transport) -> Self {
        let store = match (server, transport) {
            (Server::Fake, Transport::Http) => Store::Collector(FakeCollector::start()),
            (Server::Fake, _) => Store::Agent(FakeAgent::start()),
            _ => Store::Jaeger(JaegerQuery::new(server.variable("QUERY"))),
        };
        Self {
            server,
            transport,
            store,
        }
    }

    /// A tracer whose spans take this way.
    pub(crate) fn tracer(&self, service_name: &str) -> (Tracer, TracerGuard) {
        self.builder(service_name).build().expect("a tracer")
    }

    pub(crate) fn builder(&self, service_name: &str) -> TracerBuilder {
        Tracer::builder(service_name)
            .reporter(self.reporter())
            .process_tag("deployment", "end-to-end")
            .process_tag("replica", 3)
    }

    /// The port of the agent.
    pub(crate) fn udp_port(&self) -> u16 {
        let (_, port) = self.agent();
        port
    }

    pub(crate) fn reporter(&self) -> Box<dyn Reporter> {
        let reporter = match self.transport {
            Transport::Http => HttpReporter::new(&self.endpoint()),
            Transport::Otlp => HttpReporter::otlp(&self.server.variable("OTLP")),
            Transport::OtlpGzip => {
                HttpReporter::otlp(&self.server.variable("OTLP")).and_then(HttpReporter::gzip)
            }
            _ => {
                let (host, port) = self.agent();
                return Box::new(match self.transport {
                    Transport::Binary => UdpReporter::binary(host, port),
                    _ => UdpReporter::new(host, port),
                });
            }
        };
        Box::new(reporter.expect("an HTTP URL"))
    }

    /// The variables with which a program takes this way.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        if self.transport == Transport::Http {
            return vec![("JAEGER_ENDPOINT", self.endpoint())];
        }
        let (host, port) = self.agent();
        vec![
            ("JAEGER_AGENT_HOST", host),
            ("JAEGER_AGENT_PORT", port.to_string()),
        ]
    }

    fn agent(&self) -> (String, u16) {
        if let Store::Agent(agent) = &self.store {
            return (agent.host(), agent.port());
        }
        let name = match self.transport {
            Transport::Binary => "BINARY",
            _ => "COMPACT",
        };
        let address = self.server.variable(name);
        let (host, port) = address.split_once(':').expect("host:port");
        (host.to_owned(), port.parse().expect("a port"))
    }

    fn endpoint(&self) -> String {
        match &self.store {
            Store::Collector(collector) => collector.endpoint(),
            _ => self.server.variable("COLLECTOR"),
        }
    }

    /// The trace as soon as it has `spans` spans, or as far as it came. Panics if nothing comes.
    pub(crate) fn trace(&self, trace_id: TraceId, spans: usize) -> JaegerTrace {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.find(trace_id);
            let late = Instant::now() > deadline;
            match found {
                Some(trace) if late || trace.spans.len() >= spans => return trace,
                None if late => panic!("{:?} does not know the trace {trace_id}", self.server),
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// The trace as it is now.
    pub(crate) fn find(&self, trace_id: TraceId) -> Option<JaegerTrace> {
        match &self.store {
            Store::Jaeger(query) => query.find(trace_id),
            _ => JaegerTrace::in_batches(&self.batches(), trace_id),
        }
    }

    /// Counts the spans that are there of each trace, but for traces that were complete before. Panics if a span is
    /// there twice.
    pub(crate) fn count(&self, trace_ids: &[TraceId], stored: &mut [usize], complete: usize) {
        let batches = self.batches();
        for (&trace_id, stored) in trace_ids.iter().zip(stored) {
            if *stored >= complete {
                continue;
            }
            let mut span_ids = match &self.store {
                Store::Jaeger(query) => query.span_ids(trace_id),
                _ => {
                    let trace = JaegerTrace::in_batches(&batches, trace_id);
                    let spans = trace.map_or_else(Vec::new, |trace| trace.spans);
                    spans.into_iter().map(|span| span.span_id.to_string()).collect()
                }
            };
            *stored = span_ids.len();
            span_ids.sort_unstable();
            span_ids.dedup();
            assert_eq!(
                span_ids.len(),
                *stored,
                "spans of trace {trace_id} are there twice"
            );
        }
    }

    /// What came to a fake.
    fn batches(&self) -> Vec<EmittedBatch> {
        match &self.store {
            Store::Agent(agent) => agent.batches(),
            Store::Collector(collector) => collector.batches(),
            Store::Jaeger(_) => Vec::new(),
        }
    }

    /// A larger span has to be shortened.
    pub(crate) fn max_batch_bytes(&self) -> usize {
        match self.transport {
            Transport::Http | Transport::Otlp | Transport::OtlpGzip => 1 << 20,
            _ => 65_000,
        }
    }

    /// OpenTelemetry's spans, which are also what Jaeger 2 keeps, do not have all flags.
    pub(crate) fn keeps_flags(&self) -> bool {
        self.server != Server::V2 && !matches!(self.transport, Transport::Otlp | Transport::OtlpGzip)
    }
}

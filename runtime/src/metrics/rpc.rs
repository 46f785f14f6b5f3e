//! The metrics of incoming requests, under the names of Jaeger's client for Go.

use super::metric::{Kind, Labels, Metric, Value};
use super::requests::{Counts, Latencies, Requests};

const STATUS_CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The metrics, without values if requests are not counted. Jaeger's client for Go ends the names of all
/// counters in `_total`.
pub(super) fn metrics(counted: Option<&Requests>) -> [Metric; 3] {
    let endpoints = counted.map(|requests| requests.snapshot()).unwrap_or_default();
    let requests = |latencies: &Latencies| Value::Number(latencies.requests());
    let latencies = |latencies: &Latencies| Value::Latencies(Box::new(*latencies));
    let by_status = endpoints.iter().flat_map(|(endpoint, counts)| {
        STATUS_CLASSES.iter().zip(counts.by_status).map(|(class, count)| {
            let labels = vec![
                ("endpoint", endpoint.clone().into()),
                ("status_code", (*class).into()),
            ];
            (labels, Value::Number(count))
        })
    });
    [
        Metric {
            name: "jaeger_rpc_requests_total",
            kind: Kind::Counter,
            help: "Incoming requests.",
            values: by_error(&endpoints, requests),
        },
        Metric {
            name: "jaeger_rpc_request_latency",
            kind: Kind::Histogram,
            help: "How long incoming requests took, in seconds.",
            values: by_error(&endpoints, latencies),
        },
        Metric {
            name: "jaeger_rpc_http_requests_total",
            kind: Kind::Counter,
            help: "Incoming requests with an HTTP status code, by its class.",
            values: by_status.collect(),
        },
    ]
}

fn by_error(endpoints: &[(String, Counts)], value: impl Fn(&Latencies) -> Value) -> Vec<(Labels, Value)> {
    let both = endpoints.iter().flat_map(|(endpoint, counts)| {
        [("false", &counts.succeeded), ("true", &counts.failed)].map(|(error, latencies)| {
            let labels = vec![("endpoint", endpoint.clone().into()), ("error", error.into())];
            (labels, value(latencies))
        })
    });
    both.collect()
}

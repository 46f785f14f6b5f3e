//! The text that Prometheus fetches.

use std::fmt::Write as _;

use super::{Kind, Metric, Value, add, metrics};
use crate::requests::{BOUNDS, Latencies};
use crate::tracer::Tracer;

impl Tracer {
    /// The [`stats`](Self::stats) as the body of an answer to Prometheus, in its text format 0.0.4.
    ///
    /// The names that begin with `jaeger_` are those of Jaeger's client for Go; `docs/metrics.md` lists all. Every value has the label
    /// `service`, so that the texts of several tracers can follow each other if each metric is described once only:
    /// see [`prometheus_text`].
    ///
    /// Its content type is `text/plain; version=0.0.4`.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").build()?;
    /// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    /// let text = tracer.prometheus_text();
    /// assert!(text.contains(
    ///     "jaeger_tracer_traces_total{service=\"example.org main\",state=\"started\",sampled=\"y\"} 1\n"
    /// ));
    /// # Ok(())
    /// # }
    /// ```
    pub fn prometheus_text(&self) -> String {
        prometheus_text([self])
    }
}

/// The [`stats`](Tracer::stats) of several tracers as one body for Prometheus; see [`Tracer::prometheus_text`]. Those
/// of one service are added up, since they cannot be told apart.
pub fn prometheus_text<'a>(tracers: impl IntoIterator<Item = &'a Tracer>) -> String {
    let mut all: Vec<(String, Vec<Metric>)> = Vec::new();
    for tracer in tracers {
        let (service, more) = (escaped(tracer.service_name()), metrics(tracer));
        match all.iter_mut().find(|(known, _)| *known == service) {
            Some((_, sums)) => add(sums, &more),
            None => all.push((service, more)),
        }
    }
    let mut text = String::new();
    let described = all.first().map_or(&[][..], |(_, metrics)| metrics.as_slice());
    for (index, Metric { name, kind, help, .. }) in described.iter().enumerate() {
        let of_services = || {
            all.iter().flat_map(move |(service, metrics)| {
                let values = metrics.get(index).map_or(&[][..], |metric| &metric.values);
                values.iter().map(move |(labels, value)| (service, labels, value))
            })
        };
        if of_services().next().is_none() {
            continue;
        }
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (service, labels, value) in of_services() {
            let mut all = format!("service=\"{service}\"");
            for (label, value) in labels {
                let _ = write!(all, ",{label}=\"{value}\"");
            }
            match value {
                Value::Number(value) => {
                    let _ = writeln!(text, "{name}{{{all}}} {value}");
                }
                Value::Latencies(latencies) => write_histogram(&mut text, name, &all, latencies),
            }
        }
    }
    text
}

fn write_histogram(text: &mut String, name: &str, labels: &str, latencies: &Latencies) {
    let mut below = 0;
    for (bound, bucket) in BOUNDS.iter().zip(&latencies.buckets) {
        below += bucket.requests;
        let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
    }
    let (all, seconds) = (latencies.requests(), latencies.seconds());
    let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {all}");
    let _ = writeln!(
        text,
        "{name}_sum{{{labels}}} {seconds}\n{name}_count{{{labels}}} {all}"
    );
}

/// The value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

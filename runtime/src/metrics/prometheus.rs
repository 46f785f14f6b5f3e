//! Metrics in Prometheus' text format.

use std::fmt::Write as _;

use super::metric::{Kind, Labels, Metric, Value, add};
use super::requests::{BOUNDS, Latencies};
use super::table::{TracerCounts, metrics};

/// The counts of several tracers as one text. The values of one service are summed.
pub(crate) fn text<'a>(tracers: impl Iterator<Item = TracerCounts<'a>>) -> String {
    let mut all: Vec<(String, Vec<Metric>)> = Vec::new();
    for counted in tracers {
        let (service, more) = (escaped(counted.service_name), metrics(&counted));
        match all.iter_mut().find(|(known, _)| *known == service) {
            Some((_, sums)) => add(sums, &more),
            None => all.push((service, more)),
        }
    }
    let mut text = String::new();
    let described = all.first().map_or(&[][..], |(_, metrics)| metrics.as_slice());
    for (index, metric) in described.iter().enumerate() {
        let of_services = all
            .iter()
            .filter_map(|(service, metrics)| Some((service, metrics.get(index)?)));
        let mut values = of_services
            .flat_map(|(service, metric)| metric.values.iter().map(move |value| (service, value)))
            .peekable();
        if values.peek().is_some() {
            write_description(&mut text, metric);
        }
        for (service, (labels, value)) in values {
            write_value(&mut text, metric.name, &label_text(service, labels), value);
        }
    }
    text
}

fn write_description(text: &mut String, Metric { name, kind, help, .. }: &Metric) {
    let kind = match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn label_text(service: &str, labels: &Labels) -> String {
    let mut text = format!("service=\"{service}\"");
    for (label, value) in labels {
        let _ = write!(text, ",{label}=\"{value}\"");
    }
    text
}

fn write_value(text: &mut String, name: &str, labels: &str, value: &Value) {
    match value {
        Value::Number(value) => {
            let _ = writeln!(text, "{name}{{{labels}}} {value}");
        }
        Value::Latencies(latencies) => write_histogram(text, name, labels, latencies),
    }
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

/// The escaped value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

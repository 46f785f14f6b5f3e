//! Metrics in Prometheus' text format.

use std::fmt::Write as _;

use super::metric::{Kind, Metric, Value, add};
use super::requests::{BOUNDS, Latencies};
use super::table::{Counted, metrics};

/// The counts of several tracers as one text. The values of one service are summed.
pub(crate) fn text<'a>(tracers: impl Iterator<Item = Counted<'a>>) -> String {
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

/// The escaped value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

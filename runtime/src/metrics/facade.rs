//! The crate `metrics`, to whose recorder the worker gives the counters.

use ::metrics::Label;

use super::{Kind, Metric, metrics};
use crate::stats::Stats;

/// Gives the counters of a tracer to the recorder that the program has set, if it has.
pub(crate) fn publish(service: &str, stats: &Stats) {
    for Metric {
        name,
        kind,
        help,
        values,
    } in metrics(stats)
    {
        match kind {
            Kind::Counter => ::metrics::describe_counter!(name, help),
            Kind::Gauge => ::metrics::describe_gauge!(name, help),
        }
        for (labels, value) in values {
            let mut all = vec![Label::new("service", service.to_owned())];
            all.extend(
                labels
                    .into_iter()
                    .map(|(label, value)| Label::from_static_parts(label, value)),
            );
            match kind {
                Kind::Counter => ::metrics::counter!(name, all).absolute(value),
                Kind::Gauge => ::metrics::gauge!(name, all).set(value as f64),
            }
        }
    }
}

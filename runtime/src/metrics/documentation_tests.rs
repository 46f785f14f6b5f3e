//! Tests that `docs/metrics.md` names each metric with its kind and its labels, and no others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::metric::Kind;
use super::table::metrics;
use crate::model::tag::tags;
use crate::reporter::memory::MemoryReporter;
use crate::span::builder::build_span;
use crate::tracer::core::Tracer;

/// The kind of a metric, and the values of its labels. An endpoint can have any value.
type Described = (String, BTreeMap<String, Vec<String>>);

fn documented() -> BTreeMap<String, Described> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let page = fs::read_to_string(path).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, meaning] = cells[..] else {
            panic!("{row}");
        };
        assert!(!meaning.is_empty(), "{row}");
        let labels = labels.split(';').map(str::trim).filter(|label| !label.is_empty());
        let labels = labels.map(|label| {
            let mut quoted = label.split('`').skip(1).step_by(2).map(str::to_owned);
            (quoted.next().unwrap(), quoted.collect())
        });
        (
            name.trim_matches('`').to_owned(),
            (kind.to_owned(), labels.collect()),
        )
    })
    .collect()
}

#[test]
fn the_page_describes_each_metric_and_no_others() {
    let (tracer, _guard) = Tracer::builder("service")
        .reporter(MemoryReporter::new())
        .rpc_metrics(true)
        .build()
        .unwrap();
    let request = build_span("request").tag(tags::SPAN_KIND, tags::SPAN_KIND_SERVER);
    request.tracer(&tracer).start().finish();
    let in_code = metrics(&tracer.counted()).into_iter().map(|metric| {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let mut labels: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (label, value) in metric.values.iter().flat_map(|(labels, _)| labels) {
            let values = labels.entry((*label).to_owned()).or_default();
            if *label != "endpoint" && !values.iter().any(|known| known == value) {
                values.push(value.clone().into_owned());
            }
        }
        (metric.name.to_owned(), (kind.to_owned(), labels))
    });
    assert_eq!(documented(), in_code.collect());
}

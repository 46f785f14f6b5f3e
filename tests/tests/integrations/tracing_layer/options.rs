//! What the layer keeps besides names, fields and times.

use std::time::Duration;

use fedtrace::{TagValue, tracing_layer};
use tracing::{info, info_span};

use super::{traced, traced_by};

const OPTIONAL: [&str; 9] = [
    "target",
    "level",
    "code.file.path",
    "code.module.name",
    "code.line.number",
    "thread.id",
    "thread.name",
    "busy_ns",
    "idle_ns",
];

#[test]
fn by_default_a_span_has_its_fields_only() {
    let test = traced(|| drop(info_span!("span").entered()));
    let span = test.finished_span("span");
    for key in OPTIONAL {
        assert_eq!(span.tag(key), None, "{key}");
    }
}

#[test]
fn what_is_asked_for_is_kept() {
    let layer = tracing_layer()
        .with_target(true)
        .with_level(true)
        .with_location(true)
        .with_threads(true)
        .with_tracked_inactivity(true);
    let test = std::thread::Builder::new()
        .name("worker".to_owned())
        .spawn(move || {
            traced_by(layer, || {
                let span = info_span!(target: "sync", "span", line = line!());
                span.in_scope(|| {
                    std::thread::sleep(Duration::from_millis(2));
                    info!("event");
                });
                std::thread::sleep(Duration::from_millis(1));
            })
        });
    let test = test.unwrap().join().unwrap();
    let span = test.finished_span("span");
    let text = |key| span.tag(key).and_then(TagValue::as_str);
    assert_eq!(text("target"), Some("sync"));
    assert_eq!(text("level"), Some("INFO"));
    assert_eq!(text("code.file.path"), Some(file!()));
    assert_eq!(text("code.module.name"), Some(module_path!()));
    assert_eq!(span.tag("code.line.number"), span.tag("line"));
    assert_eq!(text("thread.name"), Some("worker"));
    let [id, busy, idle] = ["thread.id", "busy_ns", "idle_ns"].map(|key| match span.tag(key) {
        Some(TagValue::Long(number)) => *number,
        other => panic!("{key}: {other:?}"),
    });
    assert!(id > 0 && busy >= 2_000_000 && idle >= 1_000_000, "{busy} {idle}");
    let fields = &span.logs[0].fields;
    assert!(
        fields.iter().any(|field| field.key == "code.line.number"),
        "{fields:?}"
    );
}

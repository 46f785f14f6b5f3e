//! Runs a piece of work with a tracer of its own, and gives the spans that it made.

use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::{FinishedSpan, TagValue, Tracer, TracerBuilder, with_tracer};

/// Whether spans with a level are compiled. They are not with all features of fedtrace, of which `max-level-off` is one.
pub fn are_levels_compiled() -> bool {
    #[fedtrace::trace(level = "trace")]
    fn probe() {}
    !record(probe).names().is_empty()
}

/// The spans of a piece of work, in the order in which they finished.
#[derive(Debug)]
pub struct Spans(Vec<FinishedSpan>);

/// The spans of `work`, all of them sampled.
pub fn record(work: impl FnOnce()) -> Spans {
    record_with(Tracer::builder("test"), work)
}

/// The spans of `work` with a tracer of these settings.
pub fn record_with(builder: TracerBuilder, work: impl FnOnce()) -> Spans {
    let reporter = MemoryReporter::new();
    let (tracer, guard) = builder
        .reporter(reporter.clone())
        .build()
        .expect("the tracer starts");
    with_tracer(&tracer, work);
    guard
        .shutdown(Duration::from_secs(10))
        .expect("the spans are reported");
    Spans(reporter.finished_spans())
}

impl Spans {
    /// The names in the order of finishing.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|span| &*span.operation_name).collect()
    }

    /// The only span of this name.
    pub fn get(&self, name: &str) -> &FinishedSpan {
        let mut found = self.0.iter().filter(|span| span.operation_name == name);
        match (found.next(), found.next()) {
            (Some(span), None) => span,
            _ => panic!("expected one span `{name}` in {:?}", self.names()),
        }
    }

    /// The value of a tag of the only span of this name.
    pub fn tag(&self, name: &str, key: &str) -> Option<&TagValue> {
        let tags = &self.get(name).tags;
        tags.iter().find(|tag| tag.key == key).map(|tag| &tag.value)
    }

    /// The tags of the only span of this name that come from its arguments, as `name=value`.
    pub fn arguments(&self, name: &str) -> Vec<String> {
        let tags = self.get(name).tags.iter();
        tags.filter_map(|tag| Some(format!("{}={}", tag.key.strip_prefix("ARG.")?, tag.value)))
            .collect()
    }

    /// The kind and message of the error that the only span of this name recorded.
    pub fn error(&self, name: &str) -> Option<(String, String)> {
        let span = self.get(name);
        let field = |key: &str| {
            let fields = span.logs.iter().flat_map(|log| &log.fields);
            fields
                .filter(|field| field.key == key)
                .map(|field| field.value.to_string())
                .next()
        };
        assert_eq!(field("event").is_some(), self.tag(name, "error").is_some());
        Some((field("error.kind")?, field("message").unwrap_or_default()))
    }

    /// The first is the parent of the second.
    pub fn is_parent(&self, parent: &str, child: &str) -> bool {
        self.get(child).parent_span_id == Some(self.get(parent).span_id)
    }
}

//! Spans that are open, for messages.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use crate::tracer::core::Tracer;
use crate::tracer::open_spans::SeenSpan;
use crate::util::clock;
use crate::util::tick::Tick;

/// A span that has started and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenSpan {
    /// Its last name.
    pub operation_name: String,
    /// How long ago it started, by the real clock.
    pub age: Duration,
    /// The name of its parent, if that is open, too, and began on the same thread.
    pub parent: Option<String>,
}

impl OpenSpan {
    /// Those of this tracer, if it knows them.
    pub(super) fn of(tracer: &Tracer) -> Vec<Self> {
        let open = tracer.inner().open_spans();
        Self::all(open.map(|open| open.list()).unwrap_or_default())
    }

    fn all(seen: Vec<SeenSpan>) -> Vec<Self> {
        let now = Tick::now();
        let names: HashMap<u64, String> = seen.iter().map(|span| (span.number, span.name.clone())).collect();
        let open = seen.into_iter().map(|span| Self {
            age: clock::duration(span.start, now),
            parent: names.get(&span.parent).cloned(),
            operation_name: span.name,
        });
        open.collect()
    }
}

/// For example `"store" below "GET /send", for 1.2ms`.
impl fmt::Display for OpenSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.operation_name)?;
        if let Some(parent) = &self.parent {
            write!(f, " below {parent:?}")?;
        }
        write!(f, ", for {:.1?}", self.age)
    }
}

/// A line for each.
pub(super) fn lines(open: &[OpenSpan]) -> String {
    open.iter().map(|span| format!("\n  {span}")).collect()
}

/// The message for spans that should have finished.
pub(super) fn still_open(open: &[OpenSpan], when: &str) -> String {
    let spans = match open.len() {
        1 => "1 span is".to_owned(),
        count => format!("{count} spans are"),
    };
    format!("{spans} still open {when}:{}", lines(open))
}

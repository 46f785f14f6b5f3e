//! Ids of the trace and the span in records of the crate `log`.

use log::kv::{self, Key, Source, Value, VisitSource};
use log::{Log, Metadata, Record};

use crate::span::shown_ids::{ShownIds, shown_ids};

/// A logger whose records have the ids of the active span. Made by [`log_with_trace_ids`].
#[derive(Debug)]
pub struct LogWithTraceIds<L>(L);

/// Adds the key-values `trace_id` and `span_id` to the records of a logger, if a span is active.
///
/// They stand behind those that the record has. They are there whether the trace is recorded or not, and do not keep a span
/// from getting [another parent](crate::Span::set_parent) later.
///
/// ```
/// # struct Lines;
/// # impl log::Log for Lines {
/// #     fn enabled(&self, _: &log::Metadata) -> bool { true }
/// #     fn log(&self, _: &log::Record) {}
/// #     fn flush(&self) {}
/// # }
/// # fn main() -> Result<(), log::SetLoggerError> {
/// let logger = fedtrace::log_with_trace_ids(Lines);
/// log::set_logger(Box::leak(Box::new(logger)))?;
/// log::set_max_level(log::LevelFilter::Info);
/// # Ok(())
/// # }
/// ```
pub fn log_with_trace_ids<L: Log>(logger: L) -> LogWithTraceIds<L> {
    LogWithTraceIds(logger)
}

impl<L: Log> Log for LogWithTraceIds<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let Some(ids) = shown_ids() else {
            return self.0.log(record);
        };
        let pairs = WithIds {
            others: record.key_values(),
            ids,
        };
        let record = record.to_builder().key_values(&pairs).build();
        self.0.log(&record);
    }

    fn flush(&self) {
        self.0.flush();
    }
}

/// The key-values of a record, and the ids.
struct WithIds<'a> {
    others: &'a dyn Source,
    ids: ShownIds,
}

impl Source for WithIds<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), kv::Error> {
        self.others.visit(visitor)?;
        let ShownIds { trace_id, span_id } = &self.ids;
        visitor.visit_pair(Key::from_str("trace_id"), Value::from_display(trace_id))?;
        visitor.visit_pair(Key::from_str("span_id"), Value::from_display(span_id))
    }

    fn get(&self, key: Key<'_>) -> Option<Value<'_>> {
        let ShownIds { trace_id, span_id } = &self.ids;
        self.others.get(key.clone()).or_else(|| match key.as_str() {
            "trace_id" => Some(Value::from_display(trace_id)),
            "span_id" => Some(Value::from_display(span_id)),
            _ => None,
        })
    }

    fn count(&self) -> usize {
        self.others.count() + 2
    }
}

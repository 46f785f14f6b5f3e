//! Spans of several services, with the times that they are given.

use std::time::{Duration, SystemTime};

use fedtrace::reporter::Process;
use fedtrace::{FinishedSpan, LogRecord, Reference, SpanId, Tag, TraceId};

pub(crate) const OURS: usize = 0;
pub(crate) const WORKER: usize = 1;
pub(crate) const THEIRS: usize = 2;

/// 2026-11-29, 14:03:07 UTC.
const START: Duration = Duration::from_secs(1_795_960_987);
/// The clock of the other homeserver is behind ours.
const BEHIND: Duration = Duration::from_millis(840);

pub(crate) struct Recording(Vec<(Process, Vec<FinishedSpan>)>);

impl Recording {
    pub(crate) fn new() -> Self {
        let process = |name: &str, host: &str| {
            let tags = vec![
                Tag::new("hostname", host.to_owned()),
                Tag::new("fedtrace.version", "0.1.0"),
                Tag::new("process.pid", 4711),
            ];
            (Process::new(name, tags), Vec::new())
        };
        Self(vec![
            process("example.org main", "matrix-1"),
            process("example.org event_persister", "matrix-1"),
            process("b.example main", "b-7f9c"),
        ])
    }

    pub(crate) fn services(&self) -> impl Iterator<Item = (&Process, &Vec<FinishedSpan>)> {
        let services = self.0.iter().map(|(process, spans)| (process, spans));
        services.filter(|(_, spans)| !spans.is_empty())
    }

    pub(crate) fn append(&mut self, other: &Self) {
        for ((_, spans), (_, more)) in self.0.iter_mut().zip(&other.0) {
            spans.extend_from_slice(more);
        }
    }

    pub(crate) fn push(&mut self, service: usize, span: FinishedSpan) {
        self.0[service].1.push(span);
    }

    /// Adds a span between two milliseconds after the common start, as the clock of its host shows them.
    pub(crate) fn span(
        &mut self,
        service: usize,
        (trace, id, parent): (u128, u64, u64),
        name: &'static str,
        (from, to): (f64, f64),
    ) -> &mut FinishedSpan {
        let mut start = at(from);
        if service == THEIRS {
            start -= BEHIND;
        }
        let duration = Duration::from_secs_f64((to - from) / 1e3);
        let mut span = FinishedSpan::new(trace_id(trace), span_id(id), name, start, duration);
        span.parent_span_id = SpanId::new(parent);
        span.local_root = parent == 0;
        let spans = &mut self.0[service].1;
        spans.push(span);
        spans.last_mut().expect("it was pushed")
    }
}

pub(crate) fn at(milliseconds: f64) -> SystemTime {
    SystemTime::UNIX_EPOCH + START + Duration::from_micros((milliseconds * 1e3) as u64)
}

pub(crate) fn trace_id(number: u128) -> TraceId {
    TraceId::new(number).expect("no id is zero")
}

pub(crate) fn span_id(number: u64) -> SpanId {
    SpanId::new(number).expect("no id is zero")
}

/// More about a span.
pub(crate) trait Say {
    fn tags<const N: usize>(&mut self, tags: [Tag; N]) -> &mut Self;
    fn log<const N: usize>(&mut self, after: f64, fields: [Tag; N]) -> &mut Self;
    fn follows(&mut self, trace: u128, span: u64) -> &mut Self;
}

impl Say for FinishedSpan {
    fn tags<const N: usize>(&mut self, tags: [Tag; N]) -> &mut Self {
        self.tags.extend(tags);
        self
    }

    fn log<const N: usize>(&mut self, after: f64, fields: [Tag; N]) -> &mut Self {
        let time = self.start_time + Duration::from_secs_f64(after / 1e3);
        self.logs.push(LogRecord::new(time, fields));
        self
    }

    fn follows(&mut self, trace: u128, span: u64) -> &mut Self {
        self.references
            .push(Reference::follows_from(trace_id(trace), span_id(span)));
        self
    }
}

//! Finished spans, as a reporter reads them.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::collection::{CollectedSpan, CollectedSpans};
use super::log_view::{Listed, Logs};
use super::tag_view::{Tags, ValueView};
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::tag::tags;
use crate::util::tick::Tick;

/// Finished spans, as a [`Reporter`](crate::reporter::Reporter) gets them.
///
/// They are only lent: [`SpanView::to_finished_span`] makes a copy for those who keep a span. A slice of
/// [`FinishedSpan`]s converts into it, for the tests of a reporter.
///
/// ```
/// use fedtrace::FinishedSpan;
/// use fedtrace::reporter::Spans;
///
/// fn names(spans: Spans<'_>) -> Vec<&str> {
///     spans.iter().map(|span| span.operation_name()).collect()
/// }
///
/// let spans: Vec<FinishedSpan> = Vec::new();
/// assert!(names(Spans::from(&spans)).is_empty());
/// ```
#[derive(Clone, Copy)]
pub struct Spans<'a>(Lent<'a>);

#[derive(Clone, Copy)]
enum Lent<'a> {
    Finished(&'a [FinishedSpan]),
    Collected(CollectedSpans<'a>),
}

impl<'a> Spans<'a> {
    /// The number of spans.
    pub fn len(self) -> usize {
        match self.0 {
            Lent::Finished(spans) => spans.len(),
            Lent::Collected(spans) => spans.len(),
        }
    }

    /// Whether there is no span.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The span at this index, if there are so many.
    pub fn get(self, index: usize) -> Option<SpanView<'a>> {
        match self.0 {
            Lent::Finished(spans) => spans.get(index).map(SpanView::from),
            Lent::Collected(spans) => spans.get(index).map(|span| SpanView(Record::Collected(span))),
        }
    }

    /// The spans, in the order in which they finished.
    pub fn iter(self) -> SpansIter<'a> {
        SpansIter(self)
    }

    /// All but the first `count` spans.
    pub(crate) fn skip(self, count: usize) -> Self {
        match self.0 {
            Lent::Finished(spans) => Self(Lent::Finished(spans.get(count..).unwrap_or_default())),
            Lent::Collected(spans) => Self(Lent::Collected(spans.skip(count))),
        }
    }

    /// The first `count` spans, or all of them if they are fewer.
    pub(crate) fn first(self, count: usize) -> Self {
        match self.0 {
            Lent::Finished(spans) => Self(Lent::Finished(spans.get(..count).unwrap_or(spans))),
            Lent::Collected(spans) => Self(Lent::Collected(spans.first(count))),
        }
    }
}

impl fmt::Debug for Spans<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> From<CollectedSpans<'a>> for Spans<'a> {
    fn from(spans: CollectedSpans<'a>) -> Self {
        Self(Lent::Collected(spans))
    }
}

impl<'a> From<&'a [FinishedSpan]> for Spans<'a> {
    fn from(spans: &'a [FinishedSpan]) -> Self {
        Self(Lent::Finished(spans))
    }
}

impl<'a> From<&'a Vec<FinishedSpan>> for Spans<'a> {
    fn from(spans: &'a Vec<FinishedSpan>) -> Self {
        spans.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [FinishedSpan; N]> for Spans<'a> {
    fn from(spans: &'a [FinishedSpan; N]) -> Self {
        spans.as_slice().into()
    }
}

impl<'a> IntoIterator for Spans<'a> {
    type Item = SpanView<'a>;
    type IntoIter = SpansIter<'a>;

    fn into_iter(self) -> SpansIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Spans<'a> {
    type Item = SpanView<'a>;
    type IntoIter = SpansIter<'a>;

    fn into_iter(self) -> SpansIter<'a> {
        self.iter()
    }
}

/// An iterator over [`Spans`].
#[derive(Debug, Clone)]
#[must_use = "iterators do nothing unless they are used"]
pub struct SpansIter<'a>(Spans<'a>);

impl<'a> Iterator for SpansIter<'a> {
    type Item = SpanView<'a>;

    fn next(&mut self) -> Option<SpanView<'a>> {
        let span = self.0.get(0)?;
        self.0 = self.0.skip(1);
        Some(span)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl ExactSizeIterator for SpansIter<'_> {}

/// A finished span, as a [`Reporter`](crate::reporter::Reporter) reads it.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use fedtrace::reporter::{SpanView, ValueView};
/// use fedtrace::{FinishedSpan, SpanId, Tag, TraceId};
///
/// # fn run() -> Option<()> {
/// let (trace_id, span_id) = (TraceId::new(0xa11ce)?, SpanId::new(0xb0b)?);
/// let mut span = FinishedSpan::new(trace_id, span_id, "send_pdu", SystemTime::now(), Duration::ZERO);
/// span.tags.push(Tag::new("attempt", 2));
///
/// let view = SpanView::from(&span);
/// assert_eq!(view.operation_name(), "send_pdu");
/// assert_eq!(view.tag("attempt"), Some(ValueView::Long(2)));
/// assert_eq!(view.to_finished_span(), span);
/// # Some(())
/// # }
/// # run().unwrap();
/// ```
#[derive(Clone, Copy)]
pub struct SpanView<'a>(Record<'a>);

#[derive(Clone, Copy)]
enum Record<'a> {
    Finished(&'a FinishedSpan),
    Collected(CollectedSpan<'a>),
}

impl<'a> SpanView<'a> {
    /// The trace that it belongs to.
    pub fn trace_id(self) -> TraceId {
        match self.0 {
            Record::Finished(span) => span.trace_id,
            Record::Collected(span) => span.identity().trace_id,
        }
    }

    /// Its own id.
    pub fn span_id(self) -> SpanId {
        match self.0 {
            Record::Finished(span) => span.span_id,
            Record::Collected(span) => span.span_id(),
        }
    }

    /// The span of the same trace that it is a child of.
    pub fn parent_span_id(self) -> Option<SpanId> {
        match self.0 {
            Record::Finished(span) => span.parent_span_id,
            Record::Collected(span) => span.parent_span_id(),
        }
    }

    /// Its last name.
    pub fn operation_name(self) -> &'a str {
        match self.0 {
            Record::Finished(span) => &span.operation_name,
            Record::Collected(span) => span.name().as_str(),
        }
    }

    /// The flags of the trace at its end.
    pub fn flags(self) -> TraceFlags {
        match self.0 {
            Record::Finished(span) => span.flags,
            Record::Collected(span) => span.identity().flags.visible(),
        }
    }

    /// When it started. Jaeger keeps microseconds.
    pub fn start_time(self) -> SystemTime {
        match self.0 {
            Record::Finished(span) => span.start_time,
            Record::Collected(span) => span.start_time(),
        }
    }

    /// How long it took, never negative. Jaeger keeps microseconds; a shorter duration that is not zero is
    /// sent as 1.
    pub fn duration(self) -> Duration {
        match self.0 {
            Record::Finished(span) => span.duration,
            Record::Collected(span) => span.duration(),
        }
    }

    /// The start and the duration. The start is found only once.
    pub(crate) fn times(self) -> (SystemTime, Duration) {
        match self.0 {
            Record::Finished(span) => (span.start_time, span.duration),
            Record::Collected(span) => span.times(),
        }
    }

    /// Whether its parent, if any, is in another process.
    pub fn is_local_root(self) -> bool {
        match self.0 {
            Record::Finished(span) => span.local_root,
            Record::Collected(span) => span.is_local_root(),
        }
    }

    /// Other spans that it refers to, in the order in which they were given. The parent is not repeated here.
    pub fn references(self) -> &'a [Reference] {
        match self.0 {
            Record::Finished(span) => &span.references,
            Record::Collected(span) => span.references(),
        }
    }

    /// Its tags in the order in which they were set; a key that was set again has its last value.
    pub fn tags(self) -> Tags<'a> {
        match self.0 {
            Record::Finished(span) => span.tags.as_slice().into(),
            Record::Collected(span) => Tags::collected(span.tags()),
        }
    }

    /// The value of a tag.
    pub fn tag(self, key: &str) -> Option<ValueView<'a>> {
        self.tags().find(|tag| tag.key == key).map(|tag| tag.value)
    }

    /// Its log records, in the order in which they were made.
    pub fn logs(self) -> Logs<'a> {
        match self.0 {
            Record::Finished(span) => Logs::of_finished(&span.logs),
            Record::Collected(span) => Logs::of_collected(span.logs()),
        }
    }

    /// Whether it is marked as failed.
    pub(crate) fn has_failed(self) -> bool {
        self.says(tags::ERROR)
    }

    /// Whether it is a report of a span that goes on.
    pub(crate) fn goes_on(self) -> bool {
        self.says(tags::UNFINISHED)
    }

    fn says(self, key: &str) -> bool {
        self.tag(key).is_some_and(ValueView::is_true)
    }

    /// When it started, unless it is a [`FinishedSpan`].
    pub(crate) fn start_tick(self) -> Option<Tick> {
        match self.0 {
            Record::Finished(_) => None,
            Record::Collected(span) => Some(span.start_tick()),
        }
    }

    /// A copy for those who keep the span.
    pub fn to_finished_span(self) -> FinishedSpan {
        match self.0 {
            Record::Finished(span) => span.clone(),
            Record::Collected(span) => copy_of(self, span),
        }
    }

    /// The references that Jaeger gets beside the id of the parent: none if there is only a parent, else all
    /// of them with the parent first.
    pub(crate) fn listed_references(self) -> impl Iterator<Item = Reference> + 'a {
        let references = self.references();
        let trace_id = self.trace_id();
        let is_listed = move |parent: &Reference| {
            let mut others = references.iter();
            others.any(|other| other.trace_id == parent.trace_id && other.span_id == parent.span_id)
        };
        self.parent_span_id()
            .map(|span_id| Reference::child_of(trace_id, span_id))
            .filter(|parent| !references.is_empty() && !is_listed(parent))
            .into_iter()
            .chain(references.iter().copied())
    }
}

fn copy_of(view: SpanView<'_>, span: CollectedSpan<'_>) -> FinishedSpan {
    let logs = view
        .logs()
        .map(|log| LogRecord::new(log.time(), log.fields().to_tags()));
    FinishedSpan {
        parent_span_id: view.parent_span_id(),
        references: view.references().to_vec(),
        flags: view.flags(),
        tags: view.tags().to_tags(),
        logs: logs.collect(),
        local_root: view.is_local_root(),
        ..FinishedSpan::new(
            view.trace_id(),
            view.span_id(),
            span.name().to_cow(),
            view.start_time(),
            view.duration(),
        )
    }
}

impl<'a> From<&'a FinishedSpan> for SpanView<'a> {
    fn from(span: &'a FinishedSpan) -> Self {
        Self(Record::Finished(span))
    }
}

impl fmt::Debug for SpanView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanView")
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("parent_span_id", &self.parent_span_id())
            .field("operation_name", &self.operation_name())
            .field("references", &self.references())
            .field("flags", &self.flags())
            .field("start_time", &self.start_time())
            .field("duration", &self.duration())
            .field("tags", &Listed(self.tags()))
            .field("logs", &Listed(self.logs()))
            .field("is_local_root", &self.is_local_root())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::model::tag::Tag;

    fn span(id: u64) -> FinishedSpan {
        let (trace_id, id) = (TraceId::new(1).unwrap(), SpanId::new(id).unwrap());
        FinishedSpan::new(trace_id, id, "op", UNIX_EPOCH, Duration::ZERO)
    }

    fn ids(spans: Spans<'_>) -> Vec<u64> {
        spans.iter().map(|span| span.span_id().get()).collect()
    }

    #[test]
    fn the_first_spans_and_the_others_are_all_of_them() {
        let all: Vec<_> = (1..=5).map(span).collect();
        let spans = Spans::from(&all);
        for count in 0..7 {
            let (first, rest) = (spans.first(count), spans.skip(count));
            assert_eq!(first.len(), count.min(5));
            assert_eq!(first.len() + rest.len(), 5);
            assert_eq!([ids(first), ids(rest)].concat(), ids(spans));
            assert_eq!(first.is_empty(), count == 0);
        }
        assert_eq!(spans.get(4).map(|span| span.span_id()), SpanId::new(5));
        assert!(spans.get(5).is_none());
    }

    #[test]
    fn the_number_of_spans_that_are_left_is_exact() {
        let all: Vec<_> = (1..=3).map(span).collect();
        let mut spans = Spans::from(&all).iter();
        for left in (0..3).rev() {
            assert!(spans.next().is_some());
            assert_eq!(spans.len(), left);
        }
        assert!(spans.next().is_none());
    }

    #[test]
    fn a_view_shows_what_the_span_has() {
        let mut span = span(2);
        span.parent_span_id = SpanId::new(3);
        span.flags = TraceFlags::FORCED;
        span.tags = vec![Tag::new("a", 1), Tag::new("b", "text")];
        span.logs = vec![LogRecord::new(UNIX_EPOCH, [("event", "retry")])];
        span.local_root = false;
        let view = SpanView::from(&span);
        assert_eq!((view.trace_id(), view.span_id()), (span.trace_id, span.span_id));
        assert_eq!(
            (view.parent_span_id(), view.flags()),
            (span.parent_span_id, span.flags)
        );
        assert_eq!(
            (view.start_time(), view.duration()),
            (span.start_time, span.duration)
        );
        assert!(!view.is_local_root());
        assert_eq!(view.tag("b"), Some(ValueView::String("text")));
        assert_eq!(view.tag("c"), None);
        let logs = view
            .logs()
            .map(|log| (log.time(), log.fields().map(|tag| tag.key).collect()));
        assert_eq!(logs.collect::<Vec<_>>(), [(UNIX_EPOCH, vec!["event"])]);
        let shown = format!("{view:?}");
        assert!(shown.contains("retry") && shown.contains("text"), "{shown}");
    }

    #[test]
    fn the_parent_is_listed_once_and_only_beside_other_references() {
        let mut span = span(2);
        span.parent_span_id = SpanId::new(3);
        let listed = |span: &FinishedSpan| SpanView::from(span).listed_references().collect::<Vec<_>>();
        assert_eq!(listed(&span), []);

        span.references = vec![Reference::follows_from(span.trace_id, SpanId::new(3).unwrap())];
        assert_eq!(listed(&span), span.references);

        span.references[0].span_id = SpanId::new(4).unwrap();
        assert_eq!(listed(&span).len(), 2);
    }

    #[test]
    fn a_span_says_whether_it_has_failed_and_whether_it_goes_on() {
        for (key, value, says) in [
            (tags::ERROR, true, [true, false]),
            (tags::ERROR, false, [false, false]),
            (tags::UNFINISHED, true, [false, true]),
            (tags::UNFINISHED, false, [false, false]),
        ] {
            let mut span = span(2);
            span.tags = vec![Tag::new(key, value)];
            let view = SpanView::from(&span);
            assert_eq!([view.has_failed(), view.goes_on()], says, "{key}={value}");
        }
    }
}

//! Trees of finished spans as text.

use std::fmt;

use crate::model::finished_span::{FinishedSpan, Reference, ReferenceKind};
use crate::model::span_tree::in_tree_order;

/// The tree that finished spans form, as text: a line for each span, two spaces deeper than its parent.
///
/// Siblings and trees are ordered by start. A span whose parent is missing is the top of a tree.
///
/// With the feature `serde` it can be serialized, for snapshots, and with `json` it is a JSON value. A span then has these keys,
/// without those that would be empty, and neither times nor ids unless [`with_times`](Self::with_times) asks for times:
///
/// | key | value |
/// |---|---|
/// | `name` | its name |
/// | `span` | its number in the order of this list |
/// | `trace` | the number of its trace, at the top of a tree |
/// | `parent` | `"remote"` or `"missing"`, at the top of a tree, if it has a parent |
/// | `start_us`, `duration_us` | microseconds since the first span, and how long it took |
/// | `tags` | a map, sorted by keys. Bytes are hexadecimal text |
/// | `logs` | a list of maps |
/// | `references` | a list of maps like `{"follows_from": 3}`: the number of a span, or null for one that is not here |
/// | `children` | a list of spans |
/// | `deeper` | instead of `children`, 500 levels down: how many there are |
#[derive(Clone, PartialEq)]
pub struct SpanTree {
    spans: Vec<FinishedSpan>,
    tags: Vec<String>,
    references: bool,
    times: bool,
}

impl SpanTree {
    /// The tree of these spans, with their names.
    pub fn new(spans: impl IntoIterator<Item = FinishedSpan>) -> Self {
        Self {
            spans: spans.into_iter().collect(),
            tags: Vec::new(),
            references: false,
            times: false,
        }
    }

    /// Also shows these tags, as ` key=value` after the name of each span that has them.
    #[must_use]
    pub fn with_tags<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.tags.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Also shows references, as ` follows_from=name` or ` child_of=name` after the name of each span that
    /// has them. A span that is not in the tree is shown by its id.
    #[must_use]
    pub fn with_references(mut self) -> Self {
        self.references = true;
        self
    }

    /// Also serializes times, which are the same in each run only with a [`TestClock`](super::TestClock). The text of the tree
    /// has none.
    #[must_use]
    pub fn with_times(mut self) -> Self {
        self.times = true;
        self
    }

    #[cfg(any(feature = "serde", feature = "json"))]
    pub(super) fn has_times(&self) -> bool {
        self.times
    }

    pub(super) fn spans(&self) -> &[FinishedSpan] {
        &self.spans
    }

    pub(super) fn into_spans(self) -> Vec<FinishedSpan> {
        self.spans
    }

    /// Compares the tree with a literal. Common indentation and blank first and last lines of the literal are
    /// ignored. Panics with both texts if they differ.
    #[track_caller]
    pub fn assert_eq(&self, expected: &str) {
        let (actual, expected) = (self.to_string(), dedent(expected));
        assert!(
            actual == expected,
            "the span tree differs\nexpected:\n{expected}\nactual:\n{actual}{}",
            hint_without_spans(&self.spans)
        );
    }

    fn name_of(&self, reference: &Reference) -> String {
        self.spans
            .iter()
            .find(|span| (span.trace_id, span.span_id) == (reference.trace_id, reference.span_id))
            .map_or_else(
                || format!("{}:{}", reference.trace_id, reference.span_id),
                |span| span.operation_name.to_string(),
            )
    }
}

/// The text that is compared, because a failed `assert_eq!` shows it.
impl fmt::Debug for SpanTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanTree\n{self}")
    }
}

impl fmt::Display for SpanTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for position in in_tree_order(&self.spans) {
            let Some(span) = self.spans.get(position.index) else {
                continue;
            };
            write!(
                f,
                "{:indent$}{}",
                "",
                span.operation_name,
                indent = 2 * position.depth
            )?;
            for key in &self.tags {
                if let Some(value) = span.tag(key) {
                    write!(f, " {key}={value}")?;
                }
            }
            if self.references {
                for reference in &span.references {
                    let kind = match reference.kind {
                        ReferenceKind::ChildOf => "child_of",
                        ReferenceKind::FollowsFrom => "follows_from",
                    };
                    write!(f, " {kind}={}", self.name_of(reference))?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// What a failed assertion says if there is not a single span: that is seldom a matter of the expected ones.
pub(super) fn hint_without_spans(spans: &[FinishedSpan]) -> &'static str {
    match spans {
        [] => {
            "\nno span has finished: was the code in `with_tracer` or `#[fedtrace::test]`, and is its task or thread bound to \
             it (`in_active_span`)?\n"
        }
        _ => "",
    }
}

fn dedent(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let common = lines
        .iter()
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    lines
        .iter()
        .map(|line| format!("{}\n", line.get(common..).unwrap_or_default().trim_end()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::id::SpanId;
    use crate::model::id::TraceId;
    use crate::model::tag::Tag;

    fn span(id: u64, parent: u64, name: &'static str) -> FinishedSpan {
        let mut span = FinishedSpan::new(
            TraceId::new(1).unwrap(),
            SpanId::new(id).unwrap(),
            name,
            SystemTime::UNIX_EPOCH + Duration::from_secs(id),
            Duration::ZERO,
        );
        span.parent_span_id = SpanId::new(parent);
        span
    }

    #[test]
    fn a_tree_equals_its_indented_literal() {
        let tree = SpanTree::new([span(3, 2, "c"), span(2, 1, "b"), span(4, 1, "d"), span(1, 0, "a")]);
        assert_eq!(tree.to_string(), "a\n  b\n    c\n  d\n");
        assert_eq!(format!("{tree:?}"), "SpanTree\na\n  b\n    c\n  d\n");
        tree.assert_eq("a\n  b\n    c\n  d\n");
        tree.assert_eq(
            "
            a
              b
                c
              d
            ",
        );
    }

    #[test]
    #[should_panic = "the span tree differs"]
    fn a_child_in_the_wrong_place_fails_the_assertion() {
        SpanTree::new([span(2, 1, "b"), span(1, 0, "a")]).assert_eq("a\nb\n");
    }

    #[test]
    #[should_panic = "no span has finished: was the code in `with_tracer`"]
    fn a_tree_without_spans_says_why_there_may_be_none() {
        SpanTree::new([]).assert_eq("a");
    }

    #[test]
    fn tags_and_references_are_shown_when_asked_for() {
        let mut late = span(2, 0, "late");
        late.tags = vec![Tag::new("error", true), Tag::new("other", 1)];
        late.references = [1, 9]
            .map(|id| Reference::follows_from(TraceId::new(1).unwrap(), SpanId::new(id).unwrap()))
            .to_vec();
        let tree = SpanTree::new([span(1, 0, "early"), late]);
        tree.clone()
            .with_tags(["error"])
            .assert_eq("early\nlate error=true");
        tree.with_references()
            .assert_eq("early\nlate follows_from=early follows_from=0000000000000001:0000000000000009");
    }
}

//! A trace of Jaeger as text, to be compared with a literal.

use std::fmt::Write;

use crate::jaeger_query::{JaegerSpan, JaegerTag, JaegerTrace};

/// What servers add.
const OF_THE_SERVER: [&str; 2] = ["internal.span.format", "otel.status_code"];

impl JaegerTrace {
    /// A line for each span: name, service, tags in JSON, and `follows-from` for each such reference. Logs
    /// come below their span and begin with `*`. Siblings are in the order of their text, so that what ran at
    /// the same time does not change places.
    ///
    /// # Panics
    ///
    /// If a span has a parent that is not in this trace.
    pub fn tree(&self) -> String {
        let roots = self.spans.iter().filter(|span| self.parent(span).is_none());
        let text = self.siblings(roots, 0);
        let shown = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('*'))
            .count();
        assert_eq!(shown, self.spans.len(), "some spans are not below a root");
        text
    }

    fn siblings<'a>(&'a self, spans: impl Iterator<Item = &'a JaegerSpan>, depth: usize) -> String {
        let mut texts: Vec<_> = spans.map(|span| self.subtree(span, depth)).collect();
        texts.sort();
        texts.concat()
    }

    fn subtree(&self, span: &JaegerSpan, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let service_name = &self.process(span).service_name;
        let mut text = format!("{indent}{} [{service_name}]", span.operation_name);
        write_tags(&mut text, &span.tags);
        for reference in &span.references {
            if reference.ref_type == "FOLLOWS_FROM" {
                text.push_str(" follows-from");
            }
        }
        text.push('\n');
        for log in &span.logs {
            text.push_str(&indent);
            text.push_str("  *");
            write_tags(&mut text, &log.fields);
            text.push('\n');
        }
        let is_child = |other: &&JaegerSpan| {
            let parent = self.parent(other);
            parent.is_some_and(|parent| parent.span_id == span.span_id)
        };
        text + &self.siblings(self.spans.iter().filter(is_child), depth + 1)
    }
}

fn write_tags(text: &mut String, tags: &[JaegerTag]) {
    let ours = tags.iter().filter(|tag| !OF_THE_SERVER.contains(&&*tag.key));
    let mut shown: Vec<_> = ours.map(|tag| format!(" {}={}", tag.key, tag.value)).collect();
    shown.sort();
    for tag in shown {
        write!(text, "{tag}").expect("a String takes everything");
    }
}

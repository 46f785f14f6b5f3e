//! The spans that `assert_trace!` expects.

use super::fact::Fact;
use super::pattern::TextPattern;

/// Siblings, and whether there may be others.
#[derive(Debug, Clone)]
pub struct ExpectedSpans {
    pub(super) items: Vec<ExpectedItem>,
    pub(super) more: bool,
}

/// A place among siblings.
#[derive(Debug, Clone)]
pub enum ExpectedItem {
    /// One span.
    Span(ExpectedSpan),
    /// Spans in any order.
    AnyOrder(Vec<ExpectedSpan>),
}

/// A span, what it says and its children.
#[derive(Debug, Clone)]
pub struct ExpectedSpan {
    pub(super) name: TextPattern,
    pub(super) facts: Vec<Fact>,
    pub(super) children: ExpectedSpans,
}

impl ExpectedSpans {
    /// These siblings, and with `more` also others.
    pub fn new(items: Vec<ExpectedItem>, more: bool) -> Self {
        Self { items, more }
    }

    /// How many spans are expected here and below.
    pub(super) fn size(&self) -> usize {
        self.items
            .iter()
            .flat_map(ExpectedItem::spans)
            .map(ExpectedSpan::size)
            .sum()
    }
}

impl ExpectedItem {
    pub(super) fn spans(&self) -> &[ExpectedSpan] {
        match self {
            Self::Span(span) => std::slice::from_ref(span),
            Self::AnyOrder(spans) => spans,
        }
    }
}

impl ExpectedSpan {
    /// A span of this name.
    pub fn new(name: TextPattern, facts: Vec<Fact>, children: ExpectedSpans) -> Self {
        Self {
            name,
            facts,
            children,
        }
    }

    pub(super) fn size(&self) -> usize {
        1 + self.children.size()
    }
}

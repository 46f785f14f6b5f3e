//! Finished spans as trees.

use crate::model::finished_span::{FinishedSpan, Reference};
use crate::model::span_tree::in_tree_order;

/// Finished spans, with the children of each.
#[derive(Debug)]
pub(super) struct Forest<'a> {
    spans: Vec<&'a FinishedSpan>,
    #[cfg_attr(not(any(feature = "serde", feature = "json")), allow(dead_code))]
    order: Vec<usize>,
    /// By index of the parent, ordered by start.
    children: Vec<Vec<usize>>,
    parents: Vec<Option<usize>>,
    /// How many spans are in the tree below and including each.
    sizes: Vec<usize>,
    /// The spans without a parent here, ordered by start.
    pub(super) tops: Vec<usize>,
}

impl<'a> Forest<'a> {
    pub(super) fn new(spans: &'a [FinishedSpan]) -> Self {
        let order = in_tree_order(spans);
        let mut forest = Self {
            spans: spans.iter().collect(),
            order: order.iter().map(|position| position.index).collect(),
            children: vec![Vec::new(); spans.len()],
            parents: vec![None; spans.len()],
            sizes: vec![1; spans.len()],
            tops: Vec::new(),
        };
        for position in &order {
            let siblings = position.parent.and_then(|parent| forest.children.get_mut(parent));
            siblings.unwrap_or(&mut forest.tops).push(position.index);
            if let Some(parent) = forest.parents.get_mut(position.index) {
                *parent = position.parent;
            }
        }
        // Children come after their parents, so backwards they are complete first.
        for position in order.iter().rev() {
            let size = forest.size(position.index);
            if let Some(above) = position.parent.and_then(|parent| forest.sizes.get_mut(parent)) {
                *above += size;
            }
        }
        forest
    }

    /// All spans, each before its children.
    #[cfg(any(feature = "serde", feature = "json"))]
    pub(super) fn in_order(&self) -> &[usize] {
        &self.order
    }

    pub(super) fn span(&self, index: usize) -> Option<&'a FinishedSpan> {
        self.spans.get(index).copied()
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.span(index).map_or("", |span| &span.operation_name)
    }

    pub(super) fn children(&self, index: usize) -> &[usize] {
        self.children.get(index).map_or(&[], Vec::as_slice)
    }

    pub(super) fn parent(&self, index: usize) -> Option<usize> {
        self.parents.get(index).copied().flatten()
    }

    pub(super) fn size(&self, index: usize) -> usize {
        self.sizes.get(index).copied().unwrap_or(1)
    }

    /// The span that is referred to, if it is here.
    pub(super) fn referred(&self, reference: &Reference) -> Option<usize> {
        self.spans
            .iter()
            .position(|span| (span.trace_id, span.span_id) == (reference.trace_id, reference.span_id))
    }
}

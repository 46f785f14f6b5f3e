//! Finished spans in the order of a tree.

use std::collections::HashMap;

use super::finished_span::FinishedSpan;

/// The position of a span in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Index of the span in the input.
    pub(crate) index: usize,
    /// Index of its parent there; `None` for the top of a tree.
    pub(crate) parent: Option<usize>,
    /// The number of its ancestors.
    pub(crate) depth: usize,
    /// Whether it is the last of its siblings.
    pub(crate) last: bool,
}

/// The trees that `spans` form. Each span comes before its children. Siblings and trees are ordered by start,
/// then by input. A span whose parent is missing is the top of a tree. Every span has one position.
pub(crate) fn in_tree_order<'a>(spans: impl IntoIterator<Item = &'a FinishedSpan>) -> Vec<Position> {
    let spans: Vec<&FinishedSpan> = spans.into_iter().collect();
    let mut children = children(&spans);
    let mut positions = Positions {
        is_placed: vec![false; spans.len()],
        list: Vec::with_capacity(spans.len()),
    };
    let tops = children.remove(&None).unwrap_or_default();
    // A cycle of parents has no top: whatever the tops do not reach begins a tree.
    for top in tops.into_iter().chain(0..spans.len()) {
        positions.add_tree(top, &mut children);
    }
    positions.list
}

/// The indices of the children of each span, and of the spans without a parent, by their start.
type Children = HashMap<Option<usize>, Vec<usize>>;

fn children(spans: &[&FinishedSpan]) -> Children {
    let ids = spans.iter().map(|span| (span.trace_id, span.span_id));
    let by_id: HashMap<_, _> = ids.zip(0..).collect();
    let mut children = Children::new();
    for (index, span) in spans.iter().enumerate() {
        let parent = span
            .parent_span_id
            .and_then(|parent| by_id.get(&(span.trace_id, parent)));
        let parent = parent.copied().filter(|&parent| parent != index);
        children.entry(parent).or_default().push(index);
    }
    for siblings in children.values_mut() {
        siblings.sort_by_key(|&index| spans.get(index).map(|span| span.start_time));
    }
    children
}

struct Positions {
    is_placed: Vec<bool>,
    list: Vec<Position>,
}

impl Positions {
    fn add_tree(&mut self, top: usize, children: &mut Children) {
        let mut open = vec![Position {
            index: top,
            parent: None,
            depth: 0,
            last: true,
        }];
        while let Some(position) = open.pop() {
            match self.is_placed.get_mut(position.index) {
                Some(is_placed) if !*is_placed => *is_placed = true,
                _ => continue,
            }
            self.list.push(position);
            let below = children.remove(&Some(position.index)).unwrap_or_default();
            open.extend(below.iter().rev().enumerate().map(|(nth, &index)| Position {
                index,
                parent: Some(position.index),
                depth: position.depth + 1,
                last: nth == 0,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::id::{SpanId, TraceId};

    fn span(id: u64, parent: u64, start: u64) -> FinishedSpan {
        let mut span = FinishedSpan::new(
            TraceId::new(1).unwrap(),
            SpanId::new(id).unwrap(),
            "",
            SystemTime::UNIX_EPOCH + Duration::from_secs(start),
            Duration::ZERO,
        );
        span.parent_span_id = SpanId::new(parent);
        span
    }

    fn shape(spans: &[FinishedSpan]) -> Vec<(u64, usize, bool)> {
        in_tree_order(spans)
            .iter()
            .map(|position| (spans[position.index].span_id.get(), position.depth, position.last))
            .collect()
    }

    #[test]
    fn siblings_stand_in_the_order_of_their_start() {
        let spans = [span(3, 1, 9), span(4, 2, 3), span(2, 1, 2), span(1, 0, 1)];
        assert_eq!(
            shape(&spans),
            [(1, 0, true), (2, 1, false), (4, 2, true), (3, 1, true)]
        );
    }

    #[test]
    fn a_span_without_its_parent_is_the_top_of_a_tree() {
        assert_eq!(
            shape(&[span(2, 7, 2), span(1, 0, 1)]),
            [(1, 0, true), (2, 0, true)]
        );
    }

    #[test]
    fn spans_that_are_each_others_parents_are_not_lost() {
        let spans = [span(1, 2, 1), span(2, 1, 2), span(3, 3, 3)];
        assert_eq!(shape(&spans), [(3, 0, true), (1, 0, true), (2, 1, true)]);
    }

    #[test]
    fn a_deep_tree_does_not_overflow_the_stack() {
        let spans: Vec<_> = (1..=100_000).map(|id| span(id, id - 1, id)).collect();
        assert_eq!(in_tree_order(&spans).last().unwrap().depth, 99_999);
    }
}

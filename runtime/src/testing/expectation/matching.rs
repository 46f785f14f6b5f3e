//! Whether spans are exactly as expected.

use super::spans::{ExpectedItem, ExpectedSpan, ExpectedSpans};
use crate::testing::forest::Forest;

/// Whether these siblings, with all below, are as expected.
pub(super) fn are_as_expected(expected: &ExpectedSpans, siblings: &[usize], forest: &Forest<'_>) -> bool {
    let mut rest = siblings;
    for item in &expected.items {
        // Without others between them, an item takes exactly the next ones.
        let within = match expected.more {
            true => rest.len(),
            false => item.spans().len(),
        };
        let Some(candidates) = rest.get(..within) else {
            return false;
        };
        // The earliest end leaves the most for the items behind.
        let Some(taken) = taken(item, candidates, forest) else {
            return false;
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    expected.more || rest.is_empty()
}

/// How many of the candidates the item needs, from the first one on.
fn taken(item: &ExpectedItem, candidates: &[usize], forest: &Forest<'_>) -> Option<usize> {
    match item {
        ExpectedItem::Span(span) => {
            let found = candidates
                .iter()
                .position(|&index| is_as_expected(span, index, forest));
            found.map(|position| position + 1)
        }
        ExpectedItem::AnyOrder(members) => {
            let mut pairing = Pairing::new(members);
            let mut taken = 0;
            while pairing.paired < members.len() {
                pairing.add(*candidates.get(taken)?, forest);
                taken += 1;
            }
            Some(taken)
        }
    }
}

pub(super) fn is_as_expected(expected: &ExpectedSpan, index: usize, forest: &Forest<'_>) -> bool {
    let Some(span) = forest.span(index) else {
        return false;
    };
    expected.name.matches(&span.operation_name)
        && expected
            .facts
            .iter()
            .all(|fact| fact.check(span, forest).is_none())
        && are_as_expected(&expected.children, forest.children(index), forest)
}

/// Expected spans and those that were found for them, each with at most one other.
struct Pairing<'a> {
    members: &'a [ExpectedSpan],
    /// By member, the candidate.
    partners: Vec<Option<usize>>,
    /// By candidate, the members that it could be.
    choices: Vec<Vec<usize>>,
    paired: usize,
}

impl<'a> Pairing<'a> {
    fn new(members: &'a [ExpectedSpan]) -> Self {
        Self {
            members,
            partners: vec![None; members.len()],
            choices: Vec::new(),
            paired: 0,
        }
    }

    /// Adds a candidate, and lets others change their member if it then finds one.
    fn add(&mut self, index: usize, forest: &Forest<'_>) {
        let members = self.members.iter().enumerate();
        let possible = members.filter(|(_, member)| is_as_expected(member, index, forest));
        self.choices.push(possible.map(|(member, _)| member).collect());
        let mut visited = vec![false; self.members.len()];
        if self.place(self.choices.len() - 1, &mut visited) {
            self.paired += 1;
        }
    }

    fn place(&mut self, candidate: usize, visited: &mut [bool]) -> bool {
        let choices = self.choices.get(candidate).cloned().unwrap_or_default();
        for member in choices {
            match visited.get_mut(member) {
                Some(is_visited) if !*is_visited => *is_visited = true,
                _ => continue,
            }
            let holder = self.partners.get(member).copied().flatten();
            if holder.is_none_or(|holder| self.place(holder, visited)) {
                if let Some(partner) = self.partners.get_mut(member) {
                    *partner = Some(candidate);
                }
                return true;
            }
        }
        false
    }
}

//! Which span was probably meant by which expectation.

use super::matching::is_as_expected;
use super::spans::{ExpectedItem, ExpectedSpan, ExpectedSpans};
use crate::testing::forest::Forest;

/// What a span costs that is missing or not expected.
const SPAN: usize = 10;
/// What another name costs: less than a span that is missing and one that is not expected.
const NAME: usize = 12;
/// What a fact costs that is not so, and the most that those of a span cost together.
const FACT: usize = 1;
const FACTS: usize = 9;

/// A line of an alignment.
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// A span, and what it should be.
    Pair(&'a ExpectedSpan, usize),
    Missing(&'a ExpectedSpan),
    /// A span that is not expected, or one that `..` allows.
    Other(usize),
}

/// The alignment with the fewest differences.
pub(super) fn align<'a>(
    expected: &'a ExpectedSpans,
    siblings: &[usize],
    forest: &Forest<'_>,
) -> Vec<Step<'a>> {
    let table = Table::new(expected, siblings, forest);
    let (mut row, mut column) = (0, 0);
    let mut steps = Vec::new();
    while row < table.expected.len() || column < siblings.len() {
        let (span, index) = (table.expected.get(row).copied(), siblings.get(column).copied());
        let choice = table.choice(row, column);
        match (choice, span, index) {
            (Choice::Pair, Some(span), Some(index)) => steps.push(Step::Pair(span, index)),
            (Choice::Missing, Some(span), _) => steps.push(Step::Missing(span)),
            (_, _, Some(index)) => steps.push(Step::Other(index)),
            (_, Some(span), None) => steps.push(Step::Missing(span)),
            (_, None, None) => break,
        }
        let step = steps.last();
        row += usize::from(!matches!(step, Some(Step::Other(_))));
        column += usize::from(!matches!(step, Some(Step::Missing(_))));
    }
    steps
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Pair,
    Missing,
    Other,
}

/// The cost of each rest of the expected and the actual siblings, and the cheapest first step of it.
struct Table<'a> {
    expected: Vec<&'a ExpectedSpan>,
    cells: Vec<(usize, Choice)>,
    width: usize,
}

impl<'a> Table<'a> {
    fn new(expected: &'a ExpectedSpans, siblings: &[usize], forest: &Forest<'_>) -> Self {
        let more = expected.more;
        let expected = in_one_order(expected, siblings, forest);
        let width = siblings.len() + 1;
        let mut table = Self {
            cells: vec![(0, Choice::Other); width * (expected.len() + 1)],
            expected,
            width,
        };
        for row in (0..=table.expected.len()).rev() {
            for column in (0..width).rev() {
                let cell = table.cheapest(row, column, (siblings, more), forest);
                if let Some(place) = table.cells.get_mut(row * width + column) {
                    *place = cell;
                }
            }
        }
        table
    }

    fn cheapest(
        &self,
        row: usize,
        column: usize,
        (siblings, more): (&[usize], bool),
        forest: &Forest<'_>,
    ) -> (usize, Choice) {
        let (span, index) = (self.expected.get(row), siblings.get(column));
        let pair = span.zip(index).map(|(span, &index)| {
            let cost = pair_cost(span, index, forest) + self.cost(row + 1, column + 1);
            (cost, Choice::Pair)
        });
        let missing = span.map(|span| {
            let cost = SPAN * span.size() + self.cost(row + 1, column);
            (cost, Choice::Missing)
        });
        let other = index.map(|&index| {
            let own = if more { 0 } else { SPAN * forest.size(index) };
            (own + self.cost(row, column + 1), Choice::Other)
        });
        let choices = [pair, missing, other];
        // The first of several that cost the same.
        let cheapest = choices.into_iter().flatten().min_by_key(|(cost, _)| *cost);
        cheapest.unwrap_or((0, Choice::Other))
    }

    fn cost(&self, row: usize, column: usize) -> usize {
        self.cells
            .get(row * self.width + column)
            .map_or(0, |(cost, _)| *cost)
    }

    fn choice(&self, row: usize, column: usize) -> Choice {
        let cell = self.cells.get(row * self.width + column);
        cell.map_or(Choice::Other, |(_, choice)| *choice)
    }
}

fn pair_cost(expected: &ExpectedSpan, index: usize, forest: &Forest<'_>) -> usize {
    if is_as_expected(expected, index, forest) {
        return 0;
    }
    let Some(span) = forest.span(index) else {
        return SPAN;
    };
    let name = if expected.name.matches(&span.operation_name) {
        0
    } else {
        NAME
    };
    let wrong = expected
        .facts
        .iter()
        .filter(|fact| fact.check(span, forest).is_some());
    let facts = (FACT * wrong.count()).min(FACTS);
    let children = Table::new(&expected.children, forest.children(index), forest).cost(0, 0);
    name + facts + children
}

/// The expected spans in one order: those of `any_order` as the spans come that they could be.
fn in_one_order<'a>(
    expected: &'a ExpectedSpans,
    siblings: &[usize],
    forest: &Forest<'_>,
) -> Vec<&'a ExpectedSpan> {
    let mut used = vec![false; siblings.len()];
    let mut ordered = Vec::new();
    for item in &expected.items {
        let members = match item {
            ExpectedItem::Span(span) => {
                ordered.push(span);
                continue;
            }
            ExpectedItem::AnyOrder(members) => members,
        };
        let mut placed: Vec<(usize, &ExpectedSpan)> = Vec::new();
        for member in members {
            let place = place_of(member, siblings, &used, forest);
            if let Some(used) = place.and_then(|place| used.get_mut(place)) {
                *used = true;
            }
            placed.push((place.unwrap_or(usize::MAX), member));
        }
        placed.sort_by_key(|(place, _)| *place);
        ordered.extend(placed.into_iter().map(|(_, member)| member));
    }
    ordered
}

/// The first free sibling that is as expected, or else the first one that has the name.
fn place_of(member: &ExpectedSpan, siblings: &[usize], used: &[bool], forest: &Forest<'_>) -> Option<usize> {
    let free = || {
        let free = siblings.iter().zip(used).enumerate();
        free.filter(|(_, (_, is_used))| !**is_used)
            .map(|(place, (index, _))| (place, *index))
    };
    let exact = free().find(|(_, index)| is_as_expected(member, *index, forest));
    let named = || free().find(|(_, index)| member.name.matches(forest.name(*index)));
    exact.or_else(named).map(|(place, _)| place)
}

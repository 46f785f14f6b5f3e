//! The lines that show how spans differ from what is expected.

use super::alignment::{Step, align};
use super::fact::{failure, has_failed};
use super::pattern::TextPattern;
use super::spans::{ExpectedSpan, ExpectedSpans};
use crate::testing::forest::Forest;

/// The most lines of a tree that was not expected.
const LONGEST_TREE: usize = 20;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Both,
    Expected,
    Actual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) mark: Mark,
    pub(super) depth: usize,
    pub(super) text: String,
    /// What else is known.
    pub(super) note: Option<String>,
}

/// A span that should have been below this one.
struct Missing<'a> {
    name: &'a TextPattern,
    below: Option<usize>,
    line: usize,
}

/// How spans differ from what is expected.
pub(super) struct Difference<'a> {
    forest: &'a Forest<'a>,
    pub(super) lines: Vec<Line>,
    /// The first difference, as a sentence.
    pub(super) first: Option<String>,
    missing: Vec<Missing<'a>>,
    /// The spans that no expectation was about.
    others: Vec<usize>,
}

impl<'a> Difference<'a> {
    /// Compares all spans. `open` are the names of spans that have not finished.
    pub(super) fn new(expected: &'a ExpectedSpans, forest: &'a Forest<'a>, open: &[String]) -> Self {
        let mut difference = Self {
            forest,
            lines: Vec::new(),
            first: None,
            missing: Vec::new(),
            others: Vec::new(),
        };
        difference.compare(expected, &forest.tops, None, 0);
        difference.explain(open);
        difference
    }

    fn compare(
        &mut self,
        expected: &'a ExpectedSpans,
        siblings: &[usize],
        below: Option<usize>,
        depth: usize,
    ) {
        let mut allowed = 0;
        for step in align(expected, siblings, self.forest) {
            if let (Step::Other(index), true) = (&step, expected.more) {
                self.others.push(*index);
                allowed += 1;
                continue;
            }
            self.add_allowed(&mut allowed, depth);
            match step {
                Step::Pair(span, index) => self.add_pair(span, index, depth),
                Step::Missing(span) => self.add_missing(span, below, depth),
                Step::Other(index) => self.add_other(index, depth),
            }
        }
        self.add_allowed(&mut allowed, depth);
    }

    fn line(&mut self, mark: Mark, depth: usize, text: String) {
        self.lines.push(Line {
            mark,
            depth,
            text,
            note: None,
        });
    }

    fn note_first(&mut self, sentence: impl FnOnce() -> String) {
        if self.first.is_none() {
            self.first = Some(sentence());
        }
    }

    fn add_allowed(&mut self, allowed: &mut usize, depth: usize) {
        if *allowed > 0 {
            let s = if *allowed == 1 { "" } else { "s" };
            self.line(Mark::Both, depth, format!(".. ({allowed} other{s})"));
            *allowed = 0;
        }
    }

    fn add_pair(&mut self, expected: &'a ExpectedSpan, index: usize, depth: usize) {
        let forest = self.forest;
        let Some(span) = forest.span(index) else { return };
        let name = span.operation_name.to_string();
        if expected.name.matches(&name) {
            self.line(Mark::Both, depth, name.clone());
        } else {
            let wanted = expected.name.as_name();
            self.note_first(|| format!("expected {wanted:?}, found {name:?}{}", place(forest, index)));
            self.line(Mark::Expected, depth, wanted);
            self.line(Mark::Actual, depth, name.clone());
        }
        let is_about_failure = expected.facts.iter().any(super::fact::Fact::is_about_failure);
        if !is_about_failure && has_failed(span) {
            self.add_note(failure(span));
        }
        for mismatch in expected.facts.iter().filter_map(|fact| fact.check(span, forest)) {
            self.note_first(|| {
                let (expected, actual) = (&mismatch.expected, &mismatch.actual);
                format!(
                    "{name:?}{}: expected {expected}, found {actual}",
                    place(forest, index)
                )
            });
            self.line(Mark::Expected, depth + 2, mismatch.expected);
            self.line(Mark::Actual, depth + 2, mismatch.actual);
        }
        self.compare(&expected.children, forest.children(index), Some(index), depth + 1);
    }

    fn add_note(&mut self, note: String) {
        if let Some(line) = self.lines.last_mut() {
            line.note.get_or_insert(note);
        }
    }

    fn add_missing(&mut self, expected: &'a ExpectedSpan, below: Option<usize>, depth: usize) {
        let name = expected.name.as_name();
        let forest = self.forest;
        self.note_first(|| format!("{name:?} is missing{}", below_of(forest, below)));
        self.missing.push(Missing {
            name: &expected.name,
            below,
            line: self.lines.len(),
        });
        let facts: Vec<String> = expected.facts.iter().map(ToString::to_string).collect();
        let text = match facts.as_slice() {
            [] => name,
            facts => format!("{name} [{}]", facts.join(", ")),
        };
        self.line(Mark::Expected, depth, text);
        let items = expected.children.items.iter();
        for child in items.flat_map(super::spans::ExpectedItem::spans) {
            self.add_missing(child, None, depth + 1);
        }
    }

    /// A tree that was not expected.
    fn add_other(&mut self, top: usize, depth: usize) {
        let forest = self.forest;
        self.note_first(|| format!("{:?} is not expected{}", forest.name(top), place(forest, top)));
        let mut open = vec![(top, depth)];
        let mut shown = 0;
        while let Some((index, depth)) = open.pop() {
            let children = forest.children(index).iter().rev();
            open.extend(children.map(|&child| (child, depth + 1)));
            self.others.push(index);
            shown += 1;
            if shown <= LONGEST_TREE {
                self.line(Mark::Actual, depth, forest.name(index).to_owned());
                if let Some(span) = forest.span(index).filter(|span| has_failed(span)) {
                    self.add_note(failure(span));
                }
            }
        }
        if shown > LONGEST_TREE {
            self.line(
                Mark::Actual,
                depth + 1,
                format!("… {} more", shown - LONGEST_TREE),
            );
        }
    }

    /// Says of missing spans where they are.
    fn explain(&mut self, open: &[String]) {
        for missing in &self.missing {
            let is_it = |index: &&usize| missing.name.matches(self.forest.name(**index));
            let found = match missing.name.is_any() {
                true => None,
                false => self.others.iter().find(is_it),
            };
            let note = match found.map(|index| self.forest.parent(*index)) {
                _ if open.iter().any(|name| missing.name.matches(name)) => "it is still open".to_owned(),
                Some(parent) if parent == missing.below => {
                    "it comes at another place, which any_order { … } allows".to_owned()
                }
                Some(Some(parent)) => format!("there is one below {:?}", self.forest.name(parent)),
                Some(None) => "there is one without a parent".to_owned(),
                None => continue,
            };
            if let Some(line) = self.lines.get_mut(missing.line) {
                line.note = Some(note);
            }
        }
    }
}

fn place(forest: &Forest<'_>, index: usize) -> String {
    below_of(forest, forest.parent(index))
}

fn below_of(forest: &Forest<'_>, parent: Option<usize>) -> String {
    match parent {
        Some(parent) => format!(" below {:?}", forest.name(parent)),
        None => String::new(),
    }
}

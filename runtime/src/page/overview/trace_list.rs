//! The traces that were slowest, and those that failed.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::SystemTime;

use super::text::{ago, grouped, link, name, put, shown};
use crate::page::example::Example;
use crate::page::lists::Lists;
use crate::reporter::console::format::{shown_duration, time_of_day};

/// The most traces in a list of few.
const MOST: usize = 20;
/// A shape and a word, not only a colour.
const FAILED: &str =
    "<b class=\"error-sign\"><span class=\"error-shape\" aria-hidden=\"true\">!</span>failed</b> ";

/// How many of the traces a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    Few,
    All,
}

/// A trace, and which one of its operation it is.
type Ranked<'a> = (usize, &'a Arc<Example>);

pub(super) fn put_slowest(page: &mut String, store: &Lists, rows: Rows) {
    let all = store.operations.values();
    let all = all.flat_map(|operation| operation.slowest.iter().enumerate());
    let list = List::of(all.collect(), rows, |example| Reverse(example.duration));
    page.push_str(
        "<section id=\"slowest\">\n<h2>Slowest <span class=\"muted\">five of each operation</span></h2>\n",
    );
    list.put(page, store, "slowest", "No request has ended yet.");
}

pub(super) fn put_failed(page: &mut String, store: &Lists, rows: Rows) {
    let all = store.operations.values();
    let all = all.flat_map(|operation| operation.failures.iter().enumerate());
    let list = List::of(all.collect(), rows, |example| Reverse(example.start));
    page.push_str("<section id=\"failed\">\n<h2>Failed <span class=\"muted\">the last five of each operation</span></h2>\n");
    list.put(page, store, "failed", "No request has failed.");
}

struct List<'a> {
    shown: Vec<&'a Example>,
    hidden: usize,
}

impl<'a> List<'a> {
    /// If there is no room for all, the first of each operation comes before the second of any, so that a few operations do
    /// not hide the others.
    fn of<K: Ord>(mut all: Vec<Ranked<'a>>, rows: Rows, key: impl Fn(&Example) -> K) -> Self {
        let hidden = match rows {
            Rows::Few => all.len().saturating_sub(MOST),
            Rows::All => 0,
        };
        all.sort_by_key(|(rank, example)| (*rank, key(example)));
        all.truncate(all.len() - hidden);
        let mut shown: Vec<&Example> = all.into_iter().map(|(_, example)| &**example).collect();
        shown.sort_by_key(|example| key(example));
        Self { shown, hidden }
    }

    fn put(&self, page: &mut String, store: &Lists, id: &str, none: &str) {
        if self.shown.is_empty() {
            put(page, format_args!("<p class=\"empty\">{none}</p>\n</section>\n"));
            return;
        }
        page.push_str(
            "<table class=\"list\">\n<thead><tr><th class=\"n\">Took<th>Operation<th>Service<th class=\"ended\">Ended<th>Outcome</tr></thead>\n<tbody>\n",
        );
        for example in &self.shown {
            put_row(page, store, example);
        }
        page.push_str("</tbody>\n</table>\n");
        self.put_rest(page, id);
        page.push_str("</section>\n");
    }

    fn put_rest(&self, page: &mut String, id: &str) {
        let are = match self.hidden {
            0 => return,
            1 => "is",
            _ => "are",
        };
        let (hidden, all) = (self.hidden as u64, (self.shown.len() + self.hidden) as u64);
        put(
            page,
            format_args!(
                "<p class=\"note\">{} {are} not shown. <a href=\"?all#{id}\">Show all {}</a></p>\n",
                grouped(hidden),
                grouped(all),
            ),
        );
    }
}

fn put_row(page: &mut String, store: &Lists, example: &Example) {
    let is_stored = store.has(example.trace_id);
    let end = example.start + example.duration;
    let since_end = SystemTime::now().duration_since(end).unwrap_or_default();
    let (kind, mark) = match example.is_failed {
        true => ("outcome failed", FAILED),
        false => ("outcome", ""),
    };
    put(
        page,
        format_args!(
            "<tr><td class=\"n\">{}<td class=\"name\">{}<td class=\"service\">{}<td class=\"ended\" title=\"{}\">{}<td class=\"{kind}\">{mark}{}</tr>\n",
            shown_duration(example.duration),
            link(is_stored, example.trace_id, &name(&example.name)),
            shown(&example.service),
            time_of_day(end),
            ago(since_end),
            shown(&example.outcome),
        ),
    );
}

//! The traces that were slowest, and those that failed.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::SystemTime;

use super::text::{ago, link, put, shown};
use crate::page::example::Example;
use crate::page::lists::Lists;
use crate::reporter::console::format::{shown_duration, time_of_day};

/// The most traces in each list.
const MOST: usize = 20;
/// A shape and a word, not only a colour.
const FAILED: &str =
    "<b class=\"error-sign\"><span class=\"error-shape\" aria-hidden=\"true\">!</span>failed</b> ";

pub(super) fn put_slowest(page: &mut String, store: &Lists) {
    let all = store.operations.values();
    let mut slowest: Vec<&Arc<Example>> = all.flat_map(|operation| &operation.slowest).collect();
    slowest.sort_by_key(|example| Reverse(example.duration));
    page.push_str(
        "<section id=\"slowest\">\n<h2>Slowest <span class=\"muted\">five of each operation</span></h2>\n",
    );
    put_list(page, store, &slowest, "No request has ended yet.");
}

pub(super) fn put_failed(page: &mut String, store: &Lists) {
    let all = store.operations.values();
    let mut failed: Vec<&Arc<Example>> = all.flat_map(|operation| &operation.failures).collect();
    failed.sort_by_key(|example| Reverse(example.start));
    page.push_str("<section id=\"failed\">\n<h2>Failed <span class=\"muted\">the last five of each operation</span></h2>\n");
    put_list(page, store, &failed, "No request has failed.");
}

fn put_list(page: &mut String, store: &Lists, examples: &[&Arc<Example>], none: &str) {
    if examples.is_empty() {
        put(page, format_args!("<p class=\"empty\">{none}</p>\n</section>\n"));
        return;
    }
    page.push_str(
        "<table class=\"list\">\n<thead><tr><th class=\"n\">Took<th>Operation<th>Service<th class=\"ended\">Ended<th>Outcome</tr></thead>\n<tbody>\n",
    );
    for example in examples.iter().take(MOST) {
        put_row(page, store, example);
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
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
            link(is_stored, example.trace_id, &shown(&example.name)),
            shown(&example.service),
            time_of_day(end),
            ago(since_end),
            shown(&example.outcome),
        ),
    );
}

//! The first page: what runs, what was slow, what failed, and how long the requests of each operation took.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use super::example::Example;
use super::histogram::Histogram;
use super::live_tree::{LiveRow, rows};
use super::operation::Operation;
use super::shared_traces::SharedTraces;
use super::store::{OperationKey, Store};
use crate::model::id::TraceId;
use crate::reporter::console::format::{shown_duration, time_of_day};
use crate::reporter::html::document::escaped_html;
use crate::util::escape::EscapedText;
use crate::util::text::beginning;

/// Its style.
pub(super) const STYLE: &str = include_str!("overview.css");

/// The most traces in each list.
const MOST: usize = 20;
/// The most bytes of a tag that are shown, and the most tags.
const LONGEST_TAG: usize = 80;
const MOST_TAGS: usize = 8;
/// An open span is marked as old after this time.
const OLD: Duration = Duration::from_secs(10);

/// What is read of the store while it is locked.
struct Known {
    slowest: Vec<Row>,
    failed: Vec<Row>,
    operations: String,
    count: usize,
    requests: u64,
    failures: u64,
    cost: String,
}

/// A trace of a list.
struct Row {
    example: Example,
    is_stored: bool,
}

pub(super) fn page(traces: &SharedTraces) -> String {
    let known = traces.with_store(Known::of);
    let (live, open) = rows(&traces.live());
    let now = SystemTime::now();
    let mut page = String::from(HEAD);
    put(
        &mut page,
        format_args!(
            "<header><h1>Traces</h1><p>{open} spans open · {} · {} requests · {} failed · <a href=\"?\">Refresh</a></p></header>\n<main>\n",
            counted(known.count, "operation"),
            known.requests,
            known.failures,
        ),
    );
    put_live(&mut page, &live, open);
    put_list(&mut page, "Slowest", "slowest", &known.slowest, now);
    put_list(&mut page, "Failed", "failed", &known.failed, now);
    page.push_str(&known.operations);
    put(
        &mut page,
        format_args!(
            "</main>\n<footer><p>{}</p><p>As JSON: <a href=\"?format=json\">operations</a>, \
             <a href=\"?live&amp;format=json\">open spans</a>. Add <code>&amp;format=json</code> to the address of a trace.</p></footer>\n</body>\n</html>\n",
            known.cost
        ),
    );
    page
}

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
     <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Traces</title>\n\
     <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"?asset=overview.css\">\n</head>\n<body>\n";

impl Known {
    fn of(store: &Store) -> Self {
        let row = |example: &Example| Row {
            is_stored: store.trace(example.trace_id).is_some(),
            example: example.clone(),
        };
        let all = || store.operations.values();
        let mut slowest: Vec<&Example> = all().flat_map(|operation| &operation.slowest).collect();
        slowest.sort_by_key(|example| std::cmp::Reverse(example.duration));
        let mut failed: Vec<&Example> = all().flat_map(|operation| &operation.failures).collect();
        failed.sort_by_key(|example| std::cmp::Reverse(example.start));
        Self {
            slowest: slowest.into_iter().take(MOST).map(row).collect(),
            failed: failed.into_iter().take(MOST).map(row).collect(),
            operations: operations(store),
            count: store.operations.len(),
            requests: all().map(|operation| operation.histogram.total()).sum(),
            failures: all().map(|operation| operation.failed).sum(),
            cost: cost(store),
        }
    }
}

/// What the page costs, as far as it knows.
fn cost(store: &Store) -> String {
    let per_span = store
        .time_spent
        .checked_div(u32::try_from(store.spans).unwrap_or(u32::MAX));
    format!(
        "This page holds {:.1} MiB of traces. On the thread that reports spans, it has spent {} on {}, {} on each.",
        store.bytes as f64 / (1024.0 * 1024.0),
        shown_duration(store.time_spent),
        counted(store.spans as usize, "span"),
        shown_duration(per_span.unwrap_or_default()),
    )
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Writing to a string cannot fail.
fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = page.write_fmt(text);
}

/// Text of others, for an element or an attribute.
fn shown(text: &str) -> String {
    escaped_html(&EscapedText(text).to_string())
}

fn put_live(page: &mut String, live: &[LiveRow], open: usize) {
    page.push_str("<section id=\"live\">\n<h2>Running now</h2>\n");
    if live.is_empty() {
        page.push_str("<p>Nothing runs.</p>\n</section>\n");
        return;
    }
    if live.len() < open {
        put(
            page,
            format_args!("<p>The {} oldest of {open}.</p>\n", live.len()),
        );
    }
    page.push_str(
        "<table>\n<thead><tr><th class=\"n\">For<th>Span<th>Service<th>Tags so far</tr></thead>\n<tbody>\n",
    );
    for row in live {
        let age = shown_duration(row.age);
        let age = match row.age >= OLD {
            true => format!("<td class=\"n old\">{age} <b>long</b>"),
            false => format!("<td class=\"n\">{age}"),
        };
        let indent = "\u{2514}\u{a0}".repeat(usize::from(row.depth > 0));
        let indent = format!(
            "{}{indent}",
            "\u{a0}\u{a0}".repeat(row.depth.saturating_sub(1).min(40))
        );
        put(
            page,
            format_args!(
                "<tr>{age}<td class=\"name\">{indent}<a href=\"?trace={}\">{}</a><td>{}<td class=\"tags\">{}</tr>\n",
                row.trace_id,
                shown(&row.name),
                shown(&row.service),
                tags(&row.tags),
            ),
        );
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn tags(tags: &[String]) -> String {
    let cut = |tag: &String| match tag.len() > LONGEST_TAG {
        true => format!("{}…", beginning(tag, LONGEST_TAG)),
        false => tag.clone(),
    };
    let list = tags.iter().take(MOST_TAGS);
    let mut list: Vec<String> = list
        .map(|tag| format!("<span>{}</span>", shown(&cut(tag))))
        .collect();
    if tags.len() > MOST_TAGS {
        list.push(format!("and {} more", tags.len() - MOST_TAGS));
    }
    list.join(" ")
}

fn put_list(page: &mut String, title: &str, id: &str, rows: &[Row], now: SystemTime) {
    put(page, format_args!("<section id=\"{id}\">\n<h2>{title}</h2>\n"));
    if rows.is_empty() {
        page.push_str("<p>None so far.</p>\n</section>\n");
        return;
    }
    page.push_str(
        "<table>\n<thead><tr><th class=\"n\">Took<th>Operation<th>Service<th>Ended<th>Outcome</tr></thead>\n<tbody>\n",
    );
    for row in rows {
        let example = &row.example;
        let name = link(row.is_stored, example.trace_id, &shown(&example.name));
        let end = example.start + example.duration;
        let ago = ago(now.duration_since(end).unwrap_or_default());
        let outcome = match example.is_failed {
            true => format!("<td class=\"failed\"><b>failed</b> {}", shown(&example.outcome)),
            false => format!("<td>{}", shown(&example.outcome)),
        };
        put(
            page,
            format_args!(
                "<tr><td class=\"n\">{}<td class=\"name\">{name}<td>{}<td title=\"{}\">{ago}{outcome}</tr>\n",
                shown_duration(example.duration),
                shown(&example.service),
                time_of_day(example.start),
            ),
        );
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

/// Roughly how long ago.
fn ago(age: Duration) -> String {
    match age.as_secs() {
        0 => "just now".to_owned(),
        seconds @ 1..100 => format!("{seconds} s ago"),
        seconds @ 100..6_000 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

fn link(is_stored: bool, id: TraceId, text: &str) -> String {
    match is_stored {
        true => format!("<a href=\"?trace={id}\">{text}</a>"),
        false => text.to_owned(),
    }
}

fn operations(store: &Store) -> String {
    let mut page = String::from("<section id=\"operations\">\n<h2>Operations</h2>\n");
    if store.operations.is_empty() {
        page.push_str("<p>No request has ended yet.</p>\n</section>\n");
        return page;
    }
    page.push_str(
        "<p>How many requests took how long. A number leads to the last trace of that kind.</p>\n<div class=\"wide\"><table>\n\
         <thead><tr><th>Operation<th>Service<th class=\"n\">Requests<th class=\"n\">Failed<th class=\"n\">Half<th class=\"n\">99 %",
    );
    for bucket in 0..super::histogram::BUCKETS {
        put(&mut page, format_args!("<th class=\"n\">{}", bound(bucket)));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for (key, operation) in &store.operations {
        put_operation(&mut page, key, operation, store);
    }
    page.push_str("</tbody>\n</table></div>\n</section>\n");
    page
}

fn bound(bucket: usize) -> String {
    match Histogram::bound(bucket) {
        Some(bound) => format!("≤ {}", shown_duration(bound)),
        None => "longer".to_owned(),
    }
}

fn put_operation(page: &mut String, (service, name): &OperationKey, operation: &Operation, store: &Store) {
    let histogram = &operation.histogram;
    let failed = match operation.failed {
        0 => "<td class=\"n\">0".to_owned(),
        failed => format!("<td class=\"n failed\">{failed}"),
    };
    put(
        page,
        format_args!(
            "<tr><th scope=\"row\" class=\"name\">{}<td>{}<td class=\"n\">{}{failed}<td class=\"n\">{}<td class=\"n\">{}",
            shown(name),
            shown(service),
            histogram.total(),
            bound(histogram.quantile(0.5)),
            bound(histogram.quantile(0.99)),
        ),
    );
    for (count, example) in histogram.counts().iter().zip(&operation.examples) {
        let cell = match (count, example) {
            (0, _) => String::new(),
            (count, Some(example)) => {
                let is_stored = store.trace(example.trace_id).is_some();
                link(is_stored, example.trace_id, &count.to_string())
            }
            (count, None) => count.to_string(),
        };
        put(page, format_args!("<td class=\"n\">{cell}"));
    }
    page.push_str("</tr>\n");
}

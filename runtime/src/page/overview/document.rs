//! The document.

use super::text::{counted, grouped, name, put};
use super::trace_list::Rows;
use super::{operation_table, running, trace_list};
use crate::page::lists::Lists;
use crate::page::live_tree::rows as rows_of;
use crate::page::operation_name::OperationName;
use crate::page::shared_traces::SharedTraces;
use crate::page::store::Store;
use crate::reporter::console::format::shown_duration;

/// Its style, besides what it shares with the view of a trace.
pub(crate) const STYLE: &str = include_str!("overview.css");

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
     <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Traces</title>\n\
     <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"?asset=base.css\">\n\
     <link rel=\"stylesheet\" href=\"?asset=overview.css\">\n</head>\n<body>\n";

pub(crate) fn page(traces: &SharedTraces, rows: Rows) -> String {
    let stored = Stored::of(&traces.with_store(Store::lists), rows);
    let (live, open) = traces.live();
    let again = match rows {
        Rows::Few => "<a href=\"?\">Refresh</a>",
        Rows::All => "<a href=\"?all\">Refresh</a></p><p><a href=\"?\">Show less</a>",
    };
    let mut page = String::from(HEAD);
    put(
        &mut page,
        format_args!(
            "<header class=\"bar\"><h1>Traces</h1><p class=\"muted\"><a href=\"#live\">{}</a> · {}</p><p>{again}</p></header>\n<main>\n",
            counted(open as u64, "open span"),
            stored.summary,
        ),
    );
    running::put_section(&mut page, &rows_of(&live), open);
    page.push_str(&stored.lists);
    put_end(&mut page, &stored.cost);
    page
}

/// What runs, and nothing else.
pub(crate) fn live_page(traces: &SharedTraces) -> String {
    let cost = cost(&traces.with_store(Store::lists));
    let (live, open) = traces.live();
    let mut page = String::from(HEAD);
    put(
        &mut page,
        format_args!(
            "<header class=\"bar\"><h1>Open spans</h1><p><a href=\"?live\">Refresh</a></p><p>{ALL}</p></header>\n<main>\n"
        ),
    );
    running::put_section(&mut page, &rows_of(&live), open);
    put_end(&mut page, &cost);
    page
}

/// What is kept of an operation. `None` if that is nothing.
pub(crate) fn operation_page(traces: &SharedTraces, which: &OperationName) -> Option<String> {
    let lists = traces.with_store(Store::lists).only(which);
    let key = lists.operations.keys().next()?;
    let stored = Stored::of(&lists, Rows::All);
    let mut page = String::from(HEAD);
    put(
        &mut page,
        format_args!(
            "<header class=\"bar\"><h1>{}</h1><p class=\"muted\">{}</p><p>{ALL}</p></header>\n<main>\n",
            name(&key.1),
            stored.summary,
        ),
    );
    page.push_str(&stored.lists);
    put_end(&mut page, &stored.cost);
    Some(page)
}

const ALL: &str = "<a href=\"?\">‹ All traces</a>";

fn put_end(page: &mut String, cost: &str) {
    put(
        page,
        format_args!(
            "</main>\n<footer><p>{cost}</p><p>As JSON: <a href=\"?format=json\">operations</a>, \
             <a href=\"?live&amp;format=json\">open spans</a>. Add <code>&amp;format=json</code> to the address of a trace or \
             of an operation.</p></footer>\n</body>\n</html>\n"
        ),
    );
}

/// What is made of the lists.
struct Stored {
    summary: String,
    lists: String,
    cost: String,
}

impl Stored {
    fn of(store: &Lists, rows: Rows) -> Self {
        let mut lists = String::new();
        trace_list::put_slowest(&mut lists, store, rows);
        trace_list::put_failed(&mut lists, store, rows);
        operation_table::put_section(&mut lists, store);
        Self {
            summary: summary(store),
            lists,
            cost: cost(store),
        }
    }
}

fn summary(store: &Lists) -> String {
    let all = || store.operations.values();
    let requests = all().map(|operation| operation.histogram.total()).sum();
    let failed: u64 = all().map(|operation| operation.failed).sum();
    format!(
        "{} of <a href=\"#operations\">{}</a> · <a href=\"#failed\">{} failed</a>",
        counted(requests, "request"),
        counted(store.operations.len() as u64, "operation"),
        grouped(failed),
    )
}

/// What the page costs, as far as it knows.
fn cost(store: &Lists) -> String {
    let per_span = store
        .time_spent
        .checked_div(u32::try_from(store.spans).unwrap_or(u32::MAX));
    format!(
        "This page holds {:.1} MiB of traces. On the thread that reports spans, it has spent {} on {}, {} on each.",
        store.bytes as f64 / (1024.0 * 1024.0),
        shown_duration(store.time_spent),
        counted(store.spans, "span"),
        shown_duration(per_span.unwrap_or_default()),
    )
}

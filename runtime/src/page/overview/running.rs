//! What runs now.

use std::time::Duration;

use super::text::{age, counted, grouped, link, name, put, shown};
use crate::page::live_tree::LiveRow;
use crate::util::text::beginning;

/// The most bytes of a tag that are shown, and the most tags.
const LONGEST_TAG: usize = 80;
const MOST_TAGS: usize = 8;
/// The most levels by which a row is indented.
const DEEPEST: usize = 40;
/// An open span is marked as long after this time.
const LONG: Duration = Duration::from_secs(10);

/// The section with these spans, of so many that are open.
pub(super) fn put_section(page: &mut String, live: &[LiveRow], open: usize) {
    put(
        page,
        format_args!(
            "<section id=\"live\">\n<h2>Running now <span class=\"muted\">{}</span></h2>\n",
            grouped(open as u64)
        ),
    );
    if live.is_empty() {
        page.push_str("<p class=\"empty\">Nothing runs.</p>\n</section>\n");
        return;
    }
    if live.len() < open {
        let oldest = counted(live.len() as u64, "oldest span");
        put(page, format_args!("<p class=\"note\">The {oldest}.</p>\n"));
    }
    page.push_str(
        "<table class=\"list\">\n<thead><tr><th class=\"n\">For<th>Span<th>Service<th>Tags so far</tr></thead>\n<tbody>\n",
    );
    let mut above = None;
    for row in live {
        put_row(page, row, above);
        above = Some(row);
    }
    page.push_str("</tbody>\n</table>\n</section>\n");
}

fn put_row(page: &mut String, row: &LiveRow, above: Option<&LiveRow>) {
    let is_told = above.is_some_and(|above| row.depth > 0 && above.service == row.service);
    let service = if is_told { "" } else { &row.service };
    let mark = match row.age >= LONG {
        true => "<b class=\"long\">long</b> ",
        false => "",
    };
    put(
        page,
        format_args!(
            "<tr><td class=\"n\">{mark}{}<td class=\"name\">{}{}<td class=\"service\">{}<td class=\"tags\">{}</tr>\n",
            age(row.age),
            indent(row.depth),
            link(true, row.trace_id, &name(&row.name)),
            shown(service),
            tags(&row.tags),
        ),
    );
}

/// As text, so that it is there without the style too.
fn indent(depth: usize) -> String {
    match depth {
        0 => String::new(),
        _ => format!(
            "<span class=\"indent\">{}└\u{a0}</span>",
            "\u{a0}\u{a0}".repeat((depth - 1).min(DEEPEST))
        ),
    }
}

fn tags(tags: &[String]) -> String {
    let cut = |tag: &String| match tag.len() > LONGEST_TAG {
        true => format!("{}…", beginning(tag, LONGEST_TAG)),
        false => tag.clone(),
    };
    let list = tags.iter().take(MOST_TAGS);
    let mut list: Vec<String> = list
        .map(|tag| format!("<code>{}</code>", shown(&cut(tag))))
        .collect();
    if tags.len() > MOST_TAGS {
        list.push(format!("and {} more", tags.len() - MOST_TAGS));
    }
    list.join(" ")
}

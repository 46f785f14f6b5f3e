//! A tree of spans as lines of text.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use super::format::{Field, share, tag_fields, time_of_day, with_unit};
use super::pending::{Above, Entry, Tree};
use super::style::{Role, Style};
use crate::delivery::span_view::SpanView;
use crate::model::finished_span::{FinishedSpan, LogRecord};
use crate::model::span_tree::{Position, in_tree_order};
use crate::util::escape::EscapedText;

/// Longer names do not widen the column; they push only their own tags to the right.
const MAX_NAME_COLUMN: usize = 40;
/// The most levels that are drawn; above them, a tree is cut.
const MAX_DRAWN_DEPTH: usize = 24;
/// A span with at least this share of its parent's duration is highlighted.
const SLOW_PERCENT: f64 = 50.0;

/// The lines of a tree, with a blank line at the end.
pub(super) fn render(tree: &Tree, style: Style) -> String {
    let positions = in_tree_order(tree.entries.iter().map(|entry| &entry.span));
    let mut text = String::new();
    let mut lines = Vec::with_capacity(positions.len());
    let mut bars = Vec::new();
    for (nth, position) in positions.iter().enumerate() {
        let Some(entry) = tree.entries.get(position.index) else {
            continue;
        };
        if nth == 0 {
            header(&mut text, tree, entry, style);
        }
        bars.truncate(position.depth);
        let has_children = positions
            .get(nth + 1)
            .is_some_and(|next| next.parent == Some(position.index));
        lines.push(Line::new(tree, entry, position, &bars, has_children));
        bars.push(!position.last);
    }
    let column = lines
        .iter()
        .map(Line::width)
        .max()
        .unwrap_or(0)
        .min(MAX_NAME_COLUMN);
    for line in &lines {
        line.write(&mut text, tree, column, style);
    }
    text.push('\n');
    text
}

fn header(text: &mut String, tree: &Tree, top: &Entry, style: Style) {
    let span = &top.span;
    let count = match tree.entries.len() {
        1 => "1 span".to_owned(),
        count => format!("{count} spans"),
    };
    let mut parts = vec![
        time_of_day(span.start_time),
        format!("trace {}", span.trace_id),
        count,
    ];
    if span.flags.contains(crate::model::flags::TraceFlags::DEBUG) {
        parts.push("forced".to_owned());
    }
    match &tree.above {
        Above::Nothing => {}
        Above::Remote(parent) => parts.push(format!("parent {parent} elsewhere")),
        Above::Printed(name) => parts.push(format!("late part of {}", EscapedText(name))),
        Above::Missing(parent) => parts.push(format!("parent {parent} not finished")),
    }
    let service = EscapedText(&top.service).to_string();
    let _ = writeln!(
        text,
        "{} {} {} {}",
        style.paint(Role::Faint, "──"),
        style.paint(Role::Service, service),
        style.paint(Role::Faint, "──"),
        style.paint(Role::Faint, parts.join(" · ")),
    );
}

/// The parts of a span's line, to be aligned with the other lines.
struct Line<'a> {
    span: &'a FinishedSpan,
    parent: Option<&'a FinishedSpan>,
    /// The service, if it differs from the parent's.
    service: Option<String>,
    branch: String,
    /// What stands below the branch on the lines of the log.
    below: String,
    name: String,
}

impl<'a> Line<'a> {
    fn new(tree: &'a Tree, entry: &'a Entry, position: &Position, bars: &[bool], has_children: bool) -> Self {
        let parent = position.parent.and_then(|parent| tree.entries.get(parent));
        let mut trunk = String::new();
        let hidden = bars.len().saturating_sub(MAX_DRAWN_DEPTH);
        if hidden > 0 {
            trunk = format!("⋯{hidden} ");
        }
        // The top has no branch, so its bar is not drawn.
        for bar in bars.iter().skip(hidden.max(1)) {
            trunk.push_str(if *bar { "│  " } else { "   " });
        }
        let (branch, own) = match (position.depth, position.last) {
            (0, _) => ("", ""),
            (_, true) => ("╰─ ", "   "),
            (_, false) => ("├─ ", "│  "),
        };
        let children = if has_children { "│  " } else { "   " };
        Self {
            span: &entry.span,
            parent: parent.map(|parent| &parent.span),
            service: parent
                .filter(|parent| parent.service != entry.service)
                .map(|_| format!("{} ", EscapedText(&entry.service))),
            branch: format!("{trunk}{branch}"),
            below: format!("{trunk}{own}{children}"),
            name: EscapedText(&entry.span.operation_name).to_string(),
        }
    }

    fn width(&self) -> usize {
        let mark = if SpanView::from(self.span).has_failed() {
            2
        } else {
            0
        };
        let service = self.service.as_deref().unwrap_or_default();
        mark + [&self.branch, service, &self.name]
            .map(|part| part.chars().count())
            .iter()
            .sum::<usize>()
    }

    fn write(&self, text: &mut String, tree: &Tree, column: usize, style: Style) {
        self.write_times(text, style);
        if !self.branch.is_empty() {
            let _ = write!(text, "{}", style.paint(Role::Faint, &self.branch));
        }
        if let Some(service) = &self.service {
            let _ = write!(text, "{}", style.paint(Role::Service, service));
        }
        let name = match (SpanView::from(self.span).has_failed(), self.parent) {
            (true, _) => style.paint(Role::Failed, format!("✗ {}", self.name)),
            (false, None) => style.paint(Role::Root, self.name.clone()),
            (false, Some(_)) => style.paint(Role::Plain, self.name.clone()),
        };
        let _ = write!(text, "{name}");
        let fields = tag_fields(self.span, &tree.entries);
        if !fields.is_empty() {
            let gap = column.saturating_sub(self.width());
            let _ = write!(text, "{:gap$}", "");
            write_fields(text, " ", &fields, style);
        }
        text.push('\n');
        for log in &self.span.logs {
            self.write_log(text, log, style);
        }
    }

    fn write_times(&self, text: &mut String, style: Style) {
        let share = share(self.span, self.parent);
        let (time, part) = match share {
            None => (Role::Root, Role::Plain),
            Some(percent) if percent.round() >= SLOW_PERCENT => (Role::Slow, Role::Slow),
            Some(_) => (Role::Plain, Role::Faint),
        };
        let percent = match share {
            None => String::new(),
            Some(percent) if percent > 0.0 && percent < 0.5 => "<1%".to_owned(),
            // Of a child that went on without its parent. By how much says its duration, and the column has five places.
            Some(percent) if percent.round() > 100.0 => ">100%".to_owned(),
            Some(percent) => format!("{percent:.0}%"),
        };
        let _ = write!(
            text,
            "{} {}  ",
            style.paint(time, with_unit("", self.span.duration)),
            style.paint(part, format!("{percent:>5}")),
        );
    }

    fn write_log(&self, text: &mut String, log: &LogRecord, style: Style) {
        let _ = write!(
            text,
            "{}        {}",
            style.paint(Role::Faint, with_unit("+", since(self.span.start_time, log.time))),
            style.paint(Role::Faint, format!("{}·", self.below)),
        );
        let (event, others): (Vec<_>, Vec<_>) = log.fields.iter().partition(|field| field.key == "event");
        for event in event {
            let role = match event.value.as_str() {
                Some("error") => Role::Failed,
                _ => Role::Plain,
            };
            let _ = write!(text, " {}", style.paint(role, Field::value_of(&event.value)));
        }
        let others: Vec<Field> = others.into_iter().map(Field::of).collect();
        write_fields(text, "", &others, style);
        text.push('\n');
    }
}

fn write_fields(text: &mut String, gap: &str, fields: &[Field], style: Style) {
    text.push_str(gap);
    for field in fields {
        let key = style.paint(Role::Key, format!("{}=", field.key));
        let _ = write!(text, " {key}{}", field.value);
    }
}

fn since(start: SystemTime, time: SystemTime) -> Duration {
    time.duration_since(start).unwrap_or_default()
}

//! Tests of the text that the console reporter prints.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use super::pending::{self, PendingSpans};
use super::reporter::ConsoleReporter;
use super::style::Style;
use crate::delivery::span_view::Spans;
use crate::model::finished_span::{FinishedSpan, LogRecord, Reference, ReferenceKind};
use crate::model::flags::TraceFlags;
use crate::model::id::{SpanId, TraceId};
use crate::model::process::Process;
use crate::model::tag::{Tag, TagValue};
use crate::reporter::report::Reporter;

/// 14:03:07.250 UTC
const START: Duration = Duration::from_millis(50_587_250);

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

fn process(name: &str) -> Process {
    Process {
        service_name: name.into(),
        tags: vec![],
    }
}

/// A span that starts `at` and lasts `micros` microseconds.
fn span(id: u64, parent: u64, name: &'static str, at: u64, micros: u64) -> FinishedSpan {
    let mut span = FinishedSpan::new(
        TraceId::new(0xa11ce).unwrap(),
        SpanId::new(id).unwrap(),
        name,
        SystemTime::UNIX_EPOCH + START + Duration::from_micros(at),
        Duration::from_micros(micros),
    );
    span.parent_span_id = SpanId::new(parent);
    span.local_root = parent == 0;
    span
}

fn log(span: &FinishedSpan, at: u64, fields: &[(&'static str, &str)]) -> LogRecord {
    LogRecord {
        time: span.start_time + Duration::from_micros(at),
        fields: fields.iter().map(|&field| Tag::from(field)).collect(),
    }
}

fn trace() -> Vec<FinishedSpan> {
    let mut root = span(1, 0, "get_missing_events", 0, 12_400);
    root.tags = vec![
        Tag::new("ARG.room_id", "!a:example.org"),
        Tag::new("ARG.limit", 10),
    ];
    let mut load = span(2, 1, "load_events", 100, 8_100);
    load.tags = vec![Tag::new("ARG.count", 7)];
    let query = span(3, 2, "query", 150, 7_900);
    let decode = span(4, 2, "decode", 8_060, 30);
    let mut request = span(5, 1, "federation-request", 8_300, 1_020);
    request.tags = vec![Tag::new("error", true), Tag::new("destination", "b.example")];
    let refused = [
        ("event", "error"),
        ("error.kind", "io::Error"),
        ("message", "connection refused"),
    ];
    request.logs = vec![log(&request, 1_000, &refused)];
    let mut retry = span(6, 1, "retry_later", 9_400, 24_800);
    retry.references = vec![Reference {
        kind: ReferenceKind::FollowsFrom,
        trace_id: request.trace_id,
        span_id: request.span_id,
    }];
    vec![query, decode, load, request, retry, root]
}

const TREE: &str = "\
── example.org main ── 14:03:07.250 UTC · trace 00000000000a11ce · 6 spans
 12.4 ms        get_missing_events       ARG.room_id=!a:example.org ARG.limit=10
 8.10 ms   65%  ├─ load_events           ARG.count=7
 7.90 ms   98%  │  ├─ query
 30.0 µs   <1%  │  ╰─ decode
 1.02 ms    8%  ├─ ✗ federation-request  destination=b.example
+1.00 ms        │     · error error.kind=io::Error message=\"connection refused\"
 24.8 ms >100%  ╰─ retry_later           follows_from=federation-request

";

#[test]
fn a_local_root_is_printed_as_a_tree_with_durations_shares_tags_and_errors() {
    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    let report = console.report(&process("example.org main"), Spans::from(&trace()));
    assert_eq!(report.sent, 6);
    assert_eq!(paper.take(), TREE);
}

#[test]
fn children_wait_for_their_root_over_several_calls() {
    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    for span in trace() {
        assert_eq!(paper.take(), "");
        console.report(&process("example.org main"), Spans::from(&[span]));
    }
    assert_eq!(paper.take(), TREE);
}

#[test]
fn a_child_that_finishes_after_its_root_is_printed_when_it_arrives() {
    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    console.report(&process("hs"), Spans::from(&[span(1, 0, "root", 0, 100)]));
    paper.take();
    console.report(&process("hs"), Spans::from(&[span(3, 2, "below", 60, 100)]));
    assert_eq!(paper.take(), "");
    console.report(&process("hs"), Spans::from(&[span(2, 1, "late", 50, 200)]));
    assert_eq!(
        paper.take(),
        "\
── hs ── 14:03:07.250 UTC · trace 00000000000a11ce · 2 spans · late part of root
  200 µs        late
  100 µs   50%  ╰─ below

"
    );
}

#[test]
fn children_whose_root_never_comes_are_printed_when_too_many_wait() {
    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    let first = span(1, 99, "first", 0, 1);
    let mut others: Vec<_> = (2..=pending::MAX_HELD as u64)
        .map(|id| span(id, 98, "other", id, 1))
        .collect();
    for other in &mut others {
        other.trace_id = TraceId::new(7).unwrap();
    }
    console.report(&process("hs"), Spans::from(&[first]));
    console.report(&process("hs"), Spans::from(&others));
    assert_eq!(paper.take(), "");
    assert_eq!(console.pending.len(), pending::MAX_HELD);

    let mut last = span(5000, 97, "last", 0, 1);
    last.trace_id = TraceId::new(8).unwrap();
    console.report(&process("hs"), Spans::from(&[last]));
    assert_eq!(
        paper.take(),
        "\
── hs ── 14:03:07.250 UTC · trace 00000000000a11ce · 1 span · parent 0000000000000063 not finished
 1.00 µs        first

"
    );
    assert_eq!(console.pending.len(), pending::MAX_HELD);
}

#[test]
fn children_whose_root_never_comes_are_printed_when_they_waited_too_long() {
    let mut pending = PendingSpans::default();
    let start = Instant::now();
    pending.add(&process("hs"), Spans::from(&[span(2, 1, "child", 0, 1)]), start);
    assert!(pending.take_ready(start + pending::MAX_WAIT / 2).is_empty());
    let trees = pending.take_ready(start + pending::MAX_WAIT);
    assert_eq!(trees.len(), 1);
    assert_eq!(pending.len(), 0);
}

#[test]
fn dropping_the_reporter_prints_what_still_waits() {
    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    console.report(
        &process("hs"),
        Spans::from(&[span(3, 2, "c", 1, 1), span(2, 1, "b", 0, 1)]),
    );
    assert_eq!(paper.take(), "");
    drop(console);
    assert!(paper.take().ends_with("  b\n 1.00 µs  100%  ╰─ c\n\n"));
}

#[test]
fn a_root_with_a_remote_parent_is_printed_alone_unless_whole_traces_are_wanted() {
    let client = [
        span(2, 1, "federation-request", 100, 800),
        span(1, 0, "backfill", 0, 1000),
    ];
    let mut server = span(3, 2, "on_backfill", 300, 400);
    server.local_root = true;

    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    console.report(&process("b.example"), Spans::from(&[server.clone()]));
    assert_eq!(
        paper.take(),
        "\
── b.example ── 14:03:07.250 UTC · trace 00000000000a11ce · 1 span · parent 0000000000000002 elsewhere
  400 µs        on_backfill

"
    );

    let mut console = ConsoleReporter::to(paper.clone()).whole_traces();
    console.report(&process("b.example"), Spans::from(&[server]));
    assert_eq!(paper.take(), "");
    console.report(&process("a.example"), Spans::from(&client));
    assert_eq!(
        paper.take(),
        "\
── a.example ── 14:03:07.250 UTC · trace 00000000000a11ce · 3 spans
 1.00 ms        backfill
  800 µs   80%  ╰─ federation-request
  400 µs   50%     ╰─ b.example on_backfill

"
    );
}

#[test]
fn names_and_tags_cannot_steer_the_terminal() {
    let paper = Paper::default();
    let mut root = span(1, 0, "name\u{1b}[2J\n", 0, 1);
    root.tags = vec![
        Tag::new("key\r", "value\u{9b}31m"),
        Tag::new("bytes", TagValue::Binary(vec![0; 3])),
    ];
    root.flags = TraceFlags::FORCED;
    ConsoleReporter::to(paper.clone()).report(&process("hs\u{7}"), Spans::from(&[root]));
    assert_eq!(
        paper.take(),
        "\
── hs\\u{7} ── 14:03:07.250 UTC · trace 00000000000a11ce · 1 span · forced
 1.00 µs        name\\u{1b}[2J\\n  key\\r=value\\u{9b}31m bytes=3 bytes

"
    );
}

#[test]
fn colour_changes_no_text() {
    let paper = Paper::default();
    let coloured = Style { colour: true };
    ConsoleReporter::with_style(paper.clone(), coloured)
        .report(&process("example.org main"), Spans::from(&trace()));
    let text = paper.take();
    assert!(text.contains("\u{1b}[1;31m✗ federation-request\u{1b}[0m"));
    let mut plain = String::new();
    for (nth, piece) in text.split("\u{1b}[").enumerate() {
        plain.push_str(if nth == 0 {
            piece
        } else {
            piece.split_once('m').unwrap().1
        });
    }
    assert_eq!(plain, TREE);
}

#[test]
fn a_deep_tree_is_drawn_in_bounded_width() {
    let paper = Paper::default();
    let spans: Vec<_> = (1..=2000).map(|id| span(id, id - 1, "deep", id, 1)).collect();
    ConsoleReporter::to(paper.clone()).report(&process("hs"), Spans::from(&spans));
    let text = paper.take();
    assert_eq!(text.lines().count(), 2002);
    assert!(text.lines().all(|line| line.chars().count() < 120));
}

struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn spans_that_a_broken_stream_did_not_take_are_counted() {
    let mut console = ConsoleReporter::to(Broken);
    let report = console.report(&process("hs"), Spans::from(&trace()));
    assert_eq!((report.sent, report.failed), (0, 6));
    assert_eq!(console.lost(), 6);
}

#[test]
fn spans_that_waited_for_their_root_and_could_not_be_printed_are_counted_later() {
    let (root, children): (Vec<_>, Vec<_>) = trace().into_iter().partition(|span| span.local_root);
    let mut console = ConsoleReporter::to(Broken);
    let mut failed = |spans: &[FinishedSpan]| console.report(&process("hs"), Spans::from(spans)).failed;
    // The root is there after its children, and two others after that.
    assert_eq!([failed(&children), failed(&root)], [0, 1]);
    let others = [span(7, 9, "waits", 0, 1), span(8, 9, "waits", 0, 1)];
    assert_eq!(failed(&others), 2);
    assert_eq!((console.take_late_losses(), console.take_late_losses()), (3, 0));
    console.flush();
    assert_eq!((console.take_late_losses(), console.lost()), (2, 8));
}

#[test]
fn the_child_of_a_fork_leaves_the_spans_of_the_parent_to_the_parent() {
    let paper = Paper::default();
    let mut reporter = ConsoleReporter::to(paper.clone());
    reporter.report(
        &process("a"),
        Spans::from(&[span(2, 1, "waits for its root", 0, 1)]),
    );
    reporter.after_fork_in_child();
    drop(reporter);
    assert_eq!(paper.take(), "");
}

#[test]
fn the_child_of_a_fork_writes_to_no_writer_of_the_parent_and_counts_what_is_lost() {
    let paper = Paper::default();
    let mut reporter = ConsoleReporter::to(paper.clone());
    reporter.after_fork_in_child();
    let report = reporter.report(&process("a"), Spans::from(&trace()));
    assert_eq!((report.sent, report.failed), (0, 6));
    drop(reporter);
    assert_eq!(paper.take(), "");
}

#[test]
fn a_standard_stream_is_opened_again_for_the_child_of_a_fork_and_a_writer_is_not() {
    assert!(ConsoleReporter::stderr().for_child().is_some());
    assert!(ConsoleReporter::stdout().whole_traces().for_child().is_some());
    assert!(ConsoleReporter::to(Paper::default()).for_child().is_none());
}

#[test]
fn a_flush_prints_spans_whose_root_is_still_open() {
    let paper = Paper::default();
    let mut console = ConsoleReporter::to(paper.clone());
    console.report(&process("s"), Spans::from(&[span(2, 1, "child", 0, 1)]));
    assert_eq!(paper.take(), "");
    console.flush();
    let text = paper.take();
    assert!(text.contains("child"), "{text}");
}

//! Traces as files: what is in them, when, and what happens to files that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use fedtrace::reporter::{CompositeReporter, HtmlReporter, JaegerJsonReporter, Process, Reporter};
use fedtrace::{
    FinishedSpan, OpentracingConfig, SpanId, Tag, TraceId, Tracer, start_active_span, with_tracer,
};
use fedtrace_tests::LogLines;
use serde_json::Value;

const SECONDS: Duration = Duration::from_secs(10);

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("trace-files-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn process(name: &str) -> Process {
    Process::new(name, Vec::new())
}

fn span(trace: u128, id: u64) -> FinishedSpan {
    FinishedSpan::new(
        TraceId::new(trace).unwrap(),
        SpanId::new(id).unwrap(),
        format!("span {id}"),
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + id),
        Duration::from_millis(id),
    )
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The names of the spans in a file, of each trace.
fn spans_in(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    let json = match path.extension().is_some_and(|extension| extension == "html") {
        true => json_of(&text),
        false => &text,
    };
    let json: Value = serde_json::from_str(json).unwrap();
    let traces = json["data"].as_array().unwrap().iter();
    let names = |trace: &Value| {
        let spans = trace["spans"].as_array().unwrap().iter();
        spans
            .map(|span| span["operationName"].as_str().unwrap().to_owned())
            .collect()
    };
    traces.map(names).collect()
}

/// The text of the element that has the data of an HTML file.
fn json_of(html: &str) -> &str {
    let (_, rest) = html.split_once("<script id=\"traces\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split_once("</script>").unwrap().0
}

#[test]
fn after_a_flush_the_spans_of_a_tracer_are_in_its_file_and_nothing_else_is_left() {
    let folder = folder("flush");
    let path = folder.join("made/trace.html");
    let (tracer, guard) = Tracer::builder("example.org main")
        .reporter(HtmlReporter::file(&path))
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        let _root = start_active_span("GET /sync");
        drop(start_active_span("load_events"));
    });
    guard.flush(SECONDS).unwrap();
    assert_eq!(spans_in(&path), [["load_events", "GET /sync"]]);
    with_tracer(&tracer, || drop(start_active_span("PUT /send")));
    guard.shutdown(SECONDS).unwrap();
    assert_eq!(spans_in(&path).len(), 2);
    assert_eq!(names_in(path.parent().unwrap()), ["trace.html".to_owned()].into());
    assert_eq!(
        (tracer.stats().reported_spans, tracer.stats().lost_spans()),
        (3, 0)
    );
}

#[test]
fn a_write_that_was_postponed_comes_by_itself_when_no_spans_come() {
    let path = folder("postponed").join("traces.json");
    // The configuration puts reporters into others, which must pass it on.
    let reporter: Box<dyn Reporter> = Box::new(JaegerJsonReporter::file(&path));
    let (tracer, _guard) = Tracer::builder("example.org main")
        .reporter(CompositeReporter::new().with(reporter))
        .flush_interval(Duration::from_millis(5))
        .build()
        .unwrap();
    let wait_until = |is_so: &dyn Fn() -> bool| {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < SECONDS, "{:?}", tracer.stats());
            thread::sleep(Duration::from_millis(1));
        }
    };
    // So many that writing them takes a while, and the pause after it longer.
    with_tracer(&tracer, || {
        let _root = start_active_span("many");
        (0..2_000).for_each(|_| drop(start_active_span("child")));
    });
    wait_until(&|| path.exists());
    with_tracer(&tracer, || drop(start_active_span("last")));
    wait_until(&|| tracer.stats().reported_spans == 2_002);
    let has_last = || fs::read_to_string(&path).unwrap().contains("\"last\"");
    assert!(!has_last(), "it was not postponed");
    wait_until(&has_last);
}

#[test]
fn in_a_folder_each_trace_has_a_file_that_later_spans_of_it_join() {
    let folder = folder("each");
    let mut reporter = JaegerJsonReporter::folder(&folder);
    reporter.report(&process("ours"), (&[span(0xa, 1), span(0xb, 2)]).into());
    reporter.report(&process("theirs"), (&[span(0xa, 3)]).into());
    reporter.flush();
    let file = |trace: &str| folder.join(format!("{trace}.json"));
    assert_eq!(spans_in(&file("000000000000000a")), [["span 1", "span 3"]]);
    assert_eq!(spans_in(&file("000000000000000b")), [["span 2"]]);
    assert_eq!(names_in(&folder).len(), 2);
}

#[test]
fn in_a_folder_a_file_of_another_run_stays_as_it_is() {
    let folder = folder("another-run");
    let of_another = folder.join("000000000000000a.html");
    fs::write(&of_another, "of another run").unwrap();
    let mut reporter = HtmlReporter::folder(&folder);
    for id in [1, 2] {
        reporter.report(&process("ours"), (&[span(0xa, id)]).into());
        reporter.flush();
    }
    assert_eq!(fs::read_to_string(of_another).unwrap(), "of another run");
    assert_eq!(
        spans_in(&folder.join("000000000000000a.2.html")),
        [["span 1", "span 2"]]
    );
    assert_eq!(names_in(&folder).len(), 2);
}

#[test]
fn the_oldest_traces_make_room_in_the_one_file_and_keep_files_of_their_own() {
    let folder = folder("room");
    let path = folder.join("traces.json");
    let mut one = JaegerJsonReporter::file(&path).max_spans(3);
    let mut own = JaegerJsonReporter::folder(folder.join("own")).max_spans(3);
    for trace in 1..=3 {
        for reporter in [&mut one, &mut own] {
            let report = reporter.report(&process("s"), (&[span(trace, 1), span(trace, 2)]).into());
            assert_eq!((report.sent, report.failed), (2, 0));
            reporter.flush();
        }
    }
    assert_eq!(spans_in(&path), [["span 1", "span 2"]]);
    assert!(fs::read_to_string(&path).unwrap().contains("0000000000000003"));
    assert_eq!(names_in(&folder.join("own")).len(), 3);
    // What comes late gets a file of its own, because its trace is not kept any more.
    own.report(&process("s"), (&[span(1, 9)]).into());
    own.flush();
    assert_eq!(
        spans_in(&folder.join("own/0000000000000001.json")),
        [["span 1", "span 2"]]
    );
    assert_eq!(
        spans_in(&folder.join("own/0000000000000001.2.json")),
        [["span 9"]]
    );
}

#[test]
fn a_reader_of_a_full_file_is_told_how_many_older_spans_are_missing() {
    let path = folder("left-out").join("trace.html");
    let mut reporter = HtmlReporter::file(&path).max_spans(2);
    for trace in 1..=3 {
        reporter.report(&process("s"), (&[span(trace, 1), span(trace, 2)]).into());
        reporter.flush();
    }
    let html = fs::read_to_string(path).unwrap();
    assert!(html.contains("data-left-out=\"4\"") && html.contains("4 more spans found no room here"));
}

#[test]
fn what_a_single_trace_has_beyond_the_maximum_is_counted_as_failed() {
    let path = folder("beyond").join("trace.json");
    let mut reporter = JaegerJsonReporter::file(&path).max_spans(2);
    let report = reporter.report(&process("s"), (&[span(1, 1), span(1, 2), span(1, 3)]).into());
    assert_eq!((report.sent, report.failed), (2, 1));
    reporter.flush();
    assert_eq!(spans_in(&path), [["span 1", "span 2"]]);
}

#[test]
fn spans_take_a_bounded_number_of_bytes() {
    let path = folder("bytes").join("trace.json");
    let mut reporter = JaegerJsonReporter::file(&path);
    let large = |id| {
        let mut span = span(1, id);
        span.tags = vec![Tag::new("large", "x".repeat(24 << 20))];
        span
    };
    let report = reporter.report(&process("s"), (&[large(1), large(2), large(3)]).into());
    assert_eq!((report.sent, report.failed), (2, 1));
    // A new trace takes the room of the old one.
    let mut other = large(4);
    other.trace_id = TraceId::new(2).unwrap();
    let report = reporter.report(&process("s"), (&[other]).into());
    assert_eq!((report.sent, report.failed), (1, 0));
    drop(reporter);
    assert_eq!(spans_in(&path), [["span 4"]]);
}

#[test]
fn spans_that_cannot_be_written_are_counted_as_failed_and_later_ones_are_written() {
    let folder = folder("failed");
    let in_the_way = folder.join("traces");
    fs::write(&in_the_way, "a file, not a folder").unwrap();
    let path = in_the_way.join("trace.html");
    let (tracer, guard) = Tracer::builder("s")
        .reporter(HtmlReporter::file(&path))
        .build()
        .unwrap();
    with_tracer(&tracer, || drop(start_active_span("lost")));
    guard.flush(SECONDS).unwrap();
    assert_eq!(
        (tracer.stats().reported_spans, tracer.stats().lost_spans()),
        (0, 1)
    );
    fs::remove_file(&in_the_way).unwrap();
    with_tracer(&tracer, || drop(start_active_span("written")));
    guard.shutdown(SECONDS).unwrap();
    assert!(spans_in(&path).contains(&vec!["written".to_owned()]));
}

#[test]
fn of_a_path_that_names_no_file_the_warning_says_so() {
    let lines = LogLines::install();
    for path in ["", "..", "/"] {
        let mut reporter = HtmlReporter::file(path);
        let report = reporter.report(&process("s"), (&[span(1, 1)]).into());
        assert_eq!((report.sent, report.failed), (0, 1));
        let wanted = format!("cannot write \"{path}\": the path does not name a file");
        assert_eq!(
            lines.containing(&wanted).len(),
            1,
            "{:?}",
            lines.containing("cannot write")
        );
    }
}

#[test]
fn who_reads_a_file_never_sees_half_of_it() {
    let path = folder("whole").join("trace.html");
    let mut reporter = HtmlReporter::file(&path);
    reporter.report(&process("s"), (&[span(1, 1)]).into());
    // The reader begins with a file that is there.
    reporter.flush();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while !is_done.load(Ordering::Relaxed) || reads == 0 {
                let html = fs::read_to_string(&path).unwrap();
                assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"));
                let traces: Value = serde_json::from_str(json_of(&html)).unwrap();
                assert!(!traces["data"].as_array().unwrap().is_empty());
                reads += 1;
            }
        });
        for id in 2..200 {
            reporter.report(&process("s"), (&[span(1, id)]).into());
            reporter.flush();
        }
        is_done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

/// What the upload of Jaeger's UI takes for granted: `readJsonFile` takes any JSON without `resourceSpans`, and
/// `transformTraceData` drops spans without a start and looks each process up.
#[test]
fn the_json_has_what_the_upload_of_jaegers_ui_reads() {
    let path = folder("upload").join("traces.json");
    let mut reporter = JaegerJsonReporter::file(&path);
    reporter.report(&process("ours"), (&[span(0xa, 1)]).into());
    reporter.report(&process("theirs"), (&[span(0xa, 2)]).into());
    drop(reporter);
    let json: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(json.get("resourceSpans").is_none());
    let trace = &json["data"][0];
    assert_eq!(trace["traceID"], "000000000000000a");
    let services: Vec<_> = trace["spans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|span| {
            assert!(span["startTime"].as_u64().unwrap() > 0 && span["duration"].is_u64());
            assert!(span["tags"].is_array() && span["logs"].is_array() && span["references"].is_array());
            &trace["processes"][span["processID"].as_str().unwrap()]["serviceName"]
        })
        .collect();
    assert_eq!(services, ["ours", "theirs"]);
}

#[test]
fn the_configuration_names_a_file_or_a_folder_beside_the_agent() {
    let folder = folder("configuration");
    let path = |name: &str| folder.join(name).display().to_string();
    let mut config = OpentracingConfig::default();
    config.fedtrace.html = Some(path("trace.html"));
    config.fedtrace.jaeger_json = Some(path("traces/"));
    let mut reporter = config.reporter().unwrap();
    reporter.report(&process("s"), (&[span(0xa, 1)]).into());
    reporter.flush();
    assert_eq!(spans_in(&folder.join("trace.html")), [["span 1"]]);
    assert_eq!(
        spans_in(&folder.join("traces/000000000000000a.json")),
        [["span 1"]]
    );
}

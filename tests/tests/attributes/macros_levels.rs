//! The options `level` and `target`, and the minimum levels of a tracer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use fedtrace::testing::TestTracer;
use fedtrace::{Levels, TagValue, Tracer, start_active_span, tag_args, trace, trace_with_opname};
use fedtrace_tests::{Spans, are_levels_compiled, record, record_with};
use futures::executor::block_on;

mod database {
    use super::*;

    const ELSEWHERE: &str = "elsewhere";

    #[trace(level = "debug")]
    #[tag_args]
    pub(super) fn get(key: u32) -> Result<u32, fmt::Error> {
        drop(start_active_span("inside get"));
        if key > 0 { Ok(key) } else { Err(fmt::Error) }
    }

    #[tag_args]
    #[trace(level = "trace")]
    pub(super) async fn scan(from: u32) -> u32 {
        from
    }

    #[trace_with_opname("compact", level = tracing::Level::INFO)]
    #[tag_args(skip(text))]
    pub(super) fn boxed(text: &str, count: u32) -> Pin<Box<dyn Future<Output = usize>>> {
        let length = text.len();
        Box::pin(async move { length + count as usize })
    }

    #[trace(level = 5, target = ELSEWHERE)]
    pub(super) fn broken() {}

    #[trace]
    pub(super) fn always() {}

    #[trace(level = "debug", root)]
    pub(super) async fn of_its_own() {}
}

fn run() {
    let _request = start_active_span("request");
    let _ = database::get(0);
    block_on(database::scan(1));
    block_on(database::boxed("a", 1));
    database::broken();
    database::always();
    block_on(database::of_its_own());
}

fn spans(levels: &str) -> Spans {
    let levels: Levels = levels.parse().expect("levels");
    let spans = record_with(Tracer::builder("levels").levels(levels), run);
    let request = spans.get("request");
    assert!(
        request.tags.iter().all(|tag| !tag.key.starts_with("ARG.")),
        "{request:?}"
    );
    spans
}

fn names(spans: &Spans) -> Vec<&str> {
    let mut names = spans.names();
    names.sort_unstable();
    names
}

const MODULE: &str = module_path!();

#[test]
fn without_levels_all_spans_start() {
    if !are_levels_compiled() {
        return;
    }
    let all = record(run);
    assert_eq!(
        names(&all),
        [
            "always",
            "broken",
            "compact",
            "get",
            "inside get",
            "of_its_own",
            "request",
            "scan"
        ]
    );
    assert_eq!(all.arguments("get"), ["key=0"]);
    assert_eq!(all.arguments("scan"), ["from=1"]);
    assert_eq!(all.arguments("compact"), ["count=1"]);
    assert!(all.error("get").is_some());
}

#[test]
fn a_span_below_the_minimum_of_its_target_does_not_start_and_says_nothing() {
    if !are_levels_compiled() {
        return;
    }
    let info = spans("info");
    assert_eq!(
        names(&info),
        ["always", "broken", "compact", "inside get", "request"]
    );
    let request = info.get("request");
    assert_eq!(request.tag("error"), None);
    assert!(info.is_parent("request", "inside get"));
    assert_eq!(info.arguments("compact"), ["count=1"]);
}

#[test]
fn a_target_has_a_minimum_of_its_own() {
    if !are_levels_compiled() {
        return;
    }
    let only_debug = spans(&format!("off,{MODULE}::database=debug"));
    assert_eq!(
        names(&only_debug),
        ["always", "compact", "get", "inside get", "of_its_own", "request"]
    );
    let elsewhere = spans("warn,elsewhere=off");
    assert_eq!(names(&elsewhere), ["always", "inside get", "request"]);
    let others = spans("elsewhere=off");
    assert!(others.names().contains(&"scan"), "{:?}", others.names());
}

#[test]
fn the_levels_are_those_of_the_tracer_of_the_active_span() {
    if !are_levels_compiled() {
        return;
    }
    let quiet = TestTracer::new();
    let silent = Tracer::builder("silent").levels("off".parse().expect("levels"));
    let recorded = record_with(silent, || {
        let _ = database::get(1);
        fedtrace::with_tracer(quiet.tracer(), || {
            let _ = database::get(1);
        });
        let _ = database::get(1);
    });
    assert_eq!(names(&recorded), ["inside get", "inside get"]);
    quiet
        .tree()
        .with_tags(["ARG.key"])
        .assert_eq("get ARG.key=1\n  inside get");
}

#[test]
fn a_level_of_a_block_is_that_of_its_methods() {
    if !are_levels_compiled() {
        return;
    }
    struct Store;
    #[trace(level = "debug", prefix = "Store::")]
    impl Store {
        #[tag_args]
        fn get(&self, key: u32) -> u32 {
            key
        }
        async fn list(&self) {}
        #[trace]
        fn own(&self) {}
    }
    let work = || {
        let _request = start_active_span("request");
        Store.get(1);
        block_on(Store.list());
        Store.own();
    };
    let builder = Tracer::builder("levels").levels("info".parse().expect("levels"));
    let spans = record_with(builder, work);
    assert_eq!(names(&spans), ["Store::own", "request"]);
    assert_eq!(spans.tag("request", "ARG.key"), None);
    let all = record(work);
    assert_eq!(all.tag("Store::get", "ARG.key"), Some(&TagValue::Long(1)));
}

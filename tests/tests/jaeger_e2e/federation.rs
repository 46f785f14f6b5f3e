//! The example `federation`, and what each server shows of its trace.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use fedtrace::TraceId;
use fedtrace_tests::jaeger_query::JaegerTrace;
use serde_json::json;

use crate::route::{Route, Server, Transport};

/// Replaces the port of each loopback address, which differs from run to run.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "127.0.0.1:PORT" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

/// The claims that the page shows are among those that the example prints, numbers aside.
fn assert_page_shows(printed: &str) {
    let claims = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("  ✓ "));
        lines
            .map(|line| line.replace(|c: char| c.is_ascii_digit(), ""))
            .collect()
    };
    let (shown, printed) = (
        claims(include_str!("../../../docs/federation-example.md")),
        claims(printed),
    );
    assert!(shown.len() > 10, "{shown:#?}");
    for claim in shown {
        assert!(printed.contains(&claim), "{claim}");
    }
}

/// What came back, as the page counts it.
fn assert_page_counts(trace: &JaegerTrace) {
    let mut spans = BTreeMap::new();
    for span in &trace.spans {
        let service = &trace.process(span).service_name;
        *spans
            .entry(format!("{service}: {}", span.operation_name))
            .or_insert(0) += 1;
    }
    let after_command = include_str!("../../../docs/federation-example.md")
        .lines()
        .skip_while(|line| !line.ends_with("| sort | uniq -c"));
    let shown: BTreeMap<String, i32> = after_command
        .skip(1)
        .take_while(|line| *line != "```")
        .map(|line| {
            let (count, name) = line.trim_start().split_once(' ').expect("a count and a name");
            (name.to_owned(), count.parse().expect("a count"))
        })
        .collect();
    assert_eq!(shown, spans);
}

macro_rules! on {
    ($($name:ident: $server:ident, $transport:ident;)*) => {
        $(#[test]
        #[ignore = "needs a Jaeger server, see .ci/jaeger"]
        fn $name() {
            let route = Route::new(Server::$server, Transport::$transport);
            the_trace_of_the_example_is_there_with_every_span_parent_tag_and_log(&route);
        })*
    };
}

on! {
    v1_compact: V1, Compact;
    v1_http: V1, Http;
    v2_compact: V2, Compact;
    v2_http: V2, Http;
}

/// The example is given the way that its users would: in variables.
fn printed_by_the_example(route: &Route) -> String {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--locked", "--quiet", "--example", "federation"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env_remove("JAEGER_AGENT_HOST")
        .env_remove("JAEGER_AGENT_PORT")
        .stderr(Stdio::inherit());
    for (name, value) in route.variables() {
        command.env(name, value);
    }
    let output = command.output().expect("cargo runs");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{printed}");
    printed
}

fn the_trace_of_the_example_is_there_with_every_span_parent_tag_and_log(route: &Route) {
    let printed = printed_by_the_example(route);
    assert_page_shows(&printed);
    let digits = printed.lines().find_map(|line| line.strip_prefix("trace id: "));
    let trace_id = u128::from_str_radix(digits.expect("a line with the trace id"), 16)
        .ok()
        .and_then(TraceId::new)
        .expect("a trace id");

    let expected = include_str!("federation_trace.txt");
    let spans = expected
        .lines()
        .filter(|line| !line.trim_start().starts_with('*'))
        .count();
    let trace = route.trace(trace_id, spans);
    let tree = without_ports(&trace.tree());
    assert!(
        tree == expected,
        "Jaeger shows another trace than federation_trace.txt:\n{tree}"
    );
    assert_page_counts(&trace);
    for span in &trace.spans {
        assert_eq!(span.warnings.iter().flatten().count(), 0, "{span:?}");
    }
    for process in trace.processes.values() {
        assert_eq!(process.tag("instance_name"), Some(("string", &json!("main"))));
        // Jaeger 2 uses the words of OpenTelemetry for what it knows.
        let version = concat!("fedtrace-", env!("CARGO_PKG_VERSION"));
        let (version_key, version, host_key) = match route.server {
            Server::V2 => (
                "opencensus.exporterversion",
                format!("Jaeger-{version}"),
                "host.name",
            ),
            _ => ("jaeger.version", version.to_owned(), "hostname"),
        };
        assert_eq!(process.tag(version_key), Some(("string", &json!(version))));
        assert!(process.tag(host_key).is_some());
    }
}

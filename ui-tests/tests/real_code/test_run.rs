//! The tests of the published packages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workspace::Program;

/// By the name of a test: what came of it.
type Results = BTreeMap<String, String>;

#[derive(Default)]
pub(crate) struct TestRun {
    /// By package.
    pub(crate) results: BTreeMap<String, Results>,
    pub(crate) counts: BTreeMap<String, Counts>,
}

/// What the tracer got.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) spans: u64,
    pub(crate) spans_of_tracing: u64,
    /// Those that are log records of a span.
    pub(crate) events: u64,
}

impl TestRun {
    /// Programs with a tracer leave a file in the folder `counts`.
    pub(crate) fn new(programs: &[Program], counts: Option<&Path>) -> Self {
        let mut run = Self::default();
        for program in programs {
            let mut command = Command::new(&program.executable);
            command
                .current_dir(&program.folder)
                .env("CARGO_MANIFEST_DIR", &program.folder);
            if let Some(counts) = counts {
                let _ = fs::remove_dir_all(counts);
                fs::create_dir_all(counts).expect("a folder");
                command.env("REAL_CODE_COUNTS", counts);
            }
            let output = command.output().expect("a program");
            let written = String::from_utf8_lossy(&output.stdout);
            let results = run.results.entry(program.package.clone()).or_default();
            let errors = String::from_utf8_lossy(&output.stderr);
            // A program that ends before its time has nothing to compare.
            assert!(
                written.contains("test result: "),
                "{}: {written}\n{errors}",
                program.package
            );
            for (test, result) in written.lines().filter_map(result) {
                results.insert(format!("{}::{test}", program.target), result.to_owned());
            }
            if let Some(counts) = counts {
                run.counts.entry(program.package.clone()).or_default().add(counts);
            }
        }
        run
    }
}

/// `test name ... ok`
fn result(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.split_once(" ... ")
}

impl Counts {
    fn add(&mut self, folder: &Path) {
        for file in fs::read_dir(folder).expect("a folder") {
            let text = fs::read_to_string(file.expect("a file").path()).expect("counts");
            let [spans, spans_of_tracing, events]: [u64; 3] = serde_json::from_str(&text).expect("counts");
            self.spans += spans;
            self.spans_of_tracing += spans_of_tracing;
            self.events += events;
        }
    }
}

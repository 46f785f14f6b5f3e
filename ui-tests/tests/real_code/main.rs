//! Published crates with attributes on every function: they get the same warnings as before, and their tests the same
//! results. `.ci/real-code` fetches the crates.

mod annotation;
mod package;
mod published;
mod test_run;
mod workspace;

use published::Published;
use test_run::{Counts, TestRun};
use workspace::{Compiled, Warning, Workspace};

/// One after the other, since the first compiles what the second runs.
#[test]
#[ignore = "needs the registry: `.ci/real-code run`"]
fn published_crates_are_the_same_with_every_function_traced() {
    let published = Published::new();
    let untouched = published.workspace("untouched", false);
    let annotated = published.workspace("annotated", true);
    let before = untouched.compile(&published.target_folder);
    let after = annotated.compile(&published.target_folder);
    show_warnings(&published, &annotated, &before, &after);
    assert_same_warnings(&before, &after);
    assert_same_results(&published, &before, &after);
}

fn show_warnings(published: &Published, annotated: &Workspace, before: &Compiled, after: &Compiled) {
    println!("crate        version  functions  warnings before and after");
    for package in &published.packages {
        let warnings = |compiled: &Compiled| {
            let warnings = compiled.warnings.iter();
            warnings.filter(|warning| warning.package == package.name).count()
        };
        let functions = annotated.functions[&package.name];
        assert!(functions > 0, "{}", package.name);
        let (before, after) = (warnings(before), warnings(after));
        println!(
            "{:12} {:8} {functions:9} {before:9} {after:9}",
            package.name, package.version
        );
    }
}

/// Said of the `impl` block, so the attribute on a method cannot allow it.
const NEW: [&str; 2] = [
    "clippy::non_canonical_clone_impl",
    "clippy::non_canonical_partial_ord_impl",
];

/// Nothing new is said, and what the compiler says is said again. The linter keeps some of its advice from code that a
/// macro has written, such as that a function could be `const`.
fn assert_same_warnings(before: &Compiled, after: &Compiled) {
    let missing = |of: &Compiled, in_these: &Compiled| -> Vec<Warning> {
        let missing = of
            .warnings
            .iter()
            .filter(|warning| !in_these.warnings.contains(warning));
        missing.cloned().collect()
    };
    let mut new = missing(after, before);
    new.retain(|warning| !NEW.contains(&&*warning.code));
    let mut lost = missing(before, after);
    lost.retain(|warning| !warning.code.starts_with("clippy::"));
    assert!(
        !before.warnings.is_empty() && new.is_empty() && lost.is_empty(),
        "new: {new:#?}\nlost: {lost:#?}"
    );
}

fn assert_same_results(published: &Published, before: &Compiled, after: &Compiled) {
    let plain = TestRun::new(&before.programs, None);
    let counts = published.target_folder.join("counts");
    let traced = TestRun::new(&after.programs, Some(&counts));
    let mut of_tracing = 0;
    for (package, results) in &plain.results {
        assert_eq!(traced.results[package], *results, "{package}");
        let passed = results.values().filter(|result| *result == "ok").count();
        let Counts {
            spans,
            spans_of_tracing,
            events,
        } = traced.counts[package];
        assert!(passed > 0 && spans > 0, "{package}");
        of_tracing += spans_of_tracing.min(events);
        println!(
            "{package}: {passed} of {} tests pass, before and after; {spans} spans, \
             {spans_of_tracing} of them and {events} log records of tracing",
            results.len()
        );
    }
    assert!(plain.results.len() >= 2 && of_tracing > 0);
}

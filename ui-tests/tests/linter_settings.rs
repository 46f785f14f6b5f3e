//! The settings of the linter that `docs/async.md` shows.

use std::collections::BTreeSet;

use fedtrace_ui_tests::Compiler;

const PAGE: &str = include_str!("../../docs/async.md");

/// What loses the span is marked.
const PROGRAM: &str = r#"
pub async fn request(mut set: tokio::task::JoinSet<()>) {
    let _ = tokio::spawn(async {}).await; // lost
    let _ = tokio::task::spawn(async {}).await; // lost
    let _ = tokio::task::spawn_blocking(|| {}).await; // lost
    set.spawn(async {}); // lost
    let _ = std::thread::spawn(|| {}).join(); // lost
    std::thread::scope(|scope| {
        scope.spawn(|| {});
    });
}
"#;

#[test]
fn the_settings_that_the_page_shows_find_what_is_spawned_without_its_span() {
    let after_name = PAGE.split("```toml\n# clippy.toml\n").nth(1);
    let settings = after_name.and_then(|text| text.split("```").next());
    let settings = settings.expect("docs/async.md shows a clippy.toml");
    let linter = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "linter_settings").linter_with(settings);
    let Some(linter) = linter else {
        return;
    };
    let messages = linter.messages("spawned", "2024", PROGRAM, &[]);
    let found: BTreeSet<u64> = messages
        .iter()
        .map(|message| {
            assert_eq!(message.code, "clippy::disallowed_methods", "{message:?}");
            message.places[0].0
        })
        .collect();
    let marked = (1..).zip(PROGRAM.lines());
    let marked: BTreeSet<u64> = marked
        .filter(|(_, line)| line.ends_with("// lost"))
        .map(|(number, _)| number)
        .collect();
    assert_eq!(found, marked, "{messages:#?}");
}

//! What the compiler says about a function, it says about the function with attributes: the same errors and warnings,
//! at the same places. The attributes add none of their own.
//!
//! Each file in `diagnostics/` is compiled without attributes and with every combination of them. A line
//! `#[attributes]` stands for them, by itself, so that lines and columns are the same. The files are apart by how far
//! the compiler gets: an error of names hides those of types, and so on.

use std::collections::BTreeSet;
use std::fs;

use fedtrace_ui_tests::{COMBINATIONS, Compiler, Message, editions, with_attributes};

/// Lints that are off by default, and may not change either.
const GROUPS: [&str; 10] = [
    "unused",
    "nonstandard-style",
    "future-incompatible",
    "rust-2018-idioms",
    "rust-2021-compatibility",
    "let-underscore",
    "keyword-idents",
    "unused-qualifications",
    "unused-lifetimes",
    "trivial-casts",
];

/// What is lost or new, and why that is so.
fn is_excepted(file: &str, message: &Message, attributes: &str, what: &str) -> bool {
    const LOST: [&str; 15] = [
        // True of a traced function: it is not `const`, an `async fn` awaits, a future is not only its block.
        "clippy::missing_const_for_fn",
        "clippy::unused_async",
        "clippy::manual_async_fn",
        "clippy::derivable_impls",
        // The closure of a function with `Result` hides from the linter what the body does with an argument.
        "clippy::unnecessary_wraps",
        "clippy::needless_pass_by_value",
        "clippy::ptr_arg",
        "clippy::boxed_local",
        "clippy::needless_lifetimes",
        "clippy::elidable_lifetime_names",
        "clippy::needless_return",
        "clippy::implicit_return",
        // About how attributes are written.
        "clippy::empty_line_after_outer_attr",
        "clippy::empty_line_after_doc_comments",
        "clippy::allow_attributes_without_reason",
    ];
    const NEW: [(&str, &str); 4] = [
        // The linter does not see that a closure with a written type says what its numbers are.
        ("", "clippy::default_numeric_fallback"),
        // Said of a macro of the user that puts several names together, at a place that has nothing to do with it.
        ("made_by_macros", "clippy::arithmetic_side_effects"),
        // Of a body that is no longer one expression. Said of the block, so the attribute on a method cannot allow it.
        ("traits", "clippy::non_canonical_clone_impl"),
        ("traits", "clippy::non_canonical_partial_ord_impl"),
    ];
    let code = message.code.as_str();
    // The scope is one more value with a place in the order, and an `async fn` has no values of its own left.
    if code == "tail_expr_drop_order" {
        return true;
    }
    // A tag uses its argument.
    let of_argument = ["unused_variables", "unused_assignments"];
    let is_known = match what {
        "lost" => LOST.contains(&code),
        _ => NEW.contains(&("", code)) || NEW.contains(&(file, code)),
    };
    is_known || attributes.contains("tag_args") && of_argument.contains(&code)
}

#[test]
fn errors_and_warnings_are_the_same_with_attributes() {
    let compiler = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "diagnostics");
    let all: Vec<&str> = COMBINATIONS.iter().map(|(name, _)| *name).collect();
    let differences = differences(&compiler, "diagnostics", "2024", &warnings(&GROUPS), &all);
    assert!(differences.is_empty(), "{differences}");
}

/// What changes with the next edition is the same, too.
#[test]
fn an_older_edition_is_told_the_same_about_a_newer_one_with_attributes() {
    let compiler = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "compatibility");
    let options = warnings(&["rust-2024-compatibility"]);
    let differences = differences(&compiler, "twins", "2021", &options, &LINTED);
    assert!(differences.is_empty(), "{differences}");
}

/// The linter has more to say, about functions that are right. Where it is not installed, nothing is compared.
#[test]
fn the_linter_says_the_same_with_attributes() {
    let Some(linter) = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "linter").linter() else {
        return;
    };
    let options = warnings(&[
        "clippy::all",
        "clippy::pedantic",
        "clippy::nursery",
        "clippy::restriction",
    ]);
    let differences = differences(&linter, "twins", "2024", &options, &LINTED);
    assert!(differences.is_empty(), "{differences}");
}

fn warnings(lints: &[&str]) -> Vec<String> {
    lints.iter().map(|lint| format!("-W{lint}")).collect()
}

/// Compiles each file of the folder that is of this edition without attributes, and with these combinations of them.
fn differences(
    compiler: &Compiler,
    folder: &str,
    edition: &str,
    options: &[String],
    combinations: &[&str],
) -> String {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut differences = String::new();
    let mut is_silent = true;
    for file in fs::read_dir(folder).expect("the folder") {
        let path = file.expect("a file").path();
        let source = fs::read_to_string(&path).expect("a readable file");
        if !editions(&source).contains(&edition) {
            continue;
        }
        let file = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let said = |name: &str, attributes: &str| {
            let source = with_attributes(&source, attributes);
            compiler.messages(name, edition, &source, &options)
        };
        let plain = said(file, "");
        // A twin is Rust, also outside of the module that it has as a program: an error would hide everything else.
        let errors = plain.iter().filter(|message| message.code.starts_with('E'));
        assert!(folder != "twins" || errors.count() == 0, "{file}: {plain:?}");
        is_silent &= plain.is_empty();
        let chosen = COMBINATIONS
            .into_iter()
            .filter(|(name, _)| combinations.contains(name));
        for (combination, attributes) in chosen {
            let messages = said(&format!("{file}_{combination}"), attributes);
            differences += &difference(file, combination, &plain, &messages, attributes);
        }
    }
    assert!(!is_silent, "nothing to say about {folder}");
    differences
}

/// One combination has all that the others have.
const LINTED: [&str; 2] = ["trace", "trace_first"];

fn difference(
    file: &str,
    combination: &str,
    plain: &[Message],
    messages: &[Message],
    attributes: &str,
) -> String {
    let kinds = |messages: &[Message]| messages.iter().map(Kind::of).collect::<BTreeSet<_>>();
    let missing = |of: &[Message], in_these: &[Message], what: &str| -> String {
        let known = kinds(in_these);
        let missing = of.iter().filter(|message| !known.contains(&Kind::of(message)));
        let lines = missing.filter(|message| !is_excepted(file, message, attributes, what));
        lines
            .map(|message| format!("{file}, {combination}: {what}: {message:?}\n"))
            .collect()
    };
    missing(plain, messages, "lost") + &missing(messages, plain, "new")
}

/// What must be the same. The compiler may say it twice, if a type is written twice.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    places: Vec<(u64, u64)>,
    level: String,
    code: String,
}

impl Kind {
    fn of(message: &Message) -> Self {
        let Message {
            places, level, code, ..
        } = message.clone();
        // At a parameter or a closure's parameter, with or without `mut`; with or without the semicolon before it.
        let only_lines = [
            "unused_assignments",
            "redundant_semicolons",
            "clippy::redundant_pattern",
        ]
        .contains(&code.as_str());
        let place = |(line, column)| (line, if only_lines { 0 } else { column });
        Self {
            places: places.into_iter().map(place).collect(),
            level,
            code,
        }
    }
}

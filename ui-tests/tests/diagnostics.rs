//! What the compiler says about a function, it says about the function with attributes: the same errors and warnings,
//! at the same places. The attributes add none of their own.
//!
//! Each file in `diagnostics/` is compiled without attributes and with every combination of them. A line
//! `#[attributes]` stands for them, by itself, so that lines and columns are the same. The files are apart by how far
//! the compiler gets: an error of names hides those of types, and so on.

use std::collections::BTreeSet;
use std::fs;

use fedtrace_ui_tests::{COMBINATIONS, Compiler, Message, with_attributes};

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

/// What is lost, and why that is so.
fn is_excepted(message: &Message, attributes: &str) -> bool {
    // A tag uses its argument.
    let of_argument = ["unused_variables", "unused_assignments"];
    attributes.contains("tag_args") && of_argument.contains(&message.code.as_str())
}

#[test]
fn errors_and_warnings_are_the_same_with_attributes() {
    let compiler = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "diagnostics");
    let options: Vec<String> = GROUPS.iter().map(|group| format!("-W{group}")).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let mut differences = String::new();
    for file in fs::read_dir("diagnostics").expect("the folder `diagnostics`") {
        let path = file.expect("a file").path();
        let source = fs::read_to_string(&path).expect("a readable file");
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let said = |name: &str, attributes: &str| {
            let source = with_attributes(&source, attributes);
            compiler.messages(name, "2024", &source, &options)
        };
        let plain = said(name, "");
        assert!(!plain.is_empty(), "nothing is wrong in {name}");
        for (combination, attributes) in COMBINATIONS.into_iter().skip(1) {
            let messages = said(&format!("{name}_{combination}"), attributes);
            differences += &difference(&format!("{name}, {combination}"), &plain, &messages, attributes);
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

fn difference(name: &str, plain: &[Message], messages: &[Message], attributes: &str) -> String {
    let kinds = |messages: &[Message]| messages.iter().map(Kind::of).collect::<BTreeSet<_>>();
    let missing = |of: &[Message], in_these: &[Message], what: &str| -> String {
        let known = kinds(in_these);
        let missing = of.iter().filter(|message| !known.contains(&Kind::of(message)));
        let lines = missing.filter(|message| !is_excepted(message, attributes));
        lines
            .map(|message| format!("{name}: {what}: {message:?}\n"))
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
        let only_lines = ["unused_assignments", "redundant_semicolons"].contains(&code.as_str());
        let place = |(line, column)| (line, if only_lines { 0 } else { column });
        Self {
            places: places.into_iter().map(place).collect(),
            level,
            code,
        }
    }
}

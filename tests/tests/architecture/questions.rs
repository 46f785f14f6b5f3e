//! `docs/faq.md` answers each question, and names tests that prove the answer. They exist.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// The text of all files of tests, by the name of the file.
type Sources = BTreeMap<String, String>;

fn read(folder: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension() == Some(OsStr::new("rs")) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            *sources.entry(name).or_default() += &fs::read_to_string(&path).unwrap();
        }
    }
}

/// Questions with what stands below them.
fn questions(page: &str) -> Vec<(&str, &str)> {
    let sections = page.split("\n### ").skip(1);
    let sections = sections.map(|section| section.split("\n## ").next().unwrap_or_default());
    sections.filter_map(|section| section.split_once('\n')).collect()
}

/// The tests that an answer names, each with its file.
fn named_tests(answer: &str) -> Vec<(&str, &str)> {
    let is_name = |name: &str| {
        name.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let code = answer.split('`').skip(1).step_by(2);
    let pairs = code.filter_map(|code| code.split_once("::"));
    pairs
        .filter(|(file, test)| is_name(file) && is_name(test) && test.split('_').count() > 2)
        .collect()
}

#[test]
fn each_answer_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Sources::new();
    for folder in ["tests/tests", "runtime/src", "macros/src", "ui-tests/tests"] {
        read(&root.join(folder), &mut sources);
    }
    let page = fs::read_to_string(root.join("docs/faq.md")).unwrap();
    let questions = questions(&page);
    assert!(questions.len() >= 30, "{} questions", questions.len());
    for (question, answer) in questions {
        assert!(question.ends_with('?'), "{question}");
        let tests = named_tests(answer);
        assert!(!tests.is_empty(), "no test proves the answer to: {question}");
        for (file, test) in tests {
            let source = sources.get(file).map_or("", String::as_str);
            assert!(
                source.contains(&format!("fn {test}(")),
                "`{file}::{test}` below: {question}"
            );
        }
    }
}

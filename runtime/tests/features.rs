//! The list of features is in `Cargo.toml`, in the README and in the documentation of the crate. This test keeps the three
//! equal.

use std::fs;
use std::path::Path;

/// A feature as one of the three lists shows it.
#[derive(Debug, PartialEq)]
struct Feature {
    name: String,
    is_default: bool,
    text: String,
}

/// The names of levels stand for one feature each, which are listed as one.
fn without_level(name: &str) -> &str {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let rest = name.strip_prefix("release-").unwrap_or(name);
    let level = rest.strip_prefix("max-level-");
    match level.is_some_and(|level| levels.contains(&level)) {
        true => "max-level-*",
        false => name,
    }
}

impl Feature {
    /// The text without what differs by the format: capitals, links and the period.
    fn new(name: &str, is_default: bool, text: &str) -> Self {
        let text = text.split("; see [").next().unwrap_or_default();
        let text = text.trim().trim_end_matches('.').replace(['[', ']', '`'], "");
        Self {
            name: name.to_owned(),
            is_default,
            text: text.to_lowercase(),
        }
    }
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines of a text between its heading and the next.
fn section<'a>(text: &'a str, heading: &str, next: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(move |line| *line != heading).skip(1);
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with(next)).collect();
    assert!(!lines.is_empty(), "no section {heading}");
    lines
}

/// What is between backticks, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('`')?.split_once('`')
}

fn in_cargo_toml() -> Vec<Feature> {
    let manifest = read("Cargo.toml");
    let lines = section(&manifest, "[features]", "[");
    let defaults = lines.iter().find_map(|line| line.strip_prefix("default = "));
    let defaults = defaults.expect("a line with the default features");
    let mut comment = Vec::new();
    let mut features = Vec::new();
    for line in &lines {
        if let Some(text) = line.strip_prefix("## ") {
            comment.push(text);
        } else if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| *name != "default") {
            let name = without_level(name);
            if features.iter().any(|known: &Feature| known.name == name) && name.ends_with('*') {
                continue;
            }
            assert!(!comment.is_empty(), "`{name}` has no comment in Cargo.toml");
            let is_default = defaults.contains(&format!("\"{name}\""));
            features.push(Feature::new(name, is_default, &comment.join(" ")));
            comment.clear();
        }
    }
    features
}

fn in_readme() -> Vec<Feature> {
    let readme = read("../README.md");
    let rows = section(&readme, "## Features", "## ").into_iter();
    rows.filter_map(|row| {
        let (name, rest) = quoted(row.strip_prefix("| ")?)?;
        let (default, text) = rest.strip_prefix(" | ")?.split_once(" | ")?;
        let is_default = match default {
            "yes" => true,
            "no" => false,
            other => panic!("`{name}` is {other} by default in README.md"),
        };
        Some(Feature::new(name, is_default, text.strip_suffix(" |")?))
    })
    .collect()
}

fn in_crate_documentation() -> Vec<Feature> {
    let source = read("src/lib.rs");
    let mut items: Vec<String> = Vec::new();
    for line in section(&source, "//! # Features", "#![") {
        match (
            line.strip_prefix("//! * "),
            line.strip_prefix("//!   "),
            items.last_mut(),
        ) {
            (Some(item), _, _) => items.push(item.to_owned()),
            (None, Some(rest), Some(item)) => *item = format!("{item} {rest}"),
            _ => {}
        }
    }
    let features = items.iter().map(|item| {
        let (name, rest) = quoted(item).expect("a name in backticks");
        let (default, text) = rest.split_once(": ").expect("a colon behind the name");
        Feature::new(name, default == " (default)", text)
    });
    features.collect()
}

#[test]
fn cargo_toml_the_readme_and_the_crate_documentation_list_the_same_features() {
    let features = in_cargo_toml();
    assert!(features.iter().any(|feature| feature.name == "enable"));
    assert_eq!(in_readme(), features, "README.md differs from Cargo.toml");
    assert_eq!(
        in_crate_documentation(),
        features,
        "src/lib.rs differs from Cargo.toml"
    );
}

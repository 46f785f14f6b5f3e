//! The names of secrets stand in two crates, since a crate of macros exports nothing else.

use std::fs;
use std::path::Path;

/// The lists, from the first to the functions.
fn lists_in(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(&path).unwrap();
    let (_, lists) = text.split_once("const SECRETS: &[&[&str]] = &[").unwrap();
    let (lists, _) = lists.split_once("pub(crate) fn").unwrap();
    lists.to_owned()
}

#[test]
fn the_attributes_and_the_layer_know_the_same_names_of_secrets() {
    let lists = lists_in("macros/src/redaction.rs");
    for part in ["&[\"token\"]", "const ENDINGS", "const LAST_WORDS"] {
        assert!(lists.contains(part), "{part}");
    }
    assert_eq!(lists, lists_in("runtime/src/util/secret_names.rs"));
}

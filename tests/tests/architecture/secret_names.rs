//! The names of secrets stand in two crates, since a crate of macros exports nothing else.

use std::fs;
use std::path::Path;

fn list_in(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let text = fs::read_to_string(&path).unwrap();
    let (_, list) = text.split_once("const SECRETS: &[&[&str]] = &[").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    list.to_owned()
}

#[test]
fn the_attributes_and_the_layer_know_the_same_names_of_secrets() {
    let list = list_in("macros/src/redaction.rs");
    assert!(list.contains("\"token\""));
    assert_eq!(list, list_in("runtime/src/util/secret_names.rs"));
}

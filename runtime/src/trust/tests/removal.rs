//! Tests of the removal of headers, against the table in docs/federation.md.

use std::collections::BTreeMap;

use super::*;
use crate::trust::inject::inject_context;
use crate::trust::removal::FOREIGN_NAMES;

/// The systems whose headers we write too.
const OURS: [&str; 3] = ["Jaeger", "W3C Trace Context", "Zipkin (B3)"];

/// The rows of the table. A name that ends with `*` is a prefix.
fn documented_names() -> BTreeMap<&'static str, Vec<&'static str>> {
    let document = include_str!("../../../../docs/federation.md");
    let (_, table) = document
        .split_once("| system | removed names |\n|---|---|\n")
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let (system, names) = row.trim_matches(['|', ' ']).split_once(" | ").unwrap();
        (system, names.split('`').skip(1).step_by(2).collect())
    })
    .collect()
}

#[test]
fn the_document_has_every_system_whose_headers_are_removed() {
    let mut documented = documented_names();
    for system in OURS {
        assert!(documented.remove(system).is_some(), "{system}");
    }
    let removed: BTreeMap<_, _> = FOREIGN_NAMES
        .iter()
        .map(|(system, names)| (*system, names.to_vec()))
        .collect();
    assert_eq!(documented, removed);
}

#[test]
fn the_headers_of_every_system_in_the_document_are_removed_and_internal_keeps_those_that_we_do_not_write() {
    for (system, names) in documented_names() {
        for name in names {
            for name in [
                name.replace('*', "x"),
                name.replace('*', ""),
                name.to_uppercase().replace('*', "Y"),
            ] {
                for destination in [
                    LISTED,
                    UNLISTED,
                    Destination::Client,
                    Destination::ThirdParty,
                    Destination::Internal,
                ] {
                    let entries =
                        [name.as_str(), "x-other"].map(|name| (name.to_owned(), "theirs".to_owned()));
                    let mut map = BTreeMap::from(entries);
                    inject_context(&mut map, None, destination, &rules());
                    let is_kept = destination == Destination::Internal && system != "Jaeger";
                    assert_eq!(map.contains_key(&name), is_kept, "{name} {destination:?}");
                    assert!(map.contains_key("x-other"));
                }
            }
        }
    }
}

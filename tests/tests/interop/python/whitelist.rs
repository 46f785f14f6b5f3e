//! The whitelist of Synapse, and ours when it is to read the same list in the same way.

use fedtrace::whitelist::Whitelist;
use serde_json::json;

use crate::cases::Rows;
use crate::peers::{Client, request};

const PATTERNS: [&[&str]; 9] = [
    &["matrix.org"],
    &["matrix\\.org"],
    &["matrix\\.org$"],
    &[".*\\.example\\.com"],
    &["a", "b\\.example"],
    &["matrix\\.(org|com)", "^localhost"],
    &["[a-c]+\\d{2}"],
    &["(?i:MATRIX)\\.org"],
    &[".*"],
];
const SERVER_NAMES: [&str; 15] = [
    "matrix.org",
    "matrix.org:8448",
    "matrixxorg",
    "matrix.org.evil.example",
    "sub.matrix.org",
    "matrix.com",
    "a.example.com",
    "a.example.com.evil.example",
    "example.com",
    "b.example",
    "bc42.example",
    "localhost",
    "localhost:8480",
    "1.2.3.4",
    "[::1]:8448",
];

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn with_prefix_match_we_list_the_servers_that_synapse_lists() {
    let mut rows = Rows::of("whitelists");
    for patterns in PATTERNS {
        let request = request(
            "listed",
            json!({"patterns": patterns, "server_names": SERVER_NAMES}),
        );
        let theirs: Vec<bool> = serde_json::from_value(Client::Python.peer().ask(&request)).expect("answers");
        let ours = Whitelist::prefix_match(patterns).expect("a whitelist");
        for (name, theirs) in SERVER_NAMES.into_iter().zip(theirs) {
            rows.assert_eq((patterns, name), ours.allows(name), theirs);
        }
    }
    rows.finish();
}

#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn an_entry_with_anchored_end_lists_the_same_servers_in_both_programs() {
    let mut rows = Rows::of("entries that mean the same");
    for entry in [
        "(.*\\.)?example\\.com(:[0-9]+)?$",
        "(.*\\.)?matrix\\.org(:[0-9]+)?$",
        "localhost(:[0-9]+)?$",
    ] {
        let request = request(
            "listed",
            json!({"patterns": [entry], "server_names": SERVER_NAMES}),
        );
        let theirs: Vec<bool> = serde_json::from_value(Client::Python.peer().ask(&request)).expect("answers");
        let ours = Whitelist::new([entry]).expect("a whitelist");
        assert!(theirs.contains(&true) && theirs.contains(&false), "{entry}");
        for (name, theirs) in SERVER_NAMES.into_iter().zip(theirs) {
            rows.assert_eq((entry, name), ours.allows(name), theirs);
        }
    }
    rows.finish();
}

/// It is what Synapse's own documentation shows.
#[test]
#[ignore = "needs Synapse, see .ci/interop"]
fn an_asterisk_before_a_domain_is_a_name_for_us_and_an_error_for_synapse() {
    let pattern = "*.example.com";
    let error = Client::Python
        .peer()
        .ask(&request("refused", json!({ "pattern": pattern })));
    let error = error.as_str().expect("Synapse refuses it");
    assert!(error.starts_with("nothing to repeat"), "{error}");
    assert!(
        Whitelist::new([pattern])
            .expect("a whitelist")
            .allows("a.example.com")
    );
}

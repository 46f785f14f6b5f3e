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

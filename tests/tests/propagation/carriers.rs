//! What can carry a context, by the source: each has its rows in `conformance.rs`.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use fedtrace::Carrier;
use rustracing::carrier::TextMap;

/// The source of the crate without its unit tests, by file.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources);
    assert!(sources.iter().any(|(name, _)| name == "codec/carrier.rs"));
    sources
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if !name.contains("/tests/") {
            sources.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The public functions and methods in a source: name, and what they take and give.
fn public_functions(source: &str) -> Vec<(String, String)> {
    let mut functions = Vec::new();
    for (at, _) in source.match_indices("pub ") {
        let indentation = source[..at].rsplit('\n').next().unwrap();
        let head: String = source[at..].chars().take_while(|c| !"{;".contains(*c)).collect();
        if let (true, Some((_, rest))) = (indentation.trim().is_empty(), head.split_once("fn ")) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap();
            functions.push((rest[..end].to_owned(), rest.to_owned()));
        }
    }
    functions
}

#[test]
fn a_carrier_without_rows_in_the_conformance_table_is_an_error() {
    let mut carriers = BTreeSet::new();
    for (_, source) in sources() {
        for line in source.lines().map(str::trim) {
            if !line.starts_with("//") && line.contains("Carrier for ") {
                carriers.insert(line.to_owned());
            }
            if let Some(map) = line.strip_prefix("text_map!(") {
                carriers.insert(map.to_owned());
            }
        }
    }
    let known = [
        "BTreeMap<String, String>);",
        "HashMap<String, String, S>, S);",
        "impl $(<$hasher: BuildHasher>)? Carrier for $map {",
        "impl Carrier for HeaderMap {",
    ];
    assert!(
        carriers.iter().eq(known),
        "give each carrier its rows in conformance.rs and name it here: {carriers:#?}"
    );
}

#[test]
fn a_way_in_or_out_without_rows_in_the_conformance_table_is_an_error() {
    let mut functions = BTreeSet::new();
    for (file, source) in sources() {
        if !(file.starts_with("propagation/") || file.starts_with("integration/")) {
            continue;
        }
        for (name, signature) in public_functions(&source) {
            let takes_side = ["Destination<", "Origin<", "SpanContext", "carrier:"];
            if takes_side.iter().any(|word| signature.contains(word)) {
                functions.insert(name);
            }
        }
    }
    let known = [
        "context_from_string",
        "context_to_string",
        "extract",
        "extract_edu",
        "extract_internal_http_header",
        "extract_internal_text_map",
        "extract_raw_edu",
        // Takes what `extract` does.
        "incoming_federation_request",
        "inject",
        "inject_edu",
        "inject_internal_http_header",
        "inject_internal_text_map",
        "inject_raw_edu",
        "inject_response_headers",
        // These take what `extract_edu` and `extract_raw_edu` do.
        "start_active_span_from_edu",
        "start_active_span_from_raw_edu",
        "start_send_raw_transaction",
        "start_send_transaction",
        "start_span_from_edu",
        "start_span_from_raw_edu",
    ];
    assert!(
        functions.iter().eq(known),
        "give each function its rows in conformance.rs and name it here: {functions:#?}"
    );
}

#[test]
fn only_trust_asks_the_whitelist_for_a_decision() {
    for (file, source) in sources() {
        let may_ask = file.starts_with("trust/")
            // Tells the answer to users, for whatever they need it.
            || file == "tracer/core.rs";
        let asks = source
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| line.contains(".allows("));
        assert!(may_ask || !asks, "{file}");
    }
}

/// A text map of `rustracing` that is nothing else.
struct Theirs(HashMap<String, String>);

impl TextMap for Theirs {
    fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// By method resolution: the one for carriers is found first, where it is there.
trait IsCarrier {
    fn is_carrier(&self) -> bool {
        true
    }
}

impl<C: Carrier> IsCarrier for C {}

trait IsNoCarrier {
    fn is_carrier(&self) -> bool {
        false
    }
}

impl<T> IsNoCarrier for &T {}

#[test]
fn a_carrier_of_rustracing_cannot_be_given_to_what_takes_a_destination() {
    let (theirs, ours) = (&Theirs(HashMap::new()), &HashMap::<String, String>::new());
    assert_eq!((theirs.is_carrier(), ours.is_carrier()), (false, true));
}

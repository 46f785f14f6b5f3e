//! Tests that `docs/configuration.md` lists exactly the keys and variables that exist.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::opentracing::OpentracingConfig;
use super::transport::CollectorProtocol;
use super::value::node::Node;
use super::value::section::{KEYS_SEEN, Value};
use crate::model::error::config::ConfigError;

/// The cells of each row of the table that begins with this word.
fn table(first: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
    let page = fs::read_to_string(path).unwrap();
    let header = format!("| {first} |");
    let lines = page.lines().skip_while(|line| !line.starts_with(&header)).skip(2);
    let rows: Vec<_> = lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert!(rows.len() > 10);
    rows
}

struct Key {
    path: String,
    example: Option<Node>,
    has_effect: bool,
}

fn keys() -> Vec<Key> {
    table("key")
        .into_iter()
        .map(|row| {
            let [key, kind, _, example, effect, from] = &row[..] else {
                panic!("{row:?}");
            };
            assert!(!kind.is_empty() && !from.is_empty(), "{row:?}");
            Key {
                path: format!("opentracing.{}", key.trim_matches('`')),
                example: (!example.is_empty())
                    .then(|| yaml_serde::from_str(example.trim_matches('`')).unwrap()),
                has_effect: !effect.starts_with("**none**"),
            }
        })
        .collect()
}

/// A section with the examples of all keys but one.
fn section(keys: &[Key], without: &str) -> Result<OpentracingConfig, ConfigError> {
    let mut root = Node::Map(Vec::new());
    for key in keys.iter().filter(|key| key.path != without) {
        let Some(example) = &key.example else { continue };
        let mut node = &mut root;
        for name in key.path.split('.').skip(1) {
            let Node::Map(values) = node else {
                panic!("{} is in no section", key.path);
            };
            let place = values.iter().position(|(known, _)| known == name);
            let place = place.unwrap_or_else(|| {
                values.push((name.to_owned(), Node::Map(Vec::new())));
                values.len() - 1
            });
            node = &mut values[place].1;
        }
        *node = example.clone();
    }
    OpentracingConfig::read(&Value {
        path: "opentracing".to_owned(),
        node: root,
    })
}

#[test]
fn the_table_of_keys_has_those_that_are_read_and_no_others() {
    let keys = keys();
    KEYS_SEEN.take();
    section(&keys, "").unwrap();
    let read = KEYS_SEEN.take();
    let documented: BTreeSet<_> = keys.iter().map(|key| key.path.clone()).collect();
    assert_eq!(documented.len(), keys.len(), "a key is there twice");
    let difference: Vec<_> = read.symmetric_difference(&documented).collect();
    assert!(
        difference.is_empty(),
        "in one of code and page only: {difference:#?}"
    );
}

#[test]
fn a_key_changes_the_configuration_if_the_table_gives_it_an_effect() {
    let keys = keys();
    let whole = section(&keys, "").unwrap();
    for key in keys.iter().filter(|key| key.example.is_some()) {
        // While tracing is not enabled, errors are deferred.
        let changes = match section(&keys, &key.path) {
            Ok(without) => without != whole,
            Err(_) => true,
        };
        assert_eq!(changes, key.has_effect, "{}", key.path);
    }
}

#[test]
fn the_table_of_variables_has_those_that_are_asked_and_no_others() {
    let asked = RefCell::new(BTreeSet::new());
    let variable = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        (name == "JAEGER_ENDPOINT").then(|| "http://localhost:14268/api/traces".to_owned())
    };
    let config = OpentracingConfig::from_variables(variable).unwrap();
    config.transport(variable).unwrap();
    let mut agent = config.clone();
    agent.jaeger_config.local_agent.reporting_port = Some(6831);
    agent.transport(variable).unwrap();
    let mut otlp = config.clone();
    otlp.fedtrace.collector.protocol = CollectorProtocol::Otlp;
    assert!(otlp.collector_endpoint(variable).is_some());
    otlp.fedtrace.collector.filled(variable).unwrap();
    otlp.fedtrace
        .collector
        .certificates("https://localhost", variable);
    config.sampling_endpoint(variable).unwrap();
    config.jaeger_config.local_agent.address(0, variable).unwrap();
    let rows = table("variable").into_iter();
    let documented: BTreeSet<_> = rows.map(|row| row[0].trim_matches('`').to_owned()).collect();
    let asked = asked.take();
    let difference: Vec<_> = asked.symmetric_difference(&documented).collect();
    assert!(
        difference.is_empty(),
        "in one of code and page only: {difference:#?}"
    );
}

#[test]
fn a_key_that_a_row_of_the_table_of_variables_names_exists() {
    let keys: BTreeSet<_> = keys().into_iter().map(|key| key.path).collect();
    for row in table("variable") {
        let [variable, _, _, wins, clients] = &row[..] else {
            panic!("{row:?}");
        };
        assert!(!clients.is_empty(), "{row:?}");
        let named = wins.split('`').skip(1).step_by(2);
        for key in named.filter(|name| !name.starts_with("JAEGER_") && !name.starts_with("OTEL_")) {
            assert!(keys.contains(&format!("opentracing.{key}")), "{variable}: {key}");
        }
    }
}

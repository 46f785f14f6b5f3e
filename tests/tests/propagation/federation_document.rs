//! `docs/federation.md` names a test for each claim. They exist.

use std::fs;
use std::path::Path;

#[test]
fn each_test_that_the_document_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("docs/federation.md")).unwrap();
    let named: Vec<_> = document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_once("::"))
        .filter(|(_, name)| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .filter(|(file, _)| file.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(named.len() > 30, "{named:?}");
    let mut folders = vec![
        root.join("runtime/src/trust/tests"),
        root.join("runtime/src/trust/whitelist"),
        root.join("runtime/src/propagation"),
        root.join("runtime/src/metrics"),
        root.join("runtime/src/integration/tower"),
        root.join("tests/tests/interop/python"),
        root.join("examples/matrix_peer/tests/synapse"),
    ];
    let areas = fs::read_dir(root.join("tests/tests")).unwrap();
    folders.extend(areas.map(|area| area.unwrap().path()));
    for (file, test) in named {
        let exists = folders.iter().any(|folder| {
            let source = fs::read_to_string(folder.join(file).with_extension("rs"));
            source.is_ok_and(|source| source.contains(&format!("fn {test}(")))
        });
        assert!(exists, "`{file}::{test}`");
    }
}

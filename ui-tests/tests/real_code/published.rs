//! The packages that `real-code/Cargo.toml` names, where `.ci/real-code fetch` has put them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Table;

use crate::package::Package;
use crate::workspace::{Workspace, cargo, stdout};

pub(crate) struct Published {
    home: PathBuf,
    pub(crate) target_folder: PathBuf,
    pub(crate) packages: Vec<Package>,
    /// As cargo takes them: `package/feature`, with commas between them.
    features: String,
}

impl Published {
    pub(crate) fn new() -> Self {
        let variable = |name| env::var_os(name).map(PathBuf::from);
        let home = variable("FEDTRACE_REAL_CODE").expect("run this by `.ci/real-code run`");
        let target_folder = variable("FEDTRACE_REAL_CODE_TARGET").expect("run this by `.ci/real-code run`");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(here.join("real-code/Cargo.toml")).expect("the manifest");
        let manifest: Table = toml::from_str(&text).expect("the manifest");
        let packages = packages(&home, &manifest);
        assert!(packages.len() >= 5);
        Self {
            features: features(&manifest),
            home,
            target_folder,
            packages,
        }
    }

    pub(crate) fn workspace(&self, name: &str, annotate: bool) -> Workspace {
        Workspace::new(&self.home, name, &self.packages, &self.features, annotate)
    }
}

/// Cargo knows where it has unpacked them.
fn packages(home: &Path, manifest: &Table) -> Vec<Package> {
    let tested = manifest["package"]["metadata"]["tested"]
        .as_array()
        .expect("names");
    let mut metadata = cargo();
    metadata.current_dir(home.join("sources"));
    metadata.args(["metadata", "--offline", "--locked", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&stdout(metadata.output().expect("cargo"))).expect("JSON");
    let unpacked = metadata["packages"].as_array().expect("packages");
    let package = |(name, dependency): (&String, &toml::Value)| {
        let version = version(dependency);
        let is_it = |unpacked: &&Value| unpacked["name"] == **name && unpacked["version"] == version;
        let unpacked = unpacked.iter().find(is_it).expect("a package");
        let manifest = Path::new(unpacked["manifest_path"].as_str().expect("a path"));
        Package {
            is_tested: tested.iter().any(|tested| tested.as_str() == Some(name)),
            name: name.clone(),
            version: version.to_owned(),
            folder: manifest.parent().expect("a folder").to_owned(),
        }
    };
    dependencies(manifest).iter().map(package).collect()
}

fn features(manifest: &Table) -> String {
    let mut features = Vec::new();
    for (name, dependency) in dependencies(manifest) {
        let listed = dependency.get("features").and_then(toml::Value::as_array);
        for feature in listed.into_iter().flatten() {
            features.push(format!("{name}/{}", feature.as_str().expect("a feature")));
        }
    }
    features.join(",")
}

fn dependencies(manifest: &Table) -> &Table {
    manifest["dependencies"].as_table().expect("dependencies")
}

fn version(dependency: &toml::Value) -> &str {
    let version = dependency.get("version").unwrap_or(dependency);
    let version = version.as_str().expect("a version");
    version.strip_prefix('=').expect("one version")
}

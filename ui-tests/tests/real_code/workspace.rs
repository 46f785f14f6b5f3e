//! The published packages as a workspace, once as they are and once with attributes on every function.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::package::{Package, write};

/// What the packages are compiled in.
pub(crate) struct Workspace {
    folder: PathBuf,
    name: String,
    features: String,
    /// By the name of the package: how many functions have attributes.
    pub(crate) functions: BTreeMap<String, usize>,
}

/// With what a package denies as a warning, so that it hides nothing.
const LINT: &[&str] = &[
    "--lib",
    "--tests",
    "--",
    "--cap-lints",
    "warn",
    "--warn=unused",
    "--warn=rust-2018-idioms",
    "--warn=clippy::pedantic",
];

const TEST: &[&str] = &["--tests", "--no-run"];

/// What the compiler says, and the programs that it has made.
#[derive(Default)]
pub(crate) struct Compiled {
    pub(crate) warnings: Vec<Warning>,
    pub(crate) programs: Vec<Program>,
}

/// A warning without its column: attributes move what is on their line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Warning {
    pub(crate) package: String,
    target: String,
    places: Vec<(String, u64)>,
    pub(crate) code: String,
    text: String,
}

/// The tests of a target.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) package: String,
    pub(crate) target: String,
    pub(crate) executable: PathBuf,
    /// Where its tests expect to run.
    pub(crate) folder: PathBuf,
}

impl Workspace {
    /// Below `home`, which has the sources and the lock file.
    pub(crate) fn new(home: &Path, name: &str, packages: &[Package], features: &str, annotate: bool) -> Self {
        let folder = home.join(name);
        let mut functions = BTreeMap::new();
        let mut members = Vec::new();
        for package in packages {
            // Cargo tells packages apart by their path in the workspace, also those of two workspaces that share a
            // target folder.
            let member = format!("{name}/{}", package.name);
            let number = package.copy_to(&folder.join(&member), annotate);
            functions.insert(package.name.clone(), number);
            members.push(member);
        }
        let manifest = format!("[workspace]\nresolver = \"2\"\nmembers = {members:?}\n");
        write(&folder.join("Cargo.toml"), &manifest);
        let lock = folder.join("Cargo.lock");
        if !lock.exists() {
            fs::copy(home.join("sources/Cargo.lock"), lock).expect("a lock file");
        }
        Self {
            folder,
            name: name.to_owned(),
            features: features.to_owned(),
            functions,
        }
    }

    /// What the compiler and the linter say about everything, and the programs with tests.
    pub(crate) fn compile(&self, target_folder: &Path) -> Compiled {
        let mut compiled = Compiled::default();
        for (command, options) in [("clippy", LINT), ("test", TEST)] {
            let mut cargo = cargo();
            cargo.current_dir(&self.folder).arg(command);
            cargo.args([
                "--workspace",
                "--message-format",
                "json",
                "--features",
                &self.features,
            ]);
            cargo.arg("--target-dir").arg(target_folder).args(options);
            for told in stdout(cargo.output().expect("cargo")).lines() {
                let told = told.replace(&format!("\"{}/", self.name), "\"");
                compiled.add(&serde_json::from_str(&told).expect("JSON"), command == "clippy");
            }
        }
        compiled.warnings.sort();
        compiled
            .programs
            .sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
        compiled
    }
}

impl Compiled {
    fn add(&mut self, told: &Value, is_linted: bool) {
        let Some(manifest) = told["manifest_path"].as_str() else {
            return;
        };
        let folder = Path::new(manifest).parent().expect("a folder");
        let package = folder.file_name().and_then(|name| name.to_str()).expect("a name");
        let target = format!("{} {}", told["target"]["kind"][0], told["target"]["name"]);
        if let Some(executable) = told["executable"]
            .as_str()
            .filter(|_| told["profile"]["test"] == true)
        {
            self.programs.push(Program {
                package: package.to_owned(),
                target,
                executable: executable.into(),
                folder: folder.to_owned(),
            });
        } else if is_linted && told["message"]["level"] == "warning" {
            self.warnings.extend(warning(package, target, &told["message"]));
        }
    }
}

/// `None` is the number of warnings.
fn warning(package: &str, target: String, message: &Value) -> Option<Warning> {
    let spans = message["spans"].as_array()?.iter();
    let primary = spans.filter(|span| span["is_primary"] == true);
    let place = |span: &Value| {
        Some((
            span["file_name"].as_str()?.to_owned(),
            span["line_start"].as_u64()?,
        ))
    };
    let places: Vec<_> = primary.filter_map(place).collect();
    (!places.is_empty()).then(|| Warning {
        package: package.to_owned(),
        target,
        places,
        code: message["code"]["code"].as_str().unwrap_or_default().to_owned(),
        text: message["message"].as_str().unwrap_or_default().to_owned(),
    })
}

/// Debug information is a third of what is compiled.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0");
    cargo
}

/// What a command that succeeds writes.
pub(crate) fn stdout(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let written = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{written}\n{errors}");
    written.into_owned()
}

//! A published package, and the copies of it that are compiled.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::annotation::annotated;

/// Neither compiled nor read here. The lock file is that of the workspace.
const LEFT_OUT: [&str; 5] = [
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "benches",
    "examples",
];

/// Links the crate that installs a tracer. Without it, nothing of that crate would be in the program.
const INSTALLED: &str = "extern crate real_code_tracer as _;\n";

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// What its tests need is in the package.
    pub(crate) is_tested: bool,
    /// Where cargo has unpacked it.
    pub(crate) folder: PathBuf,
}

impl Package {
    /// Writes the sources into `folder`, and gives the number of functions that have got attributes.
    ///
    /// The manifests of both copies are the same, so that their dependencies are.
    pub(crate) fn copy_to(&self, folder: &Path, annotate: bool) -> usize {
        let text = fs::read_to_string(self.folder.join("Cargo.toml")).expect("a manifest");
        let manifest: Table = toml::from_str(&text).expect("a manifest");
        let library = library(&manifest);
        write(
            &folder.join("Cargo.toml"),
            &toml::to_string(&self.edited(manifest)).expect("TOML"),
        );
        let mut functions = 0;
        for file in self.files() {
            let (from, to) = (self.folder.join(&file), folder.join(&file));
            if annotate && file.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&from).expect("a source");
                let (mut source, number) = annotated(&source).expect("Rust");
                functions += number;
                if self.is_tested && file == library {
                    source += INSTALLED;
                }
                write(&to, &source);
            } else if !to.exists() {
                fs::create_dir_all(to.parent().expect("a folder")).expect("a writable folder");
                fs::copy(&from, &to).expect("a copy");
            }
        }
        functions
    }

    /// Every file that is needed, from the folder of the package.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut todo = vec![PathBuf::new()];
        while let Some(folder) = todo.pop() {
            for entry in fs::read_dir(self.folder.join(&folder)).expect("a folder") {
                let entry = entry.expect("a file");
                let name = folder.join(entry.file_name());
                let is_left_out = |left_out: &str| name == Path::new(left_out);
                if LEFT_OUT.into_iter().any(is_left_out) || (is_left_out("tests") && !self.is_tested) {
                    continue;
                }
                match entry.file_type().expect("a type").is_dir() {
                    true => todo.push(name),
                    false => files.push(name),
                }
            }
        }
        files
    }

    fn edited(&self, mut manifest: Table) -> Table {
        for left_out in ["bench", "example"] {
            manifest.remove(left_out);
        }
        if !self.is_tested {
            without_tests(&mut manifest);
        }
        let dependencies = section(&mut manifest, "dependencies");
        let mut fedtrace = dependency("../runtime");
        // As a library depends on it.
        fedtrace.insert("default-features".to_owned(), false.into());
        fedtrace.insert("features".to_owned(), vec!["enable"].into());
        dependencies.insert("fedtrace".to_owned(), fedtrace.into());
        if self.is_tested {
            dependencies.insert(
                "real-code-tracer".to_owned(),
                dependency("real-code/tracer").into(),
            );
        }
        manifest
    }
}

/// The file of the library, from the folder of the package.
fn library(manifest: &Table) -> PathBuf {
    let path = manifest.get("lib").and_then(|library| library.get("path"));
    path.and_then(Value::as_str).unwrap_or("src/lib.rs").into()
}

/// On a package of this repository.
fn dependency(path: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Table::from_iter([("path".to_owned(), path.display().to_string().into())])
}

/// What only tests need is not even downloaded.
fn without_tests(manifest: &mut Table) {
    manifest.remove("test");
    manifest.remove("dev-dependencies");
    let platforms = section(manifest, "target").iter_mut();
    for (_, platform) in platforms {
        platform
            .as_table_mut()
            .expect("a table")
            .remove("dev-dependencies");
    }
    section(manifest, "package").insert("autotests".to_owned(), false.into());
    section(manifest, "lib").insert("test".to_owned(), false.into());
}

fn section<'a>(manifest: &'a mut Table, name: &str) -> &'a mut Table {
    let empty = Value::Table(Table::new());
    let section = manifest.entry(name).or_insert(empty);
    section.as_table_mut().expect("a section")
}

/// What has not changed is left alone, so that cargo does not compile it again.
pub(crate) fn write(file: &Path, text: &str) {
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return;
    }
    fs::create_dir_all(file.parent().expect("a folder")).expect("a writable folder");
    fs::write(file, text).expect("a writable folder");
}

//! The compiler, called without cargo: many small programs, whose dependencies cargo has built once.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A compiler that knows the dependencies of this package.
#[derive(Debug)]
pub struct Compiler {
    program: OsString,
    externs: BTreeMap<String, String>,
    folder: PathBuf,
    /// Where the linter looks for its settings; by default, where cargo says that the package is.
    settings: Option<PathBuf>,
}

/// Where and what the compiler says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// The line and the column, from 1, of each place that it is about, in order.
    pub places: Vec<(u64, u64)>,
    /// `error` or `warning`.
    pub level: String,
    /// The code of an error, or the name of a lint.
    pub code: String,
    /// What is said.
    pub text: String,
}

impl Compiler {
    /// Builds the dependencies, if `cargo test` has not, and works in `folder`, a folder of its own below the one
    /// that cargo gives to tests for their files.
    pub fn new(target_tmpdir: &str, folder: &str) -> Self {
        let target = Path::new(target_tmpdir).parent().expect("the target folder");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--package", env!("CARGO_PKG_NAME"), "--tests"]);
        build
            .args(["--message-format", "json", "--target-dir"])
            .arg(target);
        let output = build.output().expect("cargo");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let folder = Path::new(target_tmpdir).join(folder);
        fs::create_dir_all(&folder).expect("a folder for the programs");
        Self {
            program: env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()),
            externs: text(&output.stdout).lines().filter_map(library).collect(),
            folder,
            settings: None,
        }
    }

    /// The same with the linter in place of the compiler. `None` where there is none.
    pub fn linter(self) -> Option<Self> {
        let found = Command::new("clippy-driver").arg("--version").output();
        found.is_ok_and(|output| output.status.success()).then(|| Self {
            program: "clippy-driver".into(),
            ..self
        })
    }

    /// The linter with the settings of a `clippy.toml`. `None` where there is no linter.
    pub fn linter_with(self, clippy_toml: &str) -> Option<Self> {
        let folder = self.folder.clone();
        fs::write(folder.join("clippy.toml"), clippy_toml).expect("a writable folder");
        self.linter().map(|linter| Self {
            settings: Some(folder),
            ..linter
        })
    }

    /// Compiles a program.
    pub fn executable(&self, name: &str, edition: &str, source: &str) -> Result<PathBuf, String> {
        let executable = self.folder.join(name).with_extension(env::consts::EXE_EXTENSION);
        let mut command = self.command(name, edition, source);
        let compiled = command.arg("-o").arg(&executable).output().expect("a compiler");
        succeeds(&compiled, name, "does not compile")?;
        Ok(executable)
    }

    /// Compiles a program and runs it.
    pub fn run(&self, name: &str, edition: &str, source: &str) -> Result<(), String> {
        let executable = self.executable(name, edition, source)?;
        let ran = Command::new(executable).output().expect("a program");
        succeeds(&ran, name, "differs")
    }

    /// Checks a library and gives what the compiler says, in order of the places.
    pub fn messages(&self, name: &str, edition: &str, source: &str, options: &[&str]) -> Vec<Message> {
        let mut command = self.command(name, edition, source);
        command.args([
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--error-format",
            "json",
        ]);
        command
            .args(options)
            .arg("-o")
            .arg(self.folder.join(name).with_extension("rmeta"));
        let output = command.output().expect("a compiler");
        let stderr = text(&output.stderr);
        let mut messages: Vec<Message> = stderr.lines().filter_map(message).collect();
        assert!(!stderr.contains("panicked at"), "{stderr}");
        messages.sort();
        messages
    }

    fn command(&self, name: &str, edition: &str, source: &str) -> Command {
        let file = self.folder.join(name).with_extension("rs");
        fs::write(&file, source).expect("a writable folder");
        let mut command = Command::new(&self.program);
        command.arg(file).args(["--edition", edition]);
        if let Some(folder) = &self.settings {
            command.env("CLIPPY_CONF_DIR", folder);
        }
        for (name, path) in &self.externs {
            command.arg("--extern").arg(format!("{name}={path}"));
            let dependencies = Path::new(path).parent().expect("a folder");
            command
                .arg("-L")
                .arg(format!("dependency={}", dependencies.display()));
        }
        command
    }
}

/// The name and the file of a library, if this is what cargo tells.
fn library(line: &str) -> Option<(String, String)> {
    let artifact: Value = serde_json::from_str(line).ok()?;
    let files = artifact.get("filenames")?.as_array()?;
    let is_library = |file: &&str| {
        [".rlib", env::consts::DLL_SUFFIX]
            .iter()
            .any(|end| file.ends_with(end))
    };
    let file = files.iter().filter_map(Value::as_str).find(is_library)?;
    let name = artifact.get("target")?.get("name")?.as_str()?.replace('-', "_");
    Some((name, file.to_owned()))
}

fn message(line: &str) -> Option<Message> {
    let message: Value = serde_json::from_str(line).ok()?;
    let spans = message.get("spans")?.as_array()?;
    let place = |span: &Value| {
        Some((
            span.get("line_start")?.as_u64()?,
            span.get("column_start")?.as_u64()?,
        ))
    };
    let primary = |span: &&Value| span.get("is_primary") == Some(&Value::Bool(true));
    let mut places: Vec<_> = spans.iter().filter(primary).filter_map(place).collect();
    places.sort_unstable();
    if places.is_empty() {
        return None;
    }
    let text = |key: &str| {
        message
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let code = message
        .get("code")
        .and_then(|code| code.get("code"))
        .and_then(Value::as_str);
    Some(Message {
        places,
        level: text("level"),
        code: code.unwrap_or_default().to_owned(),
        text: text("message"),
    })
}

fn succeeds(output: &Output, name: &str, what: &str) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} {what}:\n{}", text(&output.stderr)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

//! Without the feature `enable`, what is traced is compiled to what it would be without tracing: the program in
//! `off/` is compiled with and without the lines behind `//@`, and the assembly is compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MARK: &str = "//@ ";

struct Program {
    folder: PathBuf,
    source: String,
}

impl Program {
    /// `--emit` adds to what cargo asks for. One codegen unit is one file of assembly.
    const MANIFEST: &str = r#"
[package]
name = "off"
version = "0.0.0"
edition = "2024"

[dependencies]
fedtrace = { path = "RUNTIME", default-features = false }

[profile.release]
codegen-units = 1
incremental = false
debug = false

[profile.release.package."*"]
opt-level = 0

[workspace]
"#;

    fn new() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("off");
        fs::create_dir_all(folder.join("src")).expect("a folder for the program");
        let runtime = here.join("../runtime");
        let manifest = Self::MANIFEST.replace("RUNTIME", &runtime.display().to_string().replace('\\', "/"));
        fs::write(folder.join("Cargo.toml"), manifest).expect("a writable folder");
        fs::copy(here.join("../Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");
        let source = fs::read_to_string(here.join("off/functions.rs")).expect("the functions");
        assert!(source.contains(MARK));
        Self { folder, source }
    }

    /// The assembly of the functions in one of the two forms. Both have the same lines.
    fn assembly(&self, traced: bool) -> String {
        let source = match traced {
            true => self.source.replace(MARK, ""),
            false => self.source.clone(),
        };
        fs::write(self.folder.join("src/lib.rs"), source).expect("a writable folder");
        let assembly = self.folder.join("off.s");
        let _ = fs::remove_file(&assembly);
        let output = Command::new(env!("CARGO"))
            .current_dir(&self.folder)
            .args(["rustc", "--quiet", "--release", "--target-dir", "target", "--"])
            .arg(format!("--emit=asm={}", assembly.display()))
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        fs::read_to_string(assembly).expect("the assembly")
    }
}

#[test]
fn without_the_feature_enable_a_traced_function_is_the_plain_one() {
    let program = Program::new();
    let plain = program.assembly(false);
    let traced = program.assembly(true);
    for function in [
        "sync", "fallible", "judged", "send", "join", "fetch", "poll", "by_hand",
    ] {
        assert!(plain.contains(function), "there is no `{function}` to compare");
    }
    let difference = plain
        .lines()
        .zip(traced.lines())
        .position(|(plain, traced)| plain != traced);
    if let Some(line) = difference {
        let around = |text: &str| {
            let lines: Vec<&str> = text.lines().skip(line.saturating_sub(20)).take(40).collect();
            lines.join("\n")
        };
        panic!("plain:\n{}\n\ntraced:\n{}", around(&plain), around(&traced));
    }
    assert_eq!(plain.lines().count(), traced.lines().count());
}

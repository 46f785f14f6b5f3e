//! Which spans with a level are compiled: the features `max-level-…` and `release-max-level-…`, together as in the crates
//! `log` and `tracing`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = r#"
[package]
name = "levels"
version = "0.0.0"
edition = "2024"

[dependencies]
fedtrace = { path = "RUNTIME", default-features = false, features = ["enable"] }

[profile.release]
opt-level = 0

[workspace]
"#;

const PROGRAM: &str = r#"
use fedtrace::testing::TestTracer;

macro_rules! levels {
    ($($level:ident $text:literal)*) => {
        $(
            #[fedtrace::trace(level = $text)]
            #[fedtrace::tag_args]
            fn $level(number: u32) {
                let _ = number;
            }
        )*

        fn run() {
            $($level(1);)*
        }
    };
}
levels!(error "error" warn "warn" info "info" debug "debug" trace "trace");

#[fedtrace::trace]
fn always() {}

fn main() {
    let test = TestTracer::new();
    fedtrace::with_tracer(test.tracer(), || {
        let _around = fedtrace::start_active_span("around");
        run();
        always();
    });
    for span in test.finished_spans() {
        assert!(span.operation_name != "around" || span.tag("ARG.number").is_none());
        print!("{} ", span.operation_name);
    }
}
"#;

struct Program(PathBuf);

impl Program {
    fn new() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("levels");
        fs::create_dir_all(folder.join("src")).expect("a folder for the program");
        let runtime = here.join("../runtime");
        let manifest = MANIFEST.replace("RUNTIME", &runtime.display().to_string().replace('\\', "/"));
        fs::write(folder.join("Cargo.toml"), manifest).expect("a writable folder");
        fs::copy(here.join("../Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");
        fs::write(folder.join("src/main.rs"), PROGRAM).expect("a writable folder");
        Self(folder)
    }

    /// The spans that start with these features.
    fn spans(&self, features: &[&str], profile: &str) -> String {
        let features: Vec<String> = features
            .iter()
            .map(|feature| format!("fedtrace/{feature}"))
            .collect();
        let output = Command::new(env!("CARGO"))
            .current_dir(&self.0)
            .args(["run", "--quiet", "--target-dir", "target", "--profile", profile])
            .args(["--features", &features.join(",")])
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

#[test]
fn of_the_features_for_a_build_the_one_that_leaves_out_most_decides() {
    const ALL: &str = "error warn info debug trace always around";
    let program = Program::new();
    for (features, profile, spans) in [
        (
            &["max-level-info", "max-level-trace"][..],
            "dev",
            "error warn info always around",
        ),
        (&["release-max-level-off", "max-level-trace"], "dev", ALL),
        (
            &["release-max-level-off", "max-level-trace"],
            "release",
            "always around",
        ),
        (
            &["release-max-level-debug", "max-level-error"],
            "release",
            "error warn info debug always around",
        ),
    ] {
        assert_eq!(program.spans(features, profile), spans, "{features:?} {profile}");
    }
}

//! What must and what must not compile. Each file is one case, and its name says which.
//!
//! The messages are our own, but rustc decides how they are shown, so they are compared with one version of it.
//! After a change, `TRYBUILD=overwrite cargo test -p fedtrace-ui-tests` writes them anew.

use std::process::Command;

const PINNED: &str = "1.95.";

fn is_pinned() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    version.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        text.split(' ')
            .nth(1)
            .is_some_and(|version| version.starts_with(PINNED))
    })
}

#[test]
fn valid_uses_compile_and_wrong_ones_say_what_to_write() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    if is_pinned() {
        cases.compile_fail("ui/fail/*.rs");
    }
}

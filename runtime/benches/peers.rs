//! What a span costs, beside what it costs with others: `cargo bench -p fedtrace --bench peers`.
//!
//! The others need a newer Rust than fedtrace, so they are in the package `fedtrace-peers`. This runs those of its
//! benchmarks that make up the table in `docs/performance.md`, and hands its options on.

use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "bench",
            "-p",
            "fedtrace-peers",
            "--bench",
            "spans",
            "--bench",
            "delivery",
            "--",
        ])
        .args(env::args().skip(1).filter(|argument| argument != "--bench"))
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo does not start: {error}");
            ExitCode::FAILURE
        }
    }
}

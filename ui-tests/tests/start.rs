//! What runs before `main` in a program that links fedtrace: nothing that an empty program does not run. The functions
//! are counted, since their time differs from one start to the next.
#![cfg(all(target_os = "linux", target_endian = "little", target_pointer_width = "64"))]

use std::fs;

use fedtrace_ui_tests::Compiler;

const EMPTY: &str = "fn main() {}";

/// Everything is linked, also what only a tracer needs.
const TRACED: &str = r#"
#[fedtrace::trace]
fn work() {}

fn main() {
    if std::env::args().count() > 1 {
        let (tracer, _guard) = fedtrace::Tracer::builder("start").build().unwrap();
        fedtrace::set_global_tracer(tracer).unwrap();
    }
    work();
}
"#;

/// The sections with the functions that run before `main`.
const BEFORE_MAIN: [&str; 4] = [".preinit_array", ".init_array", ".ctors", ".init"];

/// The size of each of these sections in an executable file.
fn before_main(executable: &[u8]) -> Vec<(&'static str, u64)> {
    let number = |at: u64, bytes: usize| {
        let at = at as usize;
        let mut number = [0; 8];
        number[..bytes].copy_from_slice(&executable[at..at + bytes]);
        u64::from_le_bytes(number)
    };
    assert_eq!(&executable[..4], b"\x7fELF");
    let (headers, header_size) = (number(0x28, 8), number(0x3a, 2));
    let header = |index: u64| headers + index * header_size;
    let names = number(header(number(0x3e, 2)) + 0x18, 8);
    let size_of = |wanted: &str| {
        let is_wanted = |&header: &u64| {
            let name = (names + number(header, 4)) as usize;
            let terminated = [wanted.as_bytes(), b"\0"].concat();
            executable[name..].starts_with(&terminated)
        };
        let found = (0..number(0x3c, 2)).map(header).find(is_wanted);
        found.map_or(0, |header| number(header + 0x20, 8))
    };
    BEFORE_MAIN.map(|name| (name, size_of(name))).to_vec()
}

#[test]
fn a_program_with_fedtrace_runs_no_more_before_main_than_an_empty_one() {
    let compiler = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "start");
    let [empty, traced] = [("empty", EMPTY), ("traced", TRACED)].map(|(name, source)| {
        let executable = compiler.executable(name, "2024", source).unwrap();
        before_main(&fs::read(executable).unwrap())
    });
    assert!(empty.iter().any(|(_, size)| *size > 0), "{empty:?}");
    assert_eq!(traced, empty);
}

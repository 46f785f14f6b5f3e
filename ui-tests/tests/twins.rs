//! Each file in `twins/` is compiled without attributes and with every combination of them, warnings denied, and run:
//! what its `run` gives must be the same.
//!
//! To add a function, write it into one of the files below a line `#[attributes]`, and call it from `run`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const COMBINATIONS: [(&str, &str); 8] = [
    ("plain", ""),
    ("trace", "#[::fedtrace::trace]"),
    ("opname", "#[::fedtrace::trace_with_opname(\"name\")]"),
    ("tag_args", "#[::fedtrace::tag_args]"),
    ("trace_first", "#[::fedtrace::trace] #[::fedtrace::tag_args]"),
    ("tag_args_first", "#[::fedtrace::tag_args] #[::fedtrace::trace]"),
    (
        "opname_first",
        "#[::fedtrace::trace_with_opname(\"name\")] #[::fedtrace::tag_args]",
    ),
    (
        "through_cfg_attr",
        "#[cfg_attr(all(), ::fedtrace::trace, ::fedtrace::tag_args)]",
    ),
];

const MAIN: &str = "
fn main() {
    let plain = plain::run();
    assert!(!plain.is_empty());
    for (name, run) in TWINS {
        assert_eq!(run(), plain, \"with {name} and without a tracer\");
        let (tracer, _guard) = fedtrace::Tracer::builder(\"twins\").build().unwrap();
        fedtrace::with_tracer(&tracer, || assert_eq!(run(), plain, \"with {name}\"));
    }
}
";

fn program(functions: &str) -> String {
    let mut program = String::from("#![deny(warnings)]\n#![allow(clippy::non_minimal_cfg)]\n");
    let mut table = String::new();
    for (name, attributes) in COMBINATIONS {
        let functions = functions.replace("#[attributes]", attributes);
        let _ = writeln!(program, "mod {name} {{\n{functions}\n}}");
        let _ = writeln!(table, "    (\"{name}\", {name}::run),");
    }
    let _ = write!(
        program,
        "const TWINS: &[(&str, fn() -> Vec<String>)] = &[\n{table}];\n{MAIN}"
    );
    program
}

#[test]
fn a_function_does_the_same_with_and_without_attributes() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("twins");
    fs::create_dir_all(&folder).expect("a folder for the programs");
    let cases = trybuild::TestCases::new();
    for file in fs::read_dir("twins").expect("the folder `twins`") {
        let path = file.expect("a file").path();
        let functions = fs::read_to_string(&path).expect("a readable file");
        assert!(functions.contains("#[attributes]"), "{}", path.display());
        let target = folder.join(path.file_name().expect("a name"));
        fs::write(&target, program(&functions)).expect("a writable folder");
        cases.pass(target);
    }
}

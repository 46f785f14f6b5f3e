//! Each file in `twins/` is compiled without attributes and with every combination of them, warnings denied, and run:
//! what its `run` gives must be the same.
//!
//! To add a function, write it into one of the files below a line `#[attributes]`, and call it from `run`. A first
//! line `// editions: 2021 2024` names the editions in which the file is Rust; without it, it is 2024.

use std::fmt::Write as _;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::thread;

use fedtrace_ui_tests::{COMBINATIONS, Compiler, editions, with_attributes};

const MAIN: &str = r#"
fn compare(name: &str, actual: &[String], plain: &[String]) -> bool {
    for (actual, plain) in actual.iter().zip(plain) {
        if actual != plain {
            eprintln!("with {}:\n    {}\nand not\n    {}", name, actual, plain);
        }
    }
    actual == plain
}

#[allow(dead_code)]
fn parent() -> Option<fedtrace::SpanContext> {
    fedtrace::build_span("parent").start().context()
}

#[allow(dead_code)]
fn tracer() -> fedtrace::Tracer {
    fedtrace::Tracer::builder("options").build().unwrap().0
}

fn main() {
    let plain = plain::run();
    assert!(!plain.is_empty());
    let mut same = true;
    for (name, run) in TWINS {
        same &= compare(&format!("{}, without a tracer", name), &run(), &plain);
        let (tracer, _guard) = fedtrace::Tracer::builder("twins").build().unwrap();
        same &= fedtrace::with_tracer(&tracer, || compare(name, &run(), &plain));
    }
    assert!(same);
}
"#;

/// Beside the combinations, with options. The tracer and the parent are those of the program.
const OPTIONS: [(&str, &str); 3] = [
    (
        "options",
        "#[::fedtrace::trace(tracer = &crate::tracer())] #[::fedtrace::tag_args(fields(one = 1))]",
    ),
    (
        "places",
        "#[::fedtrace::trace(level = \"debug\", parent = crate::parent(), follows_from = [crate::parent()])] \
         #[::fedtrace::tag_args(prefix = \"\", fields(one = ?1, two = %2, three))]",
    ),
    (
        "roots",
        "#[::fedtrace::tag_args(skip_all, fields({ \"one\" } = ::std::option::Option::Some(1)))] \
         #[::fedtrace::trace(root, err = false, level = \"info\", target = \"twins\")]",
    ),
];

/// With the options that a file names in a line `// with: ret err`: they are not for every function.
const CHOSEN: [(&str, &str, &str); 7] = [
    ("ret", "ret", "#[::fedtrace::trace(ret)] #[::fedtrace::tag_args]"),
    ("ret", "ret_lenient", "#[::fedtrace::trace(ret, err = false)]"),
    ("debug", "ret_debug", "#[::fedtrace::trace(ret(Debug))]"),
    ("err", "err", "#[::fedtrace::trace(err)] #[::fedtrace::tag_args]"),
    ("err", "err_judged", "#[::fedtrace::trace(err = |_| true)]"),
    (
        "err",
        "err_and_ret",
        "#[::fedtrace::trace(err = |_| false, ret, root)]",
    ),
    ("debug", "err_debug", "#[::fedtrace::trace(err(Debug))]"),
];

/// The words behind `// with: `.
fn chosen(functions: &str) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
    let line = functions.lines().find_map(|line| line.strip_prefix("// with: "));
    let is_chosen = move |word: &str| line.is_some_and(|line| line.split(' ').any(|chosen| chosen == word));
    CHOSEN
        .into_iter()
        .filter(move |(word, ..)| is_chosen(word))
        .map(|(_, name, attributes)| (name, attributes))
}

/// In older editions these are enough.
const FEW: [&str; 3] = ["plain", "tag_args", "trace_first"];

fn program(functions: &str, edition: &str) -> String {
    let mut program = String::from("#![deny(warnings)]\n");
    if edition == "2015" {
        program += "extern crate fedtrace;\n";
    }
    let mut table = String::new();
    for (name, attributes) in COMBINATIONS.into_iter().chain(OPTIONS).chain(chosen(functions)) {
        if edition != "2024" && !FEW.contains(&name) {
            continue;
        }
        let functions = with_attributes(functions, attributes);
        let _ = writeln!(program, "mod {name} {{\n{functions}\n}}");
        let _ = writeln!(table, "    (\"{name}\", {name}::run),");
    }
    let _ = write!(
        program,
        "const TWINS: &[(&str, fn() -> Vec<String>)] = &[\n{table}];\n{MAIN}"
    );
    program
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a name")
}

struct Twin {
    name: String,
    edition: String,
    program: String,
}

fn twins() -> Vec<Twin> {
    let mut twins = Vec::new();
    for file in fs::read_dir("twins").expect("the folder `twins`") {
        let path = file.expect("a file").path();
        let functions = fs::read_to_string(&path).expect("a readable file");
        assert!(functions.contains("#[attributes]"), "{}", path.display());
        twins.extend(editions(&functions).into_iter().map(|edition| Twin {
            name: format!("{}_{edition}", stem(&path)),
            edition: edition.to_owned(),
            program: program(&functions, edition),
        }));
    }
    twins
}

#[test]
fn a_function_does_the_same_with_and_without_attributes() {
    let compiler = Compiler::new(env!("CARGO_TARGET_TMPDIR"), "twins");
    let todo = Mutex::new(twins());
    let failures = Mutex::new(Vec::new());
    let work = || {
        while let Some(twin) = locked(&todo).pop() {
            let result = compiler.run(&twin.name, &twin.edition, &twin.program);
            locked(&failures).extend(result.err());
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let failures = locked(&failures);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic")
}

//! Tests that need a process to themselves, or one with other variables: they run themselves again in a child.

use std::any::type_name;
use std::env;
use std::process::Command;

const MARKER: &str = "FEDTRACE_TEST_ALONE";

/// Runs `test` in a child process in which nothing else runs. It must be a closure in the body of the test.
///
/// Panics with the output of the child if the test fails there.
pub fn alone<T: FnOnce()>(test: T) {
    if is_alone() {
        return test();
    }
    run_alone(path_of_test::<T>(), &[]);
}

/// Whether this is the child that [`alone`] or [`run_alone`] started.
pub fn is_alone() -> bool {
    env::var_os(MARKER).is_some()
}

/// Runs the test of this path in a child process with these variables set, and returns what it prints.
///
/// Panics with the output of the child if the test fails there, or if there is no such test.
pub fn run_alone(path: &str, variables: &[(&str, &str)]) -> String {
    let child = Command::new(env::current_exe().expect("the program of the test has a path"))
        .args(["--exact", path, "--nocapture"])
        .env(MARKER, "1")
        .envs(variables.iter().copied())
        .output()
        .expect("the program of the test starts again");
    let mut output = String::from_utf8_lossy(&child.stdout).into_owned();
    output.push_str(&String::from_utf8_lossy(&child.stderr));
    // Without a test of this path, the child succeeds too.
    assert!(
        child.status.success() && output.contains("test result: ok. 1 passed"),
        "`{path}` in a child process: {}\n{output}",
        child.status
    );
    output
}

/// The path of the test in its binary, from the name of a closure in it: `binary::module::test::{{closure}}`.
fn path_of_test<T>() -> &'static str {
    let closure = type_name::<T>();
    let path = closure
        .split_once("::")
        .and_then(|(_, path)| path.strip_suffix("::{{closure}}"));
    path.unwrap_or_else(|| panic!("`{closure}` is no closure in the body of a test"))
}

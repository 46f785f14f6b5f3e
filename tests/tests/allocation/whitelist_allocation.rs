//! To ask the whitelist allocates nothing, however long it is.

use fedtrace::testing::TestTracer;
use fedtrace::whitelist::Whitelist;
use fedtrace::{whitelisted_homeserver, with_tracer};
use fedtrace_tests::allocations_in;

const ASKED: [(&str, bool); 8] = [
    ("matrix.server0.example", true),
    ("a.b.c.matrix.server0.example:8448", true),
    ("MATRIX.Server0.EXAMPLE:8448", true),
    ("matrix.server0.evil.example", false),
    ("1.2.3.4:8448", true),
    ("[2001:DB8::1]:8448", true),
    ("[2001:db8::2]", false),
    ("not a server name", false),
];

fn check(allows: impl Fn(&str) -> bool) {
    for (name, expected) in ASKED {
        assert_eq!(allows(name), expected, "{name}");
    }
}

fn names(count: usize) -> impl Iterator<Item = String> {
    let names = (0..count).map(|index| format!("matrix.server{index}.example"));
    names.chain(["1.2.3.4".to_owned(), "[2001:db8::1]".to_owned()])
}

#[test]
fn a_check_against_any_number_of_names_allocates_nothing() {
    for count in [1, 100, 10_000] {
        let whitelist = Whitelist::new(names(count)).unwrap();
        let allocations = allocations_in(|| check(|name| whitelist.allows(name)));
        assert_eq!(allocations, 0, "{count}");
    }
}

#[test]
fn a_check_of_the_longest_names_allocates_nothing() {
    let whitelist = Whitelist::new(names(1)).unwrap();
    for length in [250, 255, 256, 257, 300, 5000] {
        let capitals = format!("{}.Matrix.server0.example:65535", "A".repeat(length - 23));
        let allocations = allocations_in(|| assert_eq!(whitelist.allows(&capitals), length <= 255));
        assert_eq!(allocations, 0, "{length}");
    }
}

#[test]
fn a_check_against_regular_expressions_allocates_nothing_once_they_are_warm() {
    // With the two addresses, the longest list is as long as it may be.
    for count in [1, 10, 100, 998] {
        let patterns = names(count).map(|name| {
            let escaped = name.replace('.', r"\.").replace('[', r"\[").replace(']', r"\]");
            format!(r"(.*\.)?{escaped}")
        });
        let whitelist = Whitelist::new(patterns).unwrap();
        check(|name| whitelist.allows(name));
        let allocations = allocations_in(|| check(|name| whitelist.allows(name)));
        assert_eq!(allocations, 0, "{count}");
    }
}

#[test]
fn to_ask_the_tracer_in_charge_allocates_nothing() {
    let test = TestTracer::new();
    test.tracer().set_homeserver_whitelist(names(100)).unwrap();
    let allocations = with_tracer(test.tracer(), || {
        check(whitelisted_homeserver);
        allocations_in(|| check(whitelisted_homeserver))
    });
    assert_eq!(allocations, 0);
}

//! Tests of entries that are matched against the beginning of names.

use proptest::prelude::*;
use regex::Regex;

use super::list::Whitelist;

fn allows(patterns: &[&str], name: &str) -> bool {
    Whitelist::prefix_match(patterns).unwrap().allows(name)
}

#[test]
fn an_entry_admits_every_name_that_begins_with_it() {
    for name in [
        "matrix.org",
        "matrix.org:8448",
        "matrix.org.evil.example",
        "matrix.organic.example",
    ] {
        assert!(allows(&[r"matrix\.org"], name), "{name}");
    }
    for name in ["chat.matrix.org", "matrixxorg", "evil.example"] {
        assert!(!allows(&[r"matrix\.org"], name), "{name}");
    }
    assert!(allows(&["matrix.org"], "matrixxorg"));
    assert!(!allows(&[r"matrix\.org$"], "matrix.org.evil.example"));
    assert!(!allows(&[r"matrix\.org$"], "matrix.org:8448"));
}

#[test]
fn the_end_is_anchored_as_python_writes_it() {
    let entry = r"matrix\.org\Z";
    assert!(allows(&[entry], "matrix.org"));
    for name in [
        "matrix.org.evil.example",
        "matrix.org:8448",
        "matrix.orgz",
        "matrix.orgZ",
    ] {
        assert!(!allows(&[entry], name), "{name}");
    }
    assert!(Whitelist::prefix_match([r"a\\Z"]).is_ok());
    assert!(!allows(&[r"a\\Z"], "a"));
    assert!(allows(&[r"a\Z|b"], "b.evil.example"));
}

#[test]
fn case_is_regarded_and_what_is_no_server_name_is_not_admitted() {
    assert!(!allows(&["matrix.org"], "Matrix.org"));
    assert!(allows(&["(?i)matrix.org"], "Matrix.org"));
    for name in ["", "a b", "a_b", "a\n"] {
        assert!(!allows(&[".*", "a"], name), "{name:?}");
    }
}

#[test]
fn no_entry_escapes_its_anchor() {
    assert!(!allows(&["a|b"], "xb"));
    assert!(!allows(&["(?x) b # comment"], "xb"));
    assert!(Whitelist::prefix_match(["a)|(?:b"]).is_err());
}

#[test]
fn an_empty_list_admits_nobody_and_stays_a_list_of_prefixes() {
    let empty = Whitelist::prefix_match([""; 0]).unwrap();
    assert!(!empty.allows("a.example"));
    assert!(empty.with_entries(["a"]).unwrap().allows("a.example"));
    assert!(!Whitelist::empty().with_entries(["a"]).unwrap().allows("ab"));
}

#[test]
fn what_is_no_regular_expression_is_an_error_that_names_it() {
    let error = Whitelist::prefix_match(["ok", "*.example.com"]).unwrap_err();
    assert_eq!((error.index(), error.position()), (1, Some(0)));
    assert!(error.to_string().contains(r"`.*\.`"), "{error}");
    assert!(Whitelist::prefix_match([""]).is_err());
}

proptest! {
    #[test]
    fn prefixes_agree_with_the_union_that_is_matched_from_the_start(
        entries in prop::collection::vec("[aB.]{1,3}(\\.\\*|\\||\\\\\\.)?[aB.]{0,2}\\$?", 1..4),
        name in "[aBb]{1,3}(\\.[aBb]{1,2}){0,3}(:[12])?",
    ) {
        let union = Regex::new(&format!("^(?:({}))", entries.join(")|("))).unwrap();
        let whitelist = Whitelist::prefix_match(&entries).unwrap();
        prop_assert_eq!(whitelist.allows(&name), union.is_match(&name));
    }
}

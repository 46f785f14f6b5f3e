//! What `prefix_match` says at start.

use fedtrace::whitelist::Whitelist;
use fedtrace_tests::{LogLines, alone};

#[test]
fn prefix_match_warns_of_what_it_lets_through() {
    alone(|| {
        let lines = LogLines::install();
        let warned = |entries: &[&str]| {
            Whitelist::prefix_match(entries).unwrap();
            lines.take()
        };
        assert_eq!(warned(&[]), [""; 0]);
        let told = warned(&[r"example\.com$", r"matrix\.org"]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].starts_with("WARN fedtrace: opentracing.fedtrace.prefix_match"),
            "{told:?}"
        );
        assert!(
            told[0].contains(r"`matrix\.org` also lets `matrix.org.evil.example` through"),
            "{told:?}"
        );
        // Also of what is more than a name whose dots are escaped.
        for (entry, stranger) in [
            (r".*\.org", "a.org.evil.example"),
            (r"synapse\d\.example\.net", "synapse0.example.net.evil.example"),
            ("(matrix|chat)[.]org", "matrix.org.evil.example"),
        ] {
            let told = warned(&[entry]);
            assert_eq!(told.len(), 1, "{told:?}");
            let expected = format!("`{entry}` also lets `{stranger}` through");
            assert!(told[0].contains(&expected), "{told:?}");
        }
        let told = warned(&[r"matrix\.org$", r"chat\.org\Z"]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(!told[0].contains("evil"), "{told:?}");
        assert!(
            told[0].ends_with("unless they end with `$`, as they do"),
            "{told:?}"
        );
    });
}

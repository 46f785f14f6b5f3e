//! Tests of whitelist entries and their errors.

use proptest::prelude::*;

use super::list::MAX_REGEXES;
use super::list::Whitelist;

fn list(patterns: &[&str]) -> Whitelist {
    Whitelist::new(patterns).unwrap()
}

fn check(patterns: &[&str], allowed: &[&str], refused: &[&str]) {
    let whitelist = list(patterns);
    for name in allowed {
        assert!(whitelist.allows(name), "{patterns:?} should admit {name:?}");
    }
    for name in refused {
        assert!(!whitelist.allows(name), "{patterns:?} should refuse {name:?}");
    }
}

#[test]
fn an_empty_whitelist_admits_nobody() {
    for whitelist in [Whitelist::empty(), Whitelist::default(), list(&[])] {
        assert!(!whitelist.allows("matrix.org"));
        assert!(!whitelist.allows(""));
    }
}

#[test]
fn a_plain_entry_is_the_name_or_any_sub_domain_literally() {
    for entry in ["chat.example.com", "*.chat.example.com"] {
        check(
            &[entry],
            &[
                "chat.example.com",
                "a.chat.example.com",
                "a.b.chat.example.com:8448",
            ],
            &[
                "chatxexample.com",
                "a.chatxexample.com",
                "evilchat.example.com",
                "example.com",
                "chat.example.com.evil.example",
                "chat.example.community",
            ],
        );
    }
}

#[test]
fn an_ip_address_is_only_itself() {
    check(
        &["1.2.3.4", "[2001:DB8::1]", "10.0.0.1:80", "3.5"],
        &[
            "1.2.3.4",
            "1.2.3.4:8448",
            "[2001:db8::1]",
            "[2001:db8::1]:1",
            "10.0.0.1:80",
        ],
        &[
            "5.1.2.3.4",
            "a.1.2.3.4",
            "1.2.3.5",
            "1.2.3.40",
            "10.0.0.1",
            "10.0.0.1:8",
            "1.2.3.5",
        ],
    );
}

#[test]
fn any_other_entry_is_a_regular_expression_for_the_whole_name() {
    check(
        &[r"matrix\d+\.org", "(?i)A|b", r".*\.trusted\.example"],
        &[
            "matrix1.org",
            "a",
            "B",
            "x.trusted.example",
            "x.trusted.example:80",
        ],
        &[
            "matrix.org",
            "matrix1.org.evil.example",
            "evil-matrix1.org",
            "ab",
            "ba",
            "trusted.example",
            "xtrusted.example",
        ],
    );
}

#[test]
fn no_flag_alternative_or_comment_escapes_the_anchor() {
    for pattern in [
        "(?x) a # a comment",
        "(?x)a#",
        "(?x:a)",
        "(?m)^a$",
        "(?m)$|a|^",
        "a|a",
        "(?s)a",
        "a{1}",
        "(?U)a+?",
        "(?-i)a(?x)#",
    ] {
        check(
            &[pattern],
            &["a"],
            &["ab", "ba", "b", "a.b", "b.a", "a\nb", "b\na", "a\n"],
        );
    }
    check(
        &["(?x)\n  a\\.example  # ours\n"],
        &["a.example"],
        &["a.example.b", "b.a.example"],
    );
}

#[test]
fn a_pattern_matches_the_whole_name_or_the_name_without_its_port() {
    check(
        &["a.b:80"],
        &["a.b:80", "x.a.b:80"],
        &["a.b", "a.b:8", "a.b:8080"],
    );
    check(&[r"(a|b)\.c:\d+"], &["a.c:1"], &["a.c"]);
    check(&[r"(a|b)\.c"], &["a.c:1", "a.c"], &["a.c:x", "a.c:"]);
}

#[test]
fn names_are_compared_in_lower_case() {
    check(
        &["Matrix.ORG", r"(S|T)ynapse\.Org", r"\D\.X"],
        &["matrix.org", "A.MATRIX.org", "synapse.ORG", "TYNAPSE.org", "a.x"],
        &["1.x"],
    );
}

#[test]
fn invalid_server_names_match_nothing() {
    check(
        &["(?s).*", "(?s-u:.*)", "a"],
        &["a", "b"],
        &["", "a b", "a/b", "a\n", "a:", "a:b", "ä", "[::1", "@u:a", "a\0"],
    );
}

#[test]
fn space_around_an_entry_is_ignored() {
    check(&[" a.example \n", "\tb|c "], &["a.example", "b", "c"], &["d"]);
}

#[test]
fn an_end_that_is_anchored_as_python_writes_it_is_an_end() {
    check(
        &[r"(a|b)\.example\Z"],
        &["a.example", "b.example:8448"],
        &["a.example.evil.example", "a.exampleZ"],
    );
}

#[test]
fn an_error_names_the_pattern_its_place_and_a_likely_fix() {
    for (entry, shown) in [
        (
            "",
            "``: the entry is empty; remove it; an empty list admits no server",
        ),
        (
            r"*.(a|b)\.org",
            r"`*.(a|b)\.org`, character 1: repetition operator missing expression; in a regular expression, any sub-domain is written `.*\.` instead of `*.`",
        ),
        (
            "*",
            "`*`, character 1: repetition operator missing expression; `*` would list every homeserver; write the names of those that you trust",
        ),
        (
            "*matrix.(org|net)",
            "`*matrix.(org|net)`, character 1: repetition operator missing expression; in a regular expression, any text is written `.*` instead of `*`",
        ),
        (
            "ü(?!b)",
            "`ü(?!b)`, character 2: look-around, including look-ahead and look-behind, is not supported; look-around is not supported: write a pattern for each group of names to admit",
        ),
        (
            r"a\.org\Z(a",
            r"`a\.org\Z(a`, character 9: unclosed group; each `(` needs its `)`",
        ),
        (
            r"(a)\1",
            r"`(a)\1`, character 4: backreferences are not supported; write out the text that the group stands for",
        ),
        ("(a", "`(a`, character 1: unclosed group; each `(` needs its `)`"),
        (
            "a)|(?:b",
            "`a)|(?:b`, character 2: unopened group; each `(` needs its `)`",
        ),
        ("  (a{1", "`  (a{1`, character 5: unclosed counted repetition"),
        (
            "https://matrix.org/",
            "`https://matrix.org/`, character 7: '/' does not occur in server names; write only the server name of the URL",
        ),
        (
            "a.org, b.org",
            "`a.org, b.org`, character 6: ',' does not occur in server names; write one server name per entry",
        ),
        (
            "#room:localhost",
            "`#room:localhost`, character 1: '#' does not occur in server names; write only the server name that follows the `:`",
        ),
        (
            "localhost # dev",
            "`localhost # dev`, character 10: ' ' does not occur in server names; write one server name per entry",
        ),
        (
            "a&b",
            "`a&b`, character 2: '&' does not occur in server names; server names are made of letters, digits, `.` and `-`",
        ),
        (
            "a~b",
            "`a~b`, character 2: '~' does not occur in server names; server names are made of letters, digits, `.` and `-`",
        ),
        (
            "müller.example",
            "`müller.example`, character 2: 'ü' does not occur in server names; an international name is written in its `xn--` form",
        ),
        (
            "2001:db8::1",
            "`2001:db8::1`: this is not a server name; write the IPv6 address in brackets: `[2001:db8::1]`",
        ),
        (
            "[a-z].org",
            "`[a-z].org`: this is not a server name (host or IP address, and maybe a port); if it is meant as a regular expression, put it into `(?:…)`",
        ),
        (
            "*.1.2.3.4",
            "`*.1.2.3.4`: an IP address has no sub-domains; leave out `*.`",
        ),
        (
            "(a\n|b",
            r"`(a\n|b`, character 1: unclosed group; each `(` needs its `)`",
        ),
        (
            ".a.org",
            "`.a.org`: a part between the dots is empty; an entry such as `example.com` admits the name and all its sub-domains",
        ),
    ] {
        let error = Whitelist::new(["fine.example", entry]).unwrap_err();
        assert_eq!(error.to_string(), format!("homeserver_whitelist[1]: {shown}"));
        assert_eq!((error.index(), error.pattern()), (1, entry));
    }
}

#[test]
fn the_number_and_the_size_of_regular_expressions_are_limited() {
    let many: Vec<String> = (0..=MAX_REGEXES).map(|n| format!("(a|b){n}")).collect();
    let error = Whitelist::new(&many).unwrap_err();
    assert_eq!(error.index(), MAX_REGEXES);
    assert!(Whitelist::new(&many[..MAX_REGEXES]).unwrap().allows("b999"));

    let error = Whitelist::new(["a", "(b|c)", "(?:a{1000}){1000}"]).unwrap_err();
    assert_eq!(error.index(), 2);
    assert!(error.to_string().contains("size limit"), "{error}");

    let large = ["(?:a{90}){900}"; 9];
    assert!(Whitelist::new(&large[..1]).is_ok());
    let error = Whitelist::new(large).unwrap_err();
    assert!(error.to_string().contains("too large together"), "{error}");
    let error_index = error.index();
    assert!(Whitelist::new(&large[..error_index]).is_ok());
    assert!(Whitelist::new(&large[..=error_index]).is_err());
}

#[test]
fn plain_names_are_not_limited_in_number() {
    let names: Vec<String> = (0..20_000).map(|n| format!("host{n}.example")).collect();
    let whitelist = Whitelist::new(&names).unwrap();
    assert!(whitelist.allows("a.host19999.example"));
    assert!(!whitelist.allows("host20000.example"));
}

/// The rules, applied naively to one entry and one name.
fn naive(entry: &str, name: &str) -> bool {
    let (entry, name) = (entry.to_lowercase(), name.to_lowercase());
    let host = name.split(':').next().unwrap_or_default();
    let is_address = |text: &str| {
        let host = text.split(':').next().unwrap_or_default();
        host.split('.').count() == 4
            && host
                .split('.')
                .all(|part| part.parse::<u16>().is_ok_and(|n| n < 1000))
    };
    [name.as_str(), host]
        .into_iter()
        .any(|name| match entry.strip_prefix("re ") {
            Some(regex) => regex::Regex::new(&format!("^(?:{regex})$"))
                .unwrap()
                .is_match(name),
            None if is_address(&entry) || is_address(name) => name == entry,
            None => name == entry || name.ends_with(&format!(".{entry}")),
        })
}

proptest! {
    #[test]
    fn the_whitelist_agrees_with_a_naive_implementation(
        entries in prop::collection::vec("(re )?[aB12]{1,2}(\\.[ab12]{1,2}){0,4}(:[12])?", 0..5),
        name in "[ab1A2]{1,2}(\\.[ab12]{1,2}){0,5}(:[12])?",
    ) {
        let given = entries.iter().map(|entry| match entry.strip_prefix("re ") {
            Some(regex) => format!("(?:{regex})"),
            None => entry.clone(),
        });
        let whitelist = Whitelist::new(given).unwrap();
        let expected = entries.iter().any(|entry| naive(entry, &name));
        prop_assert_eq!(whitelist.allows(&name), expected);
    }

    #[test]
    fn no_entry_and_no_name_panics(entry in "\\PC{0,12}|[a-c*.(|)\\[\\]{}?:#\\\\ ]{0,12}", name in any::<String>()) {
        if let Ok(whitelist) = Whitelist::new([&entry]) {
            whitelist.allows(&name);
            prop_assert!(!whitelist.allows("not a name"));
        }
    }
}

//! Entries that are valid regular expressions, and probably do not mean what they look like.

use super::pattern::Pattern;

/// Why an entry is doubtful.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    /// In bytes, from the start of the entry.
    pub(super) position: usize,
    /// What the entry means, and what to write.
    pub(super) text: String,
}

/// The first doubt about an entry that is read as a regular expression for the whole name.
pub(super) fn doubt_of(entry: &str) -> Option<Doubt> {
    repeated_character(entry, admits_all_ports).or_else(|| {
        unescaped_dot(entry).map(|position| Doubt {
            position,
            text: r"`.` is any character in a regular expression; write `\.` for a dot".to_owned(),
        })
    })
}

/// The same for one that is matched against the beginning of names. There an unescaped dot is usual.
pub(super) fn doubt_of_prefix(entry: &str) -> Option<Doubt> {
    repeated_character(entry, |name| format!("write `{name}(:[0-9]+)?$` for any port"))
}

/// A `*` after a letter, a digit, a `-` or a `:`, which looks like "any text" and repeats the character.
fn repeated_character(entry: &str, for_all_ports: impl Fn(&str) -> String) -> Option<Doubt> {
    let (mut escaped, mut in_class, mut before) = (false, false, None);
    for (position, c) in entry.char_indices() {
        let literal = !escaped && !in_class && is_literal(c);
        match (c, before) {
            _ if escaped => escaped = false,
            ('\\', _) => escaped = true,
            ('[', _) => in_class = true,
            (']', _) => in_class = false,
            ('*', Some(repeated)) if !in_class => {
                return Some(repetition(entry, position, repeated, for_all_ports));
            }
            _ => {}
        }
        before = literal.then_some(c);
    }
    None
}

fn is_literal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | ':')
}

fn repetition(entry: &str, at: usize, repeated: char, for_all_ports: impl Fn(&str) -> String) -> Doubt {
    let what = match repeated {
        ':' => "any number of colons, and no port".to_owned(),
        other => format!("`{other}` any number of times, not any text"),
    };
    let is_port = repeated == ':' && at + 1 == entry.trim_end().len();
    let name = entry
        .get(..at)
        .map(str::trim)
        .and_then(|name| name.strip_suffix(':'));
    let fix = match name.filter(|_| is_port) {
        Some(name) => for_all_ports(name),
        None => "write `.*` for any text".to_owned(),
    };
    Doubt {
        position: at,
        text: format!("`{repeated}*` is {what} in a regular expression; {fix}"),
    }
}

/// What stands for a server on all ports: an entry without one.
fn admits_all_ports(name: &str) -> String {
    match Pattern::parse(name) {
        Ok(Pattern::Domain(_)) => {
            format!("write `{name}`, which admits the name and its sub-domains with any port")
        }
        _ => format!("write `{name}`, which admits any port"),
    }
}

/// The position of a `.` that matches any character although it looks like a dot of a server name: it is
/// neither escaped nor repeated, like the second one in `matrix.*.org`.
fn unescaped_dot(entry: &str) -> Option<usize> {
    let bytes = entry.as_bytes();
    let (mut escaped, mut in_class) = (false, false);
    for (position, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'.' if !in_class => match bytes.get(position + 1) {
                Some(b'*' | b'+' | b'?' | b'{') => {}
                _ => return Some(position),
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(entry: &str) -> String {
        doubt_of(entry).map_or_else(String::new, |doubt| doubt.text)
    }

    #[test]
    fn an_asterisk_for_a_port_is_told_what_admits_all_ports() {
        for (entry, at, fix) in [
            (
                "localhost:*",
                10,
                "write `localhost`, which admits the name and its sub-domains with any port",
            ),
            (
                " example.org:*\n",
                13,
                "write `example.org`, which admits the name and its sub-domains with any port",
            ),
            ("127.0.0.1:*", 10, "write `127.0.0.1`, which admits any port"),
            (r"(a|b)\.c:*", 9, r"write `(a|b)\.c`, which admits any port"),
        ] {
            let doubt = doubt_of(entry).unwrap();
            assert_eq!(doubt.position, at, "{entry}");
            let expected =
                format!("`:*` is any number of colons, and no port in a regular expression; {fix}");
            assert_eq!(doubt.text, expected, "{entry}");
        }
        let doubt = doubt_of_prefix("localhost:*").unwrap();
        assert!(
            doubt.text.ends_with("write `localhost(:[0-9]+)?$` for any port"),
            "{doubt:?}"
        );
    }

    #[test]
    fn a_dot_that_means_any_character_is_doubtful_and_others_are_not() {
        for entry in ["matrix.*.org", "(a|b).org", r"\d.example"] {
            assert!(told(entry).ends_with(r"write `\.` for a dot"), "{entry}");
        }
    }

    #[test]
    fn an_asterisk_that_repeats_a_letter_is_told_how_any_text_is_written() {
        for (entry, repeated) in [
            ("matrix*", "x"),
            (r"synapse-*\.example\.org", "-"),
            (r"localhost:8*", "8"),
            (r"(a:*|b)\.org", ":"),
        ] {
            let told = told(entry);
            assert!(told.starts_with(&format!("`{repeated}*` is ")), "{entry}: {told}");
            assert!(told.ends_with("write `.*` for any text"), "{entry}: {told}");
        }
    }

    #[test]
    fn what_is_meant_as_a_regular_expression_is_not_doubted() {
        for entry in [
            r"matrix\.org",
            r".*\.matrix\.org",
            r"matrix\d*\.org",
            r"matrix[0-9]*\.org",
            r"(a\.)*b",
            r"localhost(:[0-9]+)?$",
            r"(.*\.)?example\.com(:[0-9]+)?$",
            r"[a*]b",
            r"a\*",
            "[.]org",
            r".*\.example\.com",
            "a.+",
            r"(?i)matrix.{1,3}org",
            r"a.*\.org",
            r"a.?\.org",
            "a.{2}",
        ] {
            assert_eq!(doubt_of(entry), None, "{entry}");
            assert_eq!(doubt_of_prefix(entry), None, "{entry}");
        }
    }
}

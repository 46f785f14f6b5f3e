//! JSON objects as text: their members, without a value of the rest.

use std::borrow::Cow;
use std::ops::Range;

/// A member of an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member<'a> {
    pub(crate) key: Cow<'a, str>,
    /// The bytes of the value.
    pub(crate) value: Range<usize>,
    /// The bytes of the key and the value.
    pub(crate) all: Range<usize>,
}

/// The members of an object, in their order. `None` if the text is no object. What is inside of values is only looked at for
/// their ends, so a text that is no JSON may pass.
pub(crate) fn members(text: &str) -> Option<Vec<Member<'_>>> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    scanner.skip_space();
    scanner.take(b'{')?;
    let mut members = Vec::new();
    scanner.skip_space();
    if scanner.take(b'}').is_none() {
        loop {
            members.push(scanner.member()?);
            scanner.skip_space();
            if scanner.take(b',').is_none() {
                scanner.take(b'}')?;
                break;
            }
        }
    }
    scanner.skip_space();
    (scanner.at == text.len()).then_some(members)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn member(&mut self) -> Option<Member<'a>> {
        self.skip_space();
        let start = self.at;
        self.skip_text()?;
        let key = self.text.get(start..self.at)?;
        let raw = key.get(1..key.len() - 1)?;
        // A key that is no text, such as half of a surrogate pair, is none that anybody looks for.
        let decoded = raw
            .contains('\\')
            .then(|| serde_json::from_str(key).ok())
            .flatten();
        let key = decoded.map_or(Cow::Borrowed(raw), Cow::Owned);
        self.skip_space();
        self.take(b':')?;
        self.skip_space();
        let from = self.at;
        self.skip_value()?;
        Some(Member {
            key,
            value: from..self.at,
            all: start..self.at,
        })
    }

    fn skip_text(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.take(b'"')
    }

    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_text()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ if depth > 0 => self.at += 1,
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => return None,
                _ => {
                    self.skip_word();
                    return Some(());
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        while let Some(byte) = self.peek() {
            if let b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' = byte {
                return;
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Option<Vec<(String, &str)>> {
        let members = members(text)?;
        let pair = |member: Member<'_>| (member.key.into_owned(), &text[member.value]);
        Some(members.into_iter().map(pair).collect())
    }

    fn pair<'a>(key: &str, value: &'a str) -> (String, &'a str) {
        (key.to_owned(), value)
    }

    #[test]
    fn members_are_found_whatever_their_values_contain() {
        let text = r#" {"a" : 1,"b\u0063":{"x":[1,"}"]} , "d":"\"}\\", "e":[],"f":null} "#;
        assert_eq!(
            pairs(text).unwrap(),
            [
                pair("a", "1"),
                pair("bc", r#"{"x":[1,"}"]}"#),
                pair("d", r#""\"}\\""#),
                pair("e", "[]"),
                pair("f", "null"),
            ]
        );
        assert_eq!(pairs("{}"), Some(vec![]));
        assert_eq!(pairs(" { } "), Some(vec![]));
    }

    #[test]
    fn a_key_that_is_no_text_hides_no_other() {
        assert_eq!(pairs(r#"{"\ud800":1,"a":2}"#).unwrap()[1], pair("a", "2"));
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for text in [
            "",
            " ",
            "1",
            "[]",
            "{",
            "}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            r#"{"a":1}}"#,
            r#"{"a":"}"#,
            r#"{"a\":1}"#,
            r#"{a:1}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":]}"#,
        ] {
            assert_eq!(members(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[{}\[\]",:\\a1 \u{1F600}]{0,20}"#) {
            let _ = members(&text);
        }
    }
}

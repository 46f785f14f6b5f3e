//! Texts and values that have to be equal or similar.

use std::borrow::Cow;
use std::fmt;

use crate::model::tag::TagValue;

/// A text that has to be equal or similar.
#[derive(Debug, Clone)]
pub struct TextPattern(Text);

#[derive(Debug, Clone)]
enum Text {
    Is(Cow<'static, str>),
    Like(String),
    Any,
}

impl TextPattern {
    /// This text.
    pub fn is(text: impl Into<Cow<'static, str>>) -> Self {
        Self(Text::Is(text.into()))
    }

    /// A text like this; see [`is_like`].
    pub fn like(pattern: impl AsRef<str>) -> Self {
        Self(Text::Like(pattern.as_ref().to_owned()))
    }

    /// Any text.
    pub fn any() -> Self {
        Self(Text::Any)
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self.0, Text::Any)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Text::Is(expected) => expected == text,
            Text::Like(pattern) => is_like(text, pattern),
            Text::Any => true,
        }
    }
}

/// As it is written after a name: `= "text"`.
impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Text::Is(text) => write!(f, "= {text:?}"),
            Text::Like(pattern) => write!(f, "~ {pattern:?}"),
            Text::Any => f.write_str("= _"),
        }
    }
}

impl TextPattern {
    /// As the name of a span in a tree.
    pub(super) fn as_name(&self) -> String {
        match &self.0 {
            Text::Is(text) => text.to_string(),
            Text::Like(pattern) => format!("~ {pattern:?}"),
            Text::Any => "_".to_owned(),
        }
    }
}

/// A value that has to be equal or similar.
#[derive(Debug, Clone)]
pub struct ValuePattern(Value);

#[derive(Debug, Clone)]
enum Value {
    Is(TagValue),
    Like(String),
    Any,
}

impl ValuePattern {
    /// This value, of this type.
    pub fn is(value: impl Into<TagValue>) -> Self {
        Self(Value::Is(value.into()))
    }

    /// A value whose text is like this; see [`is_like`].
    pub fn like(pattern: impl AsRef<str>) -> Self {
        Self(Value::Like(pattern.as_ref().to_owned()))
    }

    /// Any value.
    pub fn any() -> Self {
        Self(Value::Any)
    }

    pub(super) fn matches(&self, value: &TagValue) -> bool {
        match &self.0 {
            Value::Is(expected) => expected == value,
            Value::Like(pattern) => is_like(&value.to_string(), pattern),
            Value::Any => true,
        }
    }
}

/// As it is written after a key: `= 200`.
impl fmt::Display for ValuePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Is(value) => write!(f, "= {}", shown(value)),
            Value::Like(pattern) => write!(f, "~ {pattern:?}"),
            Value::Any => f.write_str("= _"),
        }
    }
}

/// A value as it is written in Rust, so that its type can be seen.
pub(super) fn shown(value: &TagValue) -> String {
    match value {
        TagValue::String(text) => format!("{text:?}"),
        TagValue::Double(number) => format!("{number:?}"),
        TagValue::Bool(_) | TagValue::Long(_) | TagValue::Binary(_) => value.to_string(),
    }
}

/// Whether a text is like the pattern, in which `*` stands for any text and `?` for one character.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut read, mut at) = (0, 0);
    // Behind the last `*`, and where the text began that it stands for.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(read) {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                star = Some((at, read));
            }
            Some(expected) if *expected == '?' || expected == letter => {
                at += 1;
                read += 1;
            }
            _ => match &mut star {
                Some((behind, begin)) => {
                    *begin += 1;
                    (at, read) = (*behind, *begin);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_and_a_question_mark_for_one_character() {
        for (text, pattern) in [
            ("@alice:example.org", "@*:example.org"),
            ("", "*"),
            ("aab", "*ab"),
            ("a:b:c", "a*c"),
            ("é", "?"),
            ("mississippi", "m*iss*pi"),
            ("*", "*"),
        ] {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [
            ("", "?"),
            ("ab", "a"),
            ("ab", "*c"),
            ("aXbY", "a*b"),
            ("A", "a"),
            ("a", ""),
        ] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }

    #[test]
    fn a_value_is_equal_only_if_its_type_is() {
        assert!(ValuePattern::is(200).matches(&200.into()));
        assert!(!ValuePattern::is(200).matches(&"200".into()));
        assert!(!ValuePattern::is(1).matches(&1.0.into()));
        assert!(ValuePattern::like("2??").matches(&200.into()));
        assert!(ValuePattern::any().matches(&true.into()));
    }
}

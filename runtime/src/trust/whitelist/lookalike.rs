//! Examples of servers that anyone can register and that an entry admits if it is matched against the
//! beginning of names.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::pattern::UNICODE;
use super::server_name::MAX_SERVER_NAME;

/// The name of such a server, in most cases. It ignores look-around, so check the name against the whitelist.
pub(super) fn lookalike_of(entry: &str) -> Option<String> {
    let mut parser = ParserBuilder::new().unicode(UNICODE).utf8(false).build();
    let mut name = String::new();
    append(&parser.parse(entry).ok()?, &mut name)?;
    if !(name.is_empty() || name.ends_with('.')) {
        name.push('.');
    }
    Some(name + "evil.example")
}

/// Appends a text that the expression matches; `None` if none can be part of a server name.
fn append(expression: &Hir, name: &mut String) -> Option<()> {
    if name.len() > MAX_SERVER_NAME {
        return None;
    }
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => name.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => name.push(a_letter_of(class)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            for _ in 0..repetition.min.max(1).min(most) {
                append(&repetition.sub, name)?;
            }
        }
        HirKind::Capture(capture) => append(&capture.sub, name)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| append(part, name))?,
        HirKind::Alternation(parts) => append(parts.first()?, name)?,
    }
    Some(())
}

fn a_letter_of(class: &Class) -> Option<char> {
    let mut letters = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .chain("-.:[]".chars());
    letters.find(|letter| match class {
        Class::Unicode(class) => {
            let mut ranges = class.ranges().iter();
            ranges.any(|range| (range.start()..=range.end()).contains(letter))
        }
        Class::Bytes(class) => {
            let mut ranges = class.ranges().iter();
            u8::try_from(*letter)
                .is_ok_and(|byte| ranges.any(|range| (range.start()..=range.end()).contains(&byte)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_any_kind_has_a_stranger() {
        for (entry, expected) in [
            (r"matrix\.org", "matrix.org.evil.example"),
            ("Matrix.org", "Matrixaorg.evil.example"),
            (r"^synapse\d+\.example\.net", "synapse0.example.net.evil.example"),
            (r".*\.(com|net)", "a.com.evil.example"),
            ("(?:a.b){2}", "aabaab.evil.example"),
            (r"matrix\.", "matrix.evil.example"),
            ("x{0}", "evil.example"),
        ] {
            assert_eq!(lookalike_of(entry).as_deref(), Some(expected), "{entry}");
        }
        for entry in ["a{1000}{1000}{1000}", "[^ -~]", r"\xff", "("] {
            assert_eq!(lookalike_of(entry), None, "{entry}");
        }
    }
}

//! The meaning of a whitelist entry, and its errors.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use regex_syntax::ast::ErrorKind;
use regex_syntax::hir::Look;

use super::server_name::{ServerName, is_server_name_byte};

/// A parsed entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// A host name that matches itself and its sub-domains, in lower case.
    Domain(String),
    /// An IP address that matches itself, in lower case.
    Address(String),
    /// A regular expression, anchored at both ends.
    Regex(String),
}

/// Why an entry is not a pattern.
#[derive(Debug)]
pub(super) struct Problem {
    /// The position in bytes from the start of the trimmed entry.
    pub(super) position: Option<usize>,
    pub(super) text: Cow<'static, str>,
    pub(super) fix: Option<Cow<'static, str>>,
}

impl Problem {
    fn new(text: &'static str, fix: &'static str) -> Self {
        Self {
            position: None,
            text: text.into(),
            fix: Some(fix.into()),
        }
    }
}

const EMPTY_FIX: &str = "remove it; an empty list admits no server";

impl Pattern {
    pub(super) fn parse(entry: &str) -> Result<Self, Problem> {
        if entry.is_empty() {
            return Err(Problem::new("the entry is empty", EMPTY_FIX));
        }
        let name = entry.strip_prefix("*.").unwrap_or(entry);
        if name.bytes().all(is_server_name_byte) {
            literal(name, name.len() < entry.len())
        } else {
            regex(entry)
        }
    }
}

/// The regular expression that an entry means in Synapse, anchored at the start only.
pub(super) fn prefix_regex(entry: &str) -> Result<String, Problem> {
    if entry.is_empty() {
        return Err(Problem::new("the entry is empty", EMPTY_FIX));
    }
    anchored(entry, "", Look::Start)
}

fn literal(name: &str, is_wildcard: bool) -> Result<Pattern, Problem> {
    let Some(parsed) = ServerName::parse(name) else {
        return Err(not_a_server_name(name));
    };
    if parsed.is_address() {
        return match is_wildcard {
            false => Ok(Pattern::Address(name.to_ascii_lowercase())),
            true => Err(Problem::new("an IP address has no sub-domains", "leave out `*.`")),
        };
    }
    let host = parsed.without_port().unwrap_or(name);
    if host.split('.').any(str::is_empty) {
        return Err(Problem::new(
            "a part between the dots is empty",
            "an entry such as `example.com` admits the name and all its sub-domains",
        ));
    }
    Ok(Pattern::Domain(name.to_ascii_lowercase()))
}

fn not_a_server_name(name: &str) -> Problem {
    if name.parse::<Ipv6Addr>().is_ok() {
        let fix = format!("write the IPv6 address in brackets: `[{name}]`");
        return Problem {
            fix: Some(fix.into()),
            ..Problem::new("this is not a server name", "")
        };
    }
    Problem::new(
        "this is not a server name (host or IP address, and maybe a port)",
        "if it is meant as a regular expression, put it into `(?:…)`",
    )
}

fn regex(entry: &str) -> Result<Pattern, Problem> {
    anchored(entry, r"\z", Look::End).map(Pattern::Regex)
}

/// The entry between anchors that it cannot circumvent.
fn anchored(entry: &str, end: &str, look: Look) -> Result<String, Problem> {
    if let Some(problem) = cannot_match(entry) {
        return Err(problem);
    }
    let entry = &*in_our_syntax(entry);
    // The entry is parsed alone first: `a)|(?:b` is an error, but would be valid between our own parentheses.
    parser()
        .parse(entry)
        .map_err(|error| regex_problem(entry, &error))?;
    // The second form ends a comment that would hide the anchor: `(?x) a # this one`.
    [format!(r"\A(?:{entry}){end}"), format!("\\A(?:{entry}\n){end}")]
        .into_iter()
        .find(|anchored| is_anchored(anchored, look))
        .ok_or_else(|| {
            Problem::new(
                "this regular expression cannot be anchored at both ends",
                "write it without flags or comments that reach its end",
            )
        })
}

/// A regular expression of Python, whose sign for the end of the text is another. Its length stays the same.
pub(super) fn in_our_syntax(entry: &str) -> Cow<'_, str> {
    if !entry.contains(r"\Z") {
        return Cow::Borrowed(entry);
    }
    let mut is_escaped = false;
    let translate = |c| {
        let was_escaped = is_escaped;
        is_escaped = c == '\\' && !was_escaped;
        match c {
            'Z' if was_escaped => 'z',
            other => other,
        }
    };
    entry.chars().map(translate).collect()
}

/// Server names are ASCII. Without Unicode classes, a thousand patterns are matched in 0.1 µs; with them, in
/// 800 µs.
pub(super) const UNICODE: bool = false;

fn parser() -> regex_syntax::Parser {
    regex_syntax::ParserBuilder::new()
        .unicode(UNICODE)
        .utf8(false)
        .case_insensitive(true)
        .build()
}

fn is_anchored(pattern: &str, look: Look) -> bool {
    parser().parse(pattern).is_ok_and(|expression| {
        let properties = expression.properties();
        let at_end = look != Look::End || properties.look_set_suffix().contains(Look::End);
        properties.look_set_prefix().contains(Look::Start) && at_end
    })
}

/// Finds an entry that is neither a regular expression nor a server name, such as a URL or two names.
fn cannot_match(entry: &str) -> Option<Problem> {
    let is_name_byte = |c: char| u8::try_from(c).is_ok_and(is_server_name_byte);
    // These three mean something only beside others: in a class, or behind `(?x)`.
    let is_meta = |c: char| regex_syntax::is_meta_character(c) && !matches!(c, '#' | '&' | '~');
    if entry.chars().any(|c| is_meta(c) && !is_name_byte(c)) {
        return None;
    }
    let (position, c) = entry.char_indices().find(|(_, c)| !is_name_byte(*c))?;
    let fix = match c {
        ',' | ';' | ' ' => "write one server name per entry",
        '@' | '!' | '#' => "write only the server name that follows the `:`",
        ':' | '/' => "write only the server name of the URL",
        c if c.is_ascii() => "server names are made of letters, digits, `.` and `-`",
        _ => "an international name is written in its `xn--` form",
    };
    Some(Problem {
        position: Some(position),
        text: format!("{c:?} does not occur in server names").into(),
        fix: Some(fix.into()),
    })
}

fn regex_problem(entry: &str, error: &regex_syntax::Error) -> Problem {
    let (position, text, fix) = match error {
        regex_syntax::Error::Parse(error) => (
            error.span().start.offset,
            error.kind().to_string(),
            syntax_fix(entry, error.kind()),
        ),
        regex_syntax::Error::Translate(error) => (error.span().start.offset, error.kind().to_string(), None),
        other => (0, other.to_string(), None),
    };
    Problem {
        position: Some(position),
        text: text.into(),
        fix: fix.map(Cow::Borrowed),
    }
}

fn syntax_fix(entry: &str, kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::RepetitionMissing if entry.starts_with("*.") => {
            Some(r"in a regular expression, any sub-domain is written `.*\.` instead of `*.`")
        }
        ErrorKind::RepetitionMissing if entry == "*" => {
            Some("`*` would list every homeserver; write the names of those that you trust")
        }
        ErrorKind::RepetitionMissing => {
            Some("in a regular expression, any text is written `.*` instead of `*`")
        }
        ErrorKind::UnsupportedLookAround => {
            Some("look-around is not supported: write a pattern for each group of names to admit")
        }
        ErrorKind::UnsupportedBackreference => Some("write out the text that the group stands for"),
        ErrorKind::GroupUnclosed | ErrorKind::GroupUnopened => Some("each `(` needs its `)`"),
        ErrorKind::ClassUnclosed => Some("each `[` needs its `]`"),
        _ => None,
    }
}

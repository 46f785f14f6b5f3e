//! What a span is expected to say.

use std::borrow::Cow;
use std::time::Duration;

use super::pattern::{TextPattern, ValuePattern, shown};
use crate::model::finished_span::{FinishedSpan, ReferenceKind};
use crate::model::tag::{Tag, TagValue, tags};
use crate::testing::forest::Forest;

/// The most keys that are listed where one is missing.
const LISTED: usize = 8;

/// Something that a span is expected to say.
#[derive(Debug, Clone)]
pub struct Fact(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Tag(Cow<'static, str>, ValuePattern),
    NoTag(Cow<'static, str>),
    Failed(TextPattern),
    DidNotFail,
    Reference(ReferenceKind, TextPattern),
    Log(Vec<Fact>),
    Duration(Duration),
    RemoteParent,
}

/// What was expected, and what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    pub(super) expected: String,
    pub(super) actual: String,
}

impl Fact {
    /// A tag.
    pub fn tag(key: impl Into<Cow<'static, str>>, value: ValuePattern) -> Self {
        Self(Kind::Tag(key.into(), value))
    }

    /// No tag of this key.
    pub fn no_tag(key: impl Into<Cow<'static, str>>) -> Self {
        Self(Kind::NoTag(key.into()))
    }

    /// The span failed, with a message like this.
    pub fn failed(message: TextPattern) -> Self {
        Self(Kind::Failed(message))
    }

    /// The span did not fail.
    pub fn did_not_fail() -> Self {
        Self(Kind::DidNotFail)
    }

    /// A reference to a span that caused it.
    pub fn follows_from(name: TextPattern) -> Self {
        Self(Kind::Reference(ReferenceKind::FollowsFrom, name))
    }

    /// A reference to a span that waits for it, and is not its parent.
    pub fn child_of(name: TextPattern) -> Self {
        Self(Kind::Reference(ReferenceKind::ChildOf, name))
    }

    /// A log record with these fields.
    pub fn log(fields: Vec<Self>) -> Self {
        Self(Kind::Log(fields))
    }

    /// How long it took.
    pub fn duration(duration: Duration) -> Self {
        Self(Kind::Duration(duration))
    }

    /// The parent is in another process.
    pub fn remote_parent() -> Self {
        Self(Kind::RemoteParent)
    }

    /// Whether it says if the span failed.
    pub(super) fn is_about_failure(&self) -> bool {
        matches!(self.0, Kind::Failed(_) | Kind::DidNotFail)
    }

    /// The difference, if it is not so.
    pub(super) fn check(&self, span: &FinishedSpan, forest: &Forest<'_>) -> Option<Mismatch> {
        let actual = match &self.0 {
            Kind::Tag(key, value) => check_tag(key, value, &span.tags)?,
            Kind::NoTag(key) => format!("{key} = {}", shown(span.tag(key)?)),
            Kind::Failed(message) => check_failure(message, span)?,
            Kind::DidNotFail if has_failed(span) => failure(span),
            Kind::DidNotFail => return None,
            Kind::Reference(kind, name) => check_reference(*kind, name, span, forest)?,
            Kind::Log(fields) => check_log(fields, span)?,
            Kind::Duration(duration) if *duration == span.duration => return None,
            Kind::Duration(_) => format!("duration = {:?}", span.duration),
            Kind::RemoteParent if span.local_root && span.parent_span_id.is_some() => return None,
            Kind::RemoteParent => "(no parent in another process)".to_owned(),
        };
        let expected = self.to_string();
        Some(Mismatch { expected, actual })
    }

    fn matches_field(&self, fields: &[Tag]) -> bool {
        match &self.0 {
            Kind::Tag(key, value) => fields
                .iter()
                .any(|field| field.key == *key && value.matches(&field.value)),
            _ => false,
        }
    }
}

/// As it is written in `[…]`.
impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::Tag(key, value) => write!(f, "{key} {value}"),
            Kind::NoTag(key) => write!(f, "!{key}"),
            Kind::Failed(message) if message.is_any() => f.write_str("error"),
            Kind::Failed(message) => write!(f, "error {message}"),
            Kind::DidNotFail => f.write_str("!error"),
            Kind::Reference(kind, name) => write!(f, "{} {name}", word(*kind)),
            Kind::Log(fields) => {
                let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
                write!(f, "log({})", fields.join(", "))
            }
            Kind::Duration(duration) => write!(f, "duration = {duration:?}"),
            Kind::RemoteParent => f.write_str("remote_parent"),
        }
    }
}

fn word(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::ChildOf => "child_of",
        ReferenceKind::FollowsFrom => "follows_from",
    }
}

/// What there is instead of the tag.
fn check_tag(key: &str, value: &ValuePattern, tags: &[Tag]) -> Option<String> {
    let Some(tag) = tags.iter().find(|tag| tag.key == key) else {
        return Some(match listed(tags) {
            keys if keys.is_empty() => format!("(no {key}, and no other tag)"),
            keys => format!("(no {key}; there are: {keys})"),
        });
    };
    (!value.matches(&tag.value)).then(|| format!("{key} = {}", shown(&tag.value)))
}

fn listed(tags: &[Tag]) -> String {
    // Those of the sampler are on each root.
    let keys = tags.iter().map(|tag| &*tag.key);
    let keys: Vec<&str> = keys.filter(|key| !key.starts_with("sampler.")).collect();
    let mut text = keys.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    if keys.len() > LISTED {
        text.push_str(", …");
    }
    text
}

/// Whether the span is marked as failed.
pub(super) fn has_failed(span: &FinishedSpan) -> bool {
    span.tag(tags::ERROR) == Some(&TagValue::Bool(true))
}

/// The messages of its errors.
fn messages(span: &FinishedSpan) -> impl Iterator<Item = String> {
    let is_error = |fields: &&[Tag]| {
        fields
            .iter()
            .any(|field| field.key == "event" && field.value.as_str() == Some("error"))
    };
    let errors = span.logs.iter().map(|log| &*log.fields).filter(is_error);
    let messages = errors.flat_map(|fields| fields.iter().find(|field| field.key == "message"));
    messages.map(|field| field.value.to_string())
}

/// How a failed span is described.
pub(super) fn failure(span: &FinishedSpan) -> String {
    match messages(span).next() {
        Some(message) => format!("error = {message:?}"),
        None => "error".to_owned(),
    }
}

fn check_failure(message: &TextPattern, span: &FinishedSpan) -> Option<String> {
    if !has_failed(span) {
        return Some("(no error)".to_owned());
    }
    let is_found = message.is_any() || messages(span).any(|text| message.matches(&text));
    let none = || "error, without a message".to_owned();
    let shown = || messages(span).next().map_or_else(none, |_| failure(span));
    (!is_found).then(shown)
}

fn check_reference(
    kind: ReferenceKind,
    name: &TextPattern,
    span: &FinishedSpan,
    forest: &Forest<'_>,
) -> Option<String> {
    let of_kind = span.references.iter().filter(|reference| reference.kind == kind);
    let names: Vec<Option<&str>> = of_kind
        .map(|reference| Some(forest.name(forest.referred(reference)?)))
        .collect();
    let is_found = names.iter().any(|found| match found {
        Some(found) => name.matches(found),
        None => name.is_any(),
    });
    let shown = || match names.as_slice() {
        [] => format!("(no {})", word(kind)),
        names => {
            let names = names.iter().map(|name| match name {
                Some(name) => format!("{} = {name:?}", word(kind)),
                None => format!("{} a span that is not here", word(kind)),
            });
            names.collect::<Vec<_>>().join(", ")
        }
    };
    (!is_found).then(shown)
}

fn check_log(fields: &[Fact], span: &FinishedSpan) -> Option<String> {
    let mut records = span.logs.iter();
    if records.any(|record| fields.iter().all(|field| field.matches_field(&record.fields))) {
        return None;
    }
    let record = |fields: &[Tag]| {
        let fields = fields
            .iter()
            .map(|field| format!("{} = {}", field.key, shown(&field.value)));
        format!("log({})", fields.collect::<Vec<_>>().join(", "))
    };
    Some(match span.logs.as_slice() {
        [] => "(no log record)".to_owned(),
        logs => logs
            .iter()
            .map(|log| record(&log.fields))
            .collect::<Vec<_>>()
            .join(", "),
    })
}

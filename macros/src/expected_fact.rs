//! What a span of `assert_trace!` says.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::{Error, LitBool, Result, Token, parenthesized, token};

use crate::expected_spans::Pattern;
use crate::fields::{Key, Name};

pub(crate) enum Fact {
    Tag {
        key: TokenStream,
        value: Pattern,
    },
    NoTag {
        key: TokenStream,
    },
    /// It failed, with this message.
    Failed(Pattern),
    DidNotFail,
    /// A function of `Fact`, and the name of the other span.
    Reference(&'static str, Pattern),
    /// The fields of one of its log records.
    Log(Vec<Fact>),
    Duration(Pattern),
    RemoteParent,
}

/// What is written in `[…]`.
pub(crate) fn facts(input: ParseStream<'_>) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut known: Vec<(String, bool)> = Vec::new();
    while !input.is_empty() {
        let (fact, text, at) = fact(input)?;
        let is_tag = matches!(fact, Fact::Tag { .. } | Fact::NoTag { .. });
        let is_known = known.contains(&(text.clone(), is_tag));
        if is_known && !matches!(fact, Fact::Log(_) | Fact::Reference(..)) {
            return Err(Error::new(at, format!("`{text}` given twice")));
        }
        facts.push(fact);
        known.push((text, is_tag));
        end(input)?;
    }
    Ok(facts)
}

fn end(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    Err(input.error("expected `,`"))
}

/// A fact, its key, and where the key is.
fn fact(input: ParseStream<'_>) -> Result<(Fact, String, Span)> {
    let is_not = input.parse::<Option<Token![!]>>()?.is_some();
    let Name {
        key,
        text,
        at,
        is_word,
        ..
    } = Name::parse(input)?;
    // A tag of one of these names is written as a text.
    let word = if is_word { text.as_str() } else { "" };
    if is_not {
        let fact = match word {
            "error" => Fact::DidNotFail,
            "follows_from" | "child_of" | "log" | "duration" | "remote_parent" => {
                let message = format!("`!` is for tags and `error`; a tag of this name is `!\"{word}\"`");
                return Err(Error::new(at, message));
            }
            _ => Fact::NoTag { key: expand(&key) },
        };
        return Ok((fact, text, at));
    }
    if input.peek(Token![:]) {
        return Err(Error::new(at, format!("write `{text} = value`")));
    }
    let fact = match word {
        "error" => failure(at, input)?,
        "follows_from" => Fact::Reference("follows_from", Pattern::after_key(&text, at, input)?),
        "child_of" => Fact::Reference("child_of", Pattern::after_key(&text, at, input)?),
        "log" => Fact::Log(fields(at, input)?),
        "duration" => Fact::Duration(duration(at, input)?),
        "remote_parent" => Fact::RemoteParent,
        _ => tag(&key, &text, at, input)?,
    };
    Ok((fact, text, at))
}

fn tag(key: &Key, text: &str, at: Span, input: ParseStream<'_>) -> Result<Fact> {
    Ok(Fact::Tag {
        value: Pattern::after_key(text, at, input)?,
        key: expand(key),
    })
}

/// `error`, `error = "message"` or `error ~ "pattern"`.
fn failure(at: Span, input: ParseStream<'_>) -> Result<Fact> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(Fact::Failed(Pattern::Any));
    }
    if input.peek(Token![=]) && input.peek2(LitBool) {
        return Err(Error::new(
            at,
            "write `error` for a span that failed, and `!error` for one that did not",
        ));
    }
    Pattern::after_key("error", at, input).map(Fact::Failed)
}

fn duration(at: Span, input: ParseStream<'_>) -> Result<Pattern> {
    match Pattern::after_key("duration", at, input)? {
        Pattern::Is(value) => Ok(Pattern::Is(value)),
        Pattern::Like(_) | Pattern::Any => Err(Error::new(
            at,
            "a duration is equal or not: write `duration = Duration::from_millis(5)`, with a `TestClock`",
        )),
    }
}

/// `log(event = "retry", attempt = 2)`
fn fields(at: Span, input: ParseStream<'_>) -> Result<Vec<Fact>> {
    let missing = || {
        Error::new(
            at,
            "expected the fields of a log record: `log(event = \"retry\")`",
        )
    };
    if !input.peek(token::Paren) {
        return Err(missing());
    }
    let content;
    parenthesized!(content in input);
    let mut fields = Vec::new();
    while !content.is_empty() {
        let Name { key, text, at, .. } = Name::parse(&content)?;
        fields.push(tag(&key, &text, at, &content)?);
        end(&content)?;
    }
    match fields.is_empty() {
        true => Err(missing()),
        false => Ok(fields),
    }
}

fn expand(key: &Key) -> TokenStream {
    match key {
        Key::Text(text) => quote!(#text),
        Key::Constant(constant) => constant.clone(),
    }
}

impl Fact {
    pub(crate) fn expand(&self) -> TokenStream {
        let text = quote!(::fedtrace::__private::TextPattern);
        match self {
            Self::Tag { key, value } => {
                let value = value.expand(&quote!(::fedtrace::__private::ValuePattern));
                quote!(::fedtrace::__private::Fact::tag(#key, #value))
            }
            Self::NoTag { key } => quote!(::fedtrace::__private::Fact::no_tag(#key)),
            Self::Failed(message) => {
                let message = message.expand(&text);
                quote!(::fedtrace::__private::Fact::failed(#message))
            }
            Self::DidNotFail => quote!(::fedtrace::__private::Fact::did_not_fail()),
            Self::Reference(kind, name) => {
                let kind = syn::Ident::new(kind, Span::call_site());
                let name = name.expand(&text);
                quote!(::fedtrace::__private::Fact::#kind(#name))
            }
            Self::Log(fields) => {
                let fields = fields.iter().map(Self::expand);
                quote!(::fedtrace::__private::Fact::log(::std::vec![#(#fields),*]))
            }
            Self::Duration(duration) => match duration {
                Pattern::Is(value) | Pattern::Like(value) => {
                    quote!(::fedtrace::__private::Fact::duration(#value))
                }
                Pattern::Any => TokenStream::new(),
            },
            Self::RemoteParent => quote!(::fedtrace::__private::Fact::remote_parent()),
        }
    }
}

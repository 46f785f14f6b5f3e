//! The tree of `assert_trace!`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, LitStr, Path, Result, Token, braced, bracketed, token};

use crate::expected_fact::{Fact, facts};

/// What a span may begin with, for messages.
const SPAN: &str = "the name of a span: a text, `~ \"pattern\"`, `_` or a constant; or `any_order { … }`, or `..` at the end";

/// Siblings, and whether there may be others.
struct Spans {
    items: Vec<Item>,
    more: bool,
}

enum Item {
    Span(ExpectedSpan),
    AnyOrder(Vec<ExpectedSpan>),
}

struct ExpectedSpan {
    name: Pattern,
    facts: Vec<Fact>,
    children: Spans,
}

/// A text that has to be equal or similar.
pub(crate) enum Pattern {
    Is(TokenStream),
    Like(TokenStream),
    Any,
}

impl Pattern {
    /// What follows a key: `= text`, `~ "pattern"` or `= _`.
    pub(crate) fn after_key(key: &str, at: Span, input: ParseStream<'_>) -> Result<Self> {
        if input.parse::<Option<Token![~]>>()?.is_some() {
            return Ok(Self::Like(expression(key, at, "~ \"pattern\"", input)?));
        }
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Err(Error::new(
                at,
                format!(
                    "what about `{key}`? write `{key} = value`, `{key} ~ \"pattern\"`, `{key} = _` or `!{key}`"
                ),
            ));
        }
        if input.parse::<Option<Token![_]>>()?.is_some() {
            return Ok(Self::Any);
        }
        Ok(Self::Is(expression(key, at, "= value", input)?))
    }

    fn of_span(input: ParseStream<'_>) -> Result<Self> {
        if input.parse::<Option<Token![~]>>()?.is_some() {
            return Ok(Self::Like(input.parse::<LitStr>()?.into_token_stream()));
        }
        if input.parse::<Option<Token![_]>>()?.is_some() {
            return Ok(Self::Any);
        }
        if input.peek(LitStr) {
            return Ok(Self::Is(input.parse::<LitStr>()?.into_token_stream()));
        }
        let at = input.span();
        let path = input.call(Path::parse_mod_style);
        path.map(|path| Self::Is(path.into_token_stream()))
            .map_err(|_| Error::new(at, format!("expected {SPAN}")))
    }

    /// The call that makes it, of the type `ty`.
    pub(crate) fn expand(&self, ty: &TokenStream) -> TokenStream {
        match self {
            Self::Is(value) => quote!(#ty::is(#value)),
            Self::Like(pattern) => quote!(#ty::like(#pattern)),
            Self::Any => quote!(#ty::any()),
        }
    }
}

fn expression(key: &str, at: Span, example: &str, input: ParseStream<'_>) -> Result<TokenStream> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(at, format!("expected a value: `{key} {example}`")));
    }
    Ok(input.parse::<Expr>()?.into_token_stream())
}

impl Spans {
    const NONE: Self = Self {
        items: Vec::new(),
        more: false,
    };

    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut spans = Self::NONE;
        while !input.is_empty() {
            if let Some(dots) = input.parse::<Option<Token![..]>>()? {
                spans.more = true;
                input.parse::<Option<Token![,]>>()?;
                if !input.is_empty() {
                    let [at, _] = dots.spans;
                    return Err(Error::new(
                        at,
                        "`..` stands at the end: it allows others anywhere between these",
                    ));
                }
                break;
            }
            let (item, ends_in_brace) = Item::parse(input)?;
            spans.items.push(item);
            comma(input, ends_in_brace)?;
        }
        Ok(spans)
    }

    fn expand(&self) -> TokenStream {
        let Self { items, more } = self;
        let items = items.iter().map(Item::expand);
        quote!(::fedtrace::__private::ExpectedSpans::new(::std::vec![#(#items),*], #more))
    }
}

impl Item {
    /// Returns also whether it ends in a brace, after which no comma is needed.
    fn parse(input: ParseStream<'_>) -> Result<(Self, bool)> {
        let word = input.fork().call(Ident::parse_any);
        if word.is_ok_and(|word| word == "any_order") && input.peek2(token::Brace) {
            input.call(Ident::parse_any)?;
            let content;
            braced!(content in input);
            return Ok((Self::AnyOrder(members(&content)?), true));
        }
        let (span, ends_in_brace) = ExpectedSpan::parse(input)?;
        Ok((Self::Span(span), ends_in_brace))
    }

    fn expand(&self) -> TokenStream {
        match self {
            Self::Span(span) => {
                let span = span.expand();
                quote!(::fedtrace::__private::ExpectedItem::Span(#span))
            }
            Self::AnyOrder(members) => {
                let members = members.iter().map(ExpectedSpan::expand);
                quote!(::fedtrace::__private::ExpectedItem::AnyOrder(
                    ::std::vec![#(#members),*]
                ))
            }
        }
    }
}

/// The spans of `any_order`.
fn members(input: ParseStream<'_>) -> Result<Vec<ExpectedSpan>> {
    let mut members = Vec::new();
    while !input.is_empty() {
        if input.peek(Token![..]) {
            return Err(input.error("`..` stands behind `any_order { … }`, at the end of the list around it"));
        }
        let word = input.fork().call(Ident::parse_any);
        if word.is_ok_and(|word| word == "any_order") && input.peek2(token::Brace) {
            return Err(input.error("these spans may already come in any order"));
        }
        let (member, ends_in_brace) = ExpectedSpan::parse(input)?;
        members.push(member);
        comma(input, ends_in_brace)?;
    }
    Ok(members)
}

fn comma(input: ParseStream<'_>, is_optional: bool) -> Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() || is_optional {
        return Ok(());
    }
    let message = "expected `,`, or `[…]` with what the span says, or `{…}` with its children";
    Err(input.error(message))
}

impl ExpectedSpan {
    fn parse(input: ParseStream<'_>) -> Result<(Self, bool)> {
        let name = Pattern::of_span(input)?;
        let mut said = Vec::new();
        if input.peek(token::Bracket) {
            let content;
            bracketed!(content in input);
            said = facts(&content)?;
        }
        let has_children = input.peek(token::Brace);
        let mut children = Spans::NONE;
        if has_children {
            let content;
            braced!(content in input);
            children = Spans::parse(&content)?;
        }
        let span = Self {
            name,
            facts: said,
            children,
        };
        Ok((span, has_children))
    }

    fn expand(&self) -> TokenStream {
        let name = self.name.expand(&quote!(::fedtrace::__private::TextPattern));
        let facts = self.facts.iter().map(Fact::expand);
        let children = self.children.expand();
        quote!(::fedtrace::__private::ExpectedSpan::new(#name, ::std::vec![#(#facts),*], #children))
    }
}

/// `assert_trace!(source, { … })`
pub(crate) fn assert_trace(input: TokenStream) -> TokenStream {
    let parser = |input: ParseStream<'_>| {
        let usage = "expected a tracer and a tree: `assert_trace!(test, { \"name\" { … } })`";
        if input.is_empty() {
            return Err(Error::new(Span::call_site(), usage));
        }
        let source: Expr = input.parse()?;
        input
            .parse::<Token![,]>()
            .map_err(|error| Error::new(error.span(), usage))?;
        if !input.peek(token::Brace) {
            return Err(input.error(usage));
        }
        let content;
        braced!(content in input);
        let spans = Spans::parse(&content)?;
        input.parse::<Option<Token![,]>>()?;
        match input.is_empty() {
            true => Ok((source, spans)),
            false => Err(input.error("expected the end; the tree is in one pair of braces")),
        }
    };
    match parser.parse2(input) {
        Ok((source, spans)) => {
            let spans = spans.expand();
            quote_spanned!(Span::call_site()=> ::fedtrace::__private::assert_trace(&#source, &#spans))
        }
        Err(error) => error.to_compile_error(),
    }
}

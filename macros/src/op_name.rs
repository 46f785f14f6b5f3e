//! The arguments of `#[trace_with_opname]`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Expr, ExprLit, Lit, LitStr, Result, Token};

use crate::args::{Attr, options, unknown_option};
use crate::hints;
use crate::span_options::SpanOptions;

/// The name of a span: a literal, or the path of a constant.
pub(crate) enum OpName {
    Literal(LitStr),
    Constant(TokenStream),
}

impl ToTokens for OpName {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Constant(path) => tokens.extend(path.clone()),
        }
    }
}

pub(crate) struct OpNameArgs {
    pub(crate) name: OpName,
    pub(crate) options: SpanOptions,
}

impl OpNameArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        let parser = |input: ParseStream<'_>| {
            if let Some(error) = hint_of_name(input) {
                return Err(error);
            }
            if input.is_empty() || begins_with_option(input) {
                return Err(Error::new(
                    Span::call_site(),
                    "expected an operation name: #[trace_with_opname(\"name\")]",
                ));
            }
            let name = op_name(input)?;
            if !input.is_empty() && !input.peek(Token![,]) {
                return Err(Error::new(input.span(), "expected exactly one operation name"));
            }
            input.parse::<Option<Token![,]>>()?;
            let options = options(option)(input)?.check()?;
            Ok(Self { name, options })
        };
        parser.parse2(args)
    }
}

fn option(input: ParseStream<'_>, options: &mut SpanOptions) -> Result<()> {
    let is_option = has_value(input) || has_known_key(input);
    if !is_option {
        return Err(Error::new(input.span(), "expected exactly one operation name"));
    }
    let key = input.call(Ident::parse_any)?;
    if let Some(parsed) = options.parse(&key, input) {
        return parsed;
    }
    let hint = hints::find(Attr::TraceWithOpname, &key, input);
    Err(hint.unwrap_or_else(|| unknown_option(&key, &SpanOptions::NAMES)))
}

/// `key = value`, or `key(…)`.
fn has_value(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && (input.peek2(Token![=]) || input.peek2(syn::token::Paren))
}

fn has_known_key(input: ParseStream<'_>) -> bool {
    let key = input.fork().call(Ident::parse_any);
    key.is_ok_and(|key| SpanOptions::NAMES.iter().any(|name| key == name))
}

fn begins_with_option(input: ParseStream<'_>) -> bool {
    has_known_key(input) && !input.peek2(Token![::])
}

fn hint_of_name(input: ParseStream<'_>) -> Option<Error> {
    let ahead = input.fork();
    let key = ahead.call(Ident::parse_any).ok()?;
    let is_named = key == "name" && ahead.peek(Token![=]);
    is_named.then(|| hints::find(Attr::TraceWithOpname, &key, &ahead))?
}

fn op_name(input: ParseStream<'_>) -> Result<OpName> {
    let wrong = "operation name must be a string literal or the path of a constant";
    let at = input.span();
    let mut expression: Expr = input.parse().map_err(|_| Error::new(at, wrong))?;
    while let Expr::Group(group) = expression {
        expression = *group.expr;
    }
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => {
            if literal.value().trim().is_empty() {
                return Err(Error::new(literal.span(), "operation name must not be empty"));
            }
            Ok(OpName::Literal(literal))
        }
        Expr::Path(path) => Ok(OpName::Constant(path.into_token_stream())),
        other => Err(Error::new_spanned(other, wrong)),
    }
}

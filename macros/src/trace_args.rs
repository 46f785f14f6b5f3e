//! The arguments of `#[trace]`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, LitStr, Meta, Result, Token};

use crate::args::{Attr, Krate, options, set_once, unknown_option};
use crate::attribute::{has_last_segment, is_trace};
use crate::expression;
use crate::hints;
use crate::op_name::OpNameArgs;
use crate::span_options::SpanOptions;

#[derive(Default)]
pub(crate) struct TraceArgs {
    pub(crate) options: SpanOptions,
    /// The word `prefix`, and the start of the names of the methods.
    pub(crate) prefix: Option<(Ident, LitStr)>,
    pub(crate) skip: Option<Span>,
}

/// The options of a function or an `impl` block.
const KNOWN: [&str; 10] = [
    "crate",
    "err",
    "follows_from",
    "level",
    "parent",
    "prefix",
    "ret",
    "root",
    "target",
    "tracer",
];

impl TraceArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        let parsed: Self = options(|input, parsed: &mut Self| {
            if !input.peek(Ident::peek_any) {
                return Err(unexpected_name(&input.parse::<TokenTree>()?));
            }
            let key = input.call(Ident::parse_any)?;
            if input.peek(Token![::]) {
                return Err(unexpected_name(&key));
            }
            match parsed.options.parse(&key, input) {
                Some(known) => known,
                None => parsed.parse_own(&key, input),
            }
        })
        .parse2(args)?;
        Ok(Self {
            options: parsed.options.check()?,
            ..parsed
        })
    }

    fn parse_own(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if key == "prefix" {
            let prefix = prefix(key, input)?;
            return set_once(&mut self.prefix, key, (key.clone(), prefix));
        }
        if key == "skip" && !input.peek(Token![=]) && !input.peek(syn::token::Paren) {
            return set_once(&mut self.skip, key, key.span());
        }
        if let Some(error) = hints::find(Attr::Trace, key, input) {
            return Err(error);
        }
        match input.is_empty() || input.peek(Token![,]) {
            true => Err(unexpected_name(key)),
            false => Err(unknown_option(key, &KNOWN)),
        }
    }
}

/// The options of another attribute of the function, if it is one of ours and has no mistake, which it reports itself.
pub(crate) fn options_of(attribute: &Attribute, krate: &Krate) -> Option<SpanOptions> {
    if !is_trace(attribute, krate) {
        return None;
    }
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    let args = list.tokens.clone();
    match has_last_segment(attribute, "trace") {
        true => Some(TraceArgs::parse(args).ok()?.options),
        false => Some(OpNameArgs::parse(args).ok()?.options),
    }
}

fn prefix(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    let value = expression::value(key, input, "\"Type::\"")?;
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(prefix) if prefix.value().trim().is_empty() => {
            Err(Error::new(prefix.span(), "prefix must not be empty"))
        }
        Ok(prefix) => Ok(prefix),
        Err(_) => Err(Error::new_spanned(value, "prefix must be a string literal")),
    }
}

fn unexpected_name(argument: &impl ToTokens) -> Error {
    let text = argument.to_token_stream();
    Error::new_spanned(
        argument,
        format!("#[trace] takes no name; use #[trace_with_opname({text})]"),
    )
}

//! The attributes of this crate among those of an item.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Meta, Path, parse_quote_spanned};

use crate::args::Krate;
use crate::span_options::SpanOptions;
use crate::token::unwrap_fragment;

/// `#[tag_args]`, with any path.
pub(crate) fn is_tag_args(attribute: &Attribute) -> bool {
    has_last_segment(attribute, "tag_args")
}

/// `#[trace]` or `#[trace_with_opname]`. Other crates have attributes of these names, so a path must name this one, and
/// `#[trace("/path")]` is never ours. If it is ours by mistake, its own expansion says so.
pub(crate) fn is_trace(attribute: &Attribute, krate: &Krate) -> bool {
    let path: &Path = attribute.path();
    let mut segments = path.segments.iter().rev().map(|segment| &segment.ident);
    let name = segments.next();
    let module = segments.next();
    name.is_some_and(|name| name == "trace" || name == "trace_with_opname")
        && match module {
            Some(module) => module == "fedtrace" || krate.is(module),
            None => !is_trace_of_others(attribute),
        }
}

/// `#[trace("/path")]`, `#[trace = "…"]` or `#[trace(key = …)]` with a key that we do not have.
fn is_trace_of_others(attribute: &Attribute) -> bool {
    if !attribute.path().is_ident("trace") {
        return false;
    }
    match &attribute.meta {
        Meta::Path(_) => false,
        Meta::NameValue(_) => true,
        Meta::List(list) => match list.tokens.clone().into_iter().next().map(unwrap_fragment) {
            Some(TokenTree::Ident(key)) => !begins_option(&key),
            Some(_) => true,
            None => false,
        },
    }
}

/// What `#[trace(word …)]` of ours may begin with.
fn begins_option(word: &Ident) -> bool {
    let of_trace = ["prefix", "skip"];
    let mut options = of_trace.iter().chain(&SpanOptions::NAMES);
    options.any(|option| word == option)
}

pub(crate) fn has_last_segment(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == name)
}

/// `#[krate::name(args)]`
pub(crate) fn new(krate: &Krate, name: &TokenStream, args: &TokenStream) -> Attribute {
    let args = (!args.is_empty()).then(|| quote!((#args)));
    parse_quote_spanned!(Span::call_site()=> #[#krate::#name #args])
}

pub(crate) fn name_with_prefix(prefix: &LitStr, function: &Ident) -> LitStr {
    let name = format!("{}{}", prefix.value(), function.unraw());
    LitStr::new(&name, function.span())
}

//! The attributes of this crate among those of an item.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path, parse_quote_spanned};

use crate::args::Krate;

/// `#[tag_args]`, with any path.
pub(crate) fn is_tag_args(attribute: &Attribute) -> bool {
    has_last_segment(attribute, "tag_args")
}

/// `#[trace]` or `#[trace_with_opname]`. Other crates have attributes of these names, so a path must name this one.
pub(crate) fn is_trace(attribute: &Attribute, krate: &Krate) -> bool {
    let path: &Path = attribute.path();
    let mut segments = path.segments.iter().rev().map(|segment| &segment.ident);
    let name = segments.next();
    let module = segments.next();
    name.is_some_and(|name| name == "trace" || name == "trace_with_opname")
        && module.is_none_or(|module: &Ident| module == "fedtrace" || krate.is(module))
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

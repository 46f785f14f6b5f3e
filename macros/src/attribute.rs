//! Our attributes among those of an item.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path, parse_quote_spanned};

use crate::args::Krate;

/// Under whatever path.
pub(crate) fn is_tag_args(attribute: &Attribute) -> bool {
    is_last_segment(attribute, "tag_args")
}

/// Other crates have an attribute of this name too, so a path must lead through ours.
pub(crate) fn is_trace(attribute: &Attribute, krate: &Krate) -> bool {
    let path: &Path = attribute.path();
    let mut segments = path.segments.iter().rev().map(|segment| &segment.ident);
    let name = segments.next();
    let module = segments.next();
    name.is_some_and(|name| name == "trace" || name == "trace_with_opname")
        && module.is_none_or(|module: &Ident| module == "fedtrace" || krate.is(module))
}

pub(crate) fn is_last_segment(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == name)
}

/// `#[krate::name(args)]`
pub(crate) fn attribute(krate: &Krate, name: &TokenStream, args: &TokenStream) -> Attribute {
    let args = (!args.is_empty()).then(|| quote!((#args)));
    parse_quote_spanned!(Span::call_site()=> #[#krate::#name #args])
}

pub(crate) fn prefixed(prefix: &LitStr, function: &Ident) -> LitStr {
    let name = format!("{}{}", prefix.value(), function.unraw());
    LitStr::new(&name, function.span())
}

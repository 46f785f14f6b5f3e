//! Errors for wrong uses of an attribute.

use proc_macro2::{Span, TokenStream};
use syn::Error;

use crate::args::Attr;

/// The error and the item. Without the item, the code that uses it would fail too.
pub(crate) fn with_item(error: &Error, item: TokenStream) -> TokenStream {
    let mut tokens = error.to_compile_error();
    tokens.extend(item);
    tokens
}

pub(crate) fn not_a_function(attr: Attr, at: Span) -> Error {
    Error::new(at, format!("{attr} can only be applied to functions and methods"))
}

pub(crate) fn impl_block(attr: Attr, at: Span) -> Error {
    let message = format!("{attr} cannot be applied to an impl block; annotate the individual methods");
    Error::new(at, message)
}

pub(crate) fn trait_item(attr: Attr, at: Span) -> Error {
    Error::new(
        at,
        format!("{attr} cannot be applied to a trait; annotate methods that have a body"),
    )
}

pub(crate) fn missing_body(attr: Attr, at: Span) -> Error {
    Error::new(
        at,
        format!("{attr} needs a function body; put it on the implementation instead"),
    )
}

pub(crate) fn const_fn(attr: Attr, at: Span) -> Error {
    Error::new(at, format!("{attr} cannot be applied to a const fn"))
}

pub(crate) fn variadic_fn(attr: Attr, at: Span) -> Error {
    Error::new(at, format!("{attr} does not support C-variadic functions"))
}

pub(crate) fn traced_twice(at: Span) -> Error {
    Error::new(at, "this function is already traced")
}

pub(crate) fn tagged_twice(at: Span) -> Error {
    Error::new(at, "the arguments of this function are already tagged")
}

pub(crate) fn skip_outside_impl(at: Span) -> Error {
    Error::new(
        at,
        "`skip` can only be used on a method of an impl block with #[trace]",
    )
}

pub(crate) fn prefix_on_function(at: Span, name: &str) -> Error {
    let message = format!("`prefix` is for impl blocks; use #[trace_with_opname({name:?})]");
    Error::new(at, message)
}

//! A function that is nothing but an `async` block. Its span starts at the first poll, as that of an `async fn` does.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::body::Content;
use crate::function::Function;
use crate::future;
use crate::span_options::SpanOptions;
use crate::tail::Tail;
use crate::token::mixed_site;

pub(crate) fn expand(
    function: &Function,
    options: &SpanOptions,
    site: &TokenStream,
    tail: &Tail,
) -> TokenStream {
    let block = &tail.block;
    let output = future::output(function, options);
    let future = future::trace(options, site, &quote!(#block), output);
    let future = if tail.is_bare() {
        quote_spanned!(mixed_site()=> #[allow(clippy::implicit_return)] #future)
    } else {
        future
    };
    let Content { items, rest } = Content::split(tail.replace(future));
    let place = future::choose_place(options);
    function.with_content(quote!(#items #place #rest))
}

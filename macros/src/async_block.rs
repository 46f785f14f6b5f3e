//! A function that is nothing but an `async` block. Its span starts at the first poll, as that of an `async fn` does.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::args::Target;
use crate::body::Content;
use crate::function::Function;
use crate::future;
use crate::tail::Tail;
use crate::token::mixed_site;

pub(crate) fn expand(function: &Function, target: &Target, site: &TokenStream, tail: &Tail) -> TokenStream {
    let block = &tail.block;
    let output = future::result_output(function, &target.krate);
    let future = future::trace(target, site, &quote!(#block), output);
    let future = if tail.is_bare() {
        quote_spanned!(mixed_site()=> #[allow(clippy::implicit_return)] #future)
    } else {
        future
    };
    let Content { items, rest } = Content::split(tail.replace(future));
    let tracer = future::choose_tracer(target);
    function.with_content(quote!(#items #tracer #rest))
}

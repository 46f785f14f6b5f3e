//! Where the span stands: below which other one, or at no place at all.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::span_options::SpanOptions;
use crate::token::mixed_site;

/// The condition under which there is a span at all.
pub(crate) fn is_on(options: &SpanOptions) -> TokenStream {
    let krate = &options.krate;
    match options.leveled() {
        Some(leveled) => quote_spanned!(mixed_site()=> #krate::__private::Leveled::is_enabled(#leveled)),
        None => quote_spanned!(mixed_site()=> #krate::__private::is_on()),
    }
}

/// The place that the options say.
pub(crate) fn place(options: &SpanOptions) -> TokenStream {
    let SpanOptions {
        krate,
        tracer,
        parent,
        follows_from,
        root,
        ..
    } = options;
    let tracer = tracer.iter();
    let parent = parent.iter();
    let follows_from = follows_from.iter();
    let root = root.iter().map(|_| quote!(.root()));
    quote_spanned! {mixed_site()=>
        #krate::__private::Place::new()
            #(.tracer(#tracer))*
            #(.parent(#parent))*
            #(.follows_from(#follows_from))*
            #(#root)*
    }
}

//! The expression that opens a span and returns its scope.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::args::Krate;
use crate::op_name::OpName;
use crate::place;
use crate::span_options::SpanOptions;
use crate::token::mixed_site;

pub(crate) fn enter(options: &SpanOptions, site: &TokenStream) -> TokenStream {
    let krate = &options.krate;
    let private = quote_spanned!(mixed_site()=> #krate::__private);
    let enter = match &options.tracer {
        _ if options.has_place() => {
            let place = place::place(options);
            quote_spanned!(mixed_site()=> #private::enter_at(#site, #place))
        }
        Some(tracer) => quote_spanned!(mixed_site()=> #private::enter_with(#site, #tracer)),
        None => quote_spanned!(mixed_site()=> #private::enter(#site)),
    };
    if !options.has_place() && options.tracer.is_none() && options.level.is_none() {
        return enter;
    }
    let is_on = place::is_on(options);
    quote_spanned! {mixed_site()=>
        if #is_on {
            #enter
        } else {
            #private::no_scope()
        }
    }
}

/// A reference to a `Site` that lives as long as the program, also in generic functions.
pub(crate) fn site(krate: &Krate, name: &OpName) -> TokenStream {
    match name {
        // The compiler promotes this one, which is a tenth cheaper to check than a `const` block in each function.
        OpName::Literal(name) => {
            quote_spanned!(mixed_site()=> &#krate::__private::Site { name: #name })
        }
        OpName::Constant(name) => {
            quote_spanned!(mixed_site()=> const { &#krate::__private::Site { name: #name } })
        }
    }
}

/// The name of the function, without `r#`.
pub(crate) fn name_of_function(function: &Ident) -> OpName {
    OpName::Literal(LitStr::new(&function.unraw().to_string(), function.span()))
}

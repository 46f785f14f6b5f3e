//! The expression that opens a span and returns its scope.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::LitStr;
use syn::ext::IdentExt;

use crate::args::{Krate, OpName, Target};
use crate::token::mixed_site;

pub(crate) fn enter(Target { krate, tracer }: &Target, site: &TokenStream) -> TokenStream {
    match tracer {
        Some(tracer) => quote_spanned! {mixed_site()=>
            if #krate::__private::is_on() {
                #krate::__private::enter_with(#site, #tracer)
            } else {
                #krate::__private::no_scope()
            }
        },
        None => quote_spanned!(mixed_site()=> #krate::__private::enter(#site)),
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

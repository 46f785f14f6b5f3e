//! `ret`: the returned value as a tag.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::ParseStream;
use syn::{Error, Result, Token};

use crate::args::Krate;
use crate::failure;
use crate::fields::Form;
use crate::token::mixed_site;

/// The key of the tag.
const KEY: &str = "return";

#[derive(Clone, Copy)]
pub(crate) struct Returned(Form);

impl Returned {
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let form = failure::form(key, input)?;
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(Error::new(
                key.span(),
                "expected `ret`, `ret(Debug)` or `ret(Display)`",
            ));
        }
        Ok(Self(match form {
            Some(form) if form == "Debug" => Form::Debug,
            Some(_) => Form::Display,
            None => Form::Chosen,
        }))
    }

    /// The statement that tags the span with the value. `output` is a reference to the output, and `span` what ends with
    /// it.
    pub(crate) fn tag(self, krate: &Krate, output: &TokenStream, span: &TokenStream) -> TokenStream {
        let private = quote_spanned!(mixed_site()=> #krate::__private);
        let value = match self.0 {
            Form::Chosen => {
                quote_spanned!(mixed_site()=> #private::Argument::new(fedtrace_value).fedtrace_value(fedtrace_limit))
            }
            Form::Display => {
                quote_spanned!(mixed_site()=> #private::displayed(fedtrace_value, fedtrace_limit))
            }
            Form::Debug => quote_spanned!(mixed_site()=> #private::debugged(fedtrace_value, fedtrace_limit)),
        };
        let content = match self.0 {
            Form::Chosen => {
                quote_spanned!(mixed_site()=> #private::Content::new(fedtrace_value).fedtrace_content())
            }
            Form::Display | Form::Debug => quote_spanned!(mixed_site()=> #private::Some(fedtrace_value)),
        };
        quote_spanned! {mixed_site()=>
            if let #private::Some(fedtrace_recording) = #private::recording_of(&#span) {
                let fedtrace_limit = #private::Recording::max_tag_value_length(&fedtrace_recording);
                if let #private::Some(fedtrace_value) = #private::Returned::new(#output).fedtrace_returned() {
                    if let #private::Some(fedtrace_value) = #content {
                        #private::Recording::tag(&fedtrace_recording, #KEY, #value);
                    }
                }
            }
        }
    }
}

impl ToTokens for Returned {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self.0 {
            Form::Chosen => quote!(ret),
            Form::Display => quote!(ret(Display)),
            Form::Debug => quote!(ret(Debug)),
        });
    }
}

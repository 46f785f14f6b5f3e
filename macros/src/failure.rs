//! `err`: whether an `Err` is a failure.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::ParseStream;
use syn::{Error, LitBool, Result, Token};

use crate::args::Krate;
use crate::expression;
use crate::token::mixed_site;

#[derive(Clone)]
pub(crate) enum Failure {
    /// `err = false`
    Never,
    /// `err`
    Always,
    /// `err(Debug)`
    Debug,
    /// `err = |error| …`
    Judged(TokenStream),
}

/// `Debug` or `Display` in parentheses. `None` without parentheses.
pub(crate) fn form(key: &Ident, input: ParseStream<'_>) -> Result<Option<Ident>> {
    if !input.peek(syn::token::Paren) {
        return Ok(None);
    }
    let content;
    syn::parenthesized!(content in input);
    let form = content.parse::<Ident>();
    match form {
        Ok(form) if form == "level" => Err(Error::new(
            form.span(),
            format!("`{key}` has no level of its own; write `{key}`, and `level = \"…\"` for the span"),
        )),
        Ok(form) if (form == "Debug" || form == "Display") && content.is_empty() => Ok(Some(form)),
        _ => Err(Error::new(
            key.span(),
            format!("expected `{key}`, `{key}(Debug)` or `{key}(Display)`"),
        )),
    }
}

impl Failure {
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if let Some(form) = form(key, input)? {
            return Ok(if form == "Debug" {
                Self::Debug
            } else {
                Self::Always
            });
        }
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(Self::Always);
        }
        let value = expression::value(key, input, "|error| error.is_fatal()")?;
        Ok(match syn::parse2::<LitBool>(value.clone()) {
            Ok(LitBool { value: true, .. }) => Self::Always,
            Ok(LitBool { value: false, .. }) => Self::Never,
            Err(_) => Self::Judged(value),
        })
    }

    /// An `Err` is looked for, whatever the type is called.
    pub(crate) fn is_sought(failure: Option<&Self>) -> bool {
        failure.is_some_and(|failure| !matches!(failure, Self::Never))
    }

    /// The statement that records an `Err`. `output` is a reference to the output, and `span` what ends with it.
    pub(crate) fn record(
        failure: Option<&Self>,
        krate: &Krate,
        output: &TokenStream,
        span: &TokenStream,
    ) -> TokenStream {
        let private = quote_spanned!(mixed_site()=> #krate::__private);
        let outcome = quote_spanned!(mixed_site()=> #private::Outcome::new(#output));
        match failure {
            None | Some(Self::Never) => quote_spanned!(mixed_site()=> #outcome.fedtrace_record(#span)),
            Some(Self::Always) => {
                quote_spanned!(mixed_site()=> #outcome.fedtrace_record(#private::certain(#output, #span)))
            }
            Some(Self::Debug) => quote_spanned!(mixed_site()=> #private::record_debug_of(#output, #span)),
            Some(Self::Judged(judge)) => quote_spanned! {mixed_site()=>
                #outcome.fedtrace_record(#private::judged(#output, #span, #judge))
            },
        }
    }
}

impl ToTokens for Failure {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Never => quote!(err = false),
            Self::Always => quote!(err),
            Self::Debug => quote!(err(Debug)),
            Self::Judged(judge) => quote!(err = #judge),
        });
    }
}

//! A function, parsed as far as its signature.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, FnArg, Result, Signature, Token, Visibility};

use crate::args::Attr;
use crate::attribute::is_last_segment;
use crate::binding::{self, Binding};
use crate::body::Body;
use crate::error;
use crate::fragments;
use crate::tail::Tail;
use crate::token::without_invisible;

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    visibility: Visibility,
    defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    /// From the visibility to the end of the signature, as received.
    head: TokenStream,
    pub(crate) body: Body,
}

impl Function {
    /// Parses what follows the attributes. `None` if that is not a function.
    pub(crate) fn parse(attr: Attr, attributes: Vec<Attribute>, tokens: TokenStream) -> Option<Result<Self>> {
        if !looks_like_a_function(tokens.clone()) {
            return None;
        }
        let tokens = with_signature_mended(tokens);
        let mut head: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let parser = |input: ParseStream<'_>| {
            let visibility: Visibility = input.parse()?;
            let defaultness: Option<Token![default]> = input.parse()?;
            let signature: Signature = input.parse()?;
            let last: TokenTree = input.parse()?;
            if let TokenTree::Punct(semicolon) = &last {
                return Err(error::without_body(attr, semicolon.span()));
            }
            if !input.is_empty() {
                return Err(input.error("expected the end of the function"));
            }
            Ok((visibility, defaultness, signature, last))
        };
        Some(
            parser
                .parse2(tokens)
                .and_then(|(visibility, defaultness, signature, last)| {
                    if let Some(constness) = &signature.constness {
                        return Err(error::const_fn(attr, constness.span));
                    }
                    if let Some(variadic) = &signature.variadic {
                        let [at, ..] = variadic.dots.spans;
                        return Err(error::variadic(attr, at));
                    }
                    head.pop();
                    match without_invisible(last) {
                        TokenTree::Group(braces) if braces.delimiter() == Delimiter::Brace => Ok(Self {
                            attributes,
                            visibility,
                            defaultness,
                            signature,
                            head: head.into_iter().collect(),
                            body: Body::new(braces),
                        }),
                        other => Err(Error::new(other.span(), "expected the body of the function")),
                    }
                }),
        )
    }

    /// The function as received, with this body.
    pub(crate) fn with_body(&self, body: &TokenStream) -> TokenStream {
        let Self { attributes, head, .. } = self;
        quote!(#(#attributes)* #head #body)
    }

    /// The function with this body and another signature.
    pub(crate) fn with_signature(&self, signature: &Signature, body: &TokenStream) -> TokenStream {
        let Self {
            attributes,
            visibility,
            defaultness,
            ..
        } = self;
        quote!(#(#attributes)* #visibility #defaultness #signature #body)
    }

    /// Everything that the parameters bind except for `self`, in the order of the parameters.
    pub(crate) fn bindings(&self) -> Vec<Binding> {
        let parameters = self.signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        });
        parameters.flat_map(binding::of_parameter).collect()
    }

    /// Its body, or the future at the end of it, stops in the middle of an expression.
    pub(crate) fn is_half_typed(&self) -> bool {
        self.body.is_half_typed()
            || Tail::find(self.body.content()).is_some_and(|tail| tail.block.is_half_typed())
    }

    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|attribute| is_last_segment(attribute, name))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.with_body(&self.body.to_token_stream()));
    }
}

fn with_signature_mended(tokens: TokenStream) -> TokenStream {
    if !fragments::are_in(tokens.clone()) {
        return tokens;
    }
    let mut head: Vec<TokenTree> = tokens.into_iter().collect();
    let body = head.pop();
    let mut mended = fragments::signature(head.into_iter().collect());
    mended.extend(body);
    mended
}

/// The keyword `fn` is reached over words that may stand before it.
fn looks_like_a_function(tokens: TokenStream) -> bool {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "fn" => return true,
                "pub" | "crate" | "default" | "const" | "async" | "unsafe" | "safe" | "extern" | "gen" => {}
                _ => return false,
            },
            // The path of a visibility, an ABI, a fragment of `macro_rules!`.
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {}
            TokenTree::Literal(_) => {}
            _ => return false,
        }
    }
    false
}

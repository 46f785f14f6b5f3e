//! The closure that an `async fn` returns. What its parameters are it learns from the `impl Fn(…)` of the return type,
//! which does not reach the block inside.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{PathArguments, ReturnType, Signature, Type, TypeParamBound, TypeTuple};

use crate::body::mentions;
use crate::outlives::stands_alone;
use crate::token::{is_punct, mixed};

/// `fedtrace_typed`, a function that gives back what it gets, whose type is the return type with a parameter for each
/// `impl Fn(…)`. `None` if there are none, or if the type cannot be written again.
pub(crate) fn typed(signature: &Signature) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = &signature.output else {
        return None;
    };
    let mut parameters = Vec::new();
    let ty = with_parameters(ty, signature, &mut parameters)?;
    if parameters.is_empty() {
        return None;
    }
    let parameters = parameters
        .iter()
        .map(|(name, bounds)| quote_spanned!(mixed()=> #name: #bounds));
    Some(quote_spanned! {mixed()=>
        #[allow(clippy::type_complexity)]
        fn fedtrace_typed<#(#parameters),*>(fedtrace_output: #ty) -> #ty {
            fedtrace_output
        }
    })
}

/// The type, or a tuple of types, with a name in the place of each `impl Fn(…)`. `None` if there is something in it that
/// has a meaning only in the function.
fn with_parameters(
    ty: &Type,
    signature: &Signature,
    parameters: &mut Vec<(Ident, TokenStream)>,
) -> Option<TokenStream> {
    match ty {
        Type::ImplTrait(opaque) => {
            let is_function = opaque.bounds.iter().any(|bound| match bound {
                TypeParamBound::Trait(bound) => {
                    let last = bound.path.segments.last();
                    last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
                }
                _ => false,
            });
            let bounds = opaque.bounds.to_token_stream();
            let has_another = mentions(bounds.clone(), "impl");
            // A reference in `Fn(&str)` has a lifetime of the closure.
            let stands_alone =
                !has_lifetime(bounds.clone()) && stands_alone(signature, without_references(bounds.clone()));
            if !is_function || has_another || !stands_alone {
                return None;
            }
            let name = format_ident!("Fedtrace{}", parameters.len(), span = mixed());
            parameters.push((name.clone(), bounds));
            Some(name.to_token_stream())
        }
        Type::Tuple(TypeTuple { elems, .. }) => {
            let elements: Option<Vec<TokenStream>> = elems
                .iter()
                .map(|element| with_parameters(element, signature, parameters))
                .collect();
            let elements = elements?;
            Some(quote_spanned!(mixed()=> (#(#elements,)*)))
        }
        Type::Group(inner) => with_parameters(&inner.elem, signature, parameters),
        Type::Paren(inner) => with_parameters(&inner.elem, signature, parameters),
        other => {
            let tokens = other.to_token_stream();
            let is_plain = !mentions(tokens.clone(), "impl") && stands_alone(signature, tokens.clone());
            is_plain.then_some(tokens)
        }
    }
}

fn has_lifetime(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_lifetime(group.stream()),
        token => is_punct(&token, '\''),
    })
}

fn without_references(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .filter(|token| !is_punct(token, '&'))
        .map(|token| match token {
            TokenTree::Group(group) => without_references(group.stream()),
            token => token.into(),
        })
        .collect()
}

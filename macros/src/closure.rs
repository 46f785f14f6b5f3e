//! The type of the closures that an `async fn` returns. The compiler infers the parameters of a closure from the
//! `impl Fn(…)` of the return type, which does not reach the `async` block.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::{PathArguments, ReturnType, Signature, Type, TypeImplTrait, TypeParamBound, TypeTuple};

use crate::body::mentions;
use crate::outlives::is_free_of_parameters;
use crate::token::{is_punct, mixed_site};

/// The function `fedtrace_typed`, which returns its argument. Its type is the return type, with a type parameter for
/// each `impl Fn(…)`. `None` if there is no `impl Fn(…)`, or if the type cannot be repeated.
pub(crate) fn identity(signature: &Signature) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = &signature.output else {
        return None;
    };
    let mut parameters = TypeParameters {
        signature,
        found: Vec::new(),
    };
    let ty = parameters.replace(ty)?;
    if parameters.found.is_empty() {
        return None;
    }
    let parameters = parameters
        .found
        .iter()
        .map(|(name, bounds)| quote_spanned!(mixed_site()=> #name: #bounds));
    Some(quote_spanned! {mixed_site()=>
        #[allow(clippy::type_complexity)]
        fn fedtrace_typed<#(#parameters),*>(fedtrace_output: #ty) -> #ty {
            fedtrace_output
        }
    })
}

/// The type parameters that replace each `impl Fn(…)`, with their bounds.
struct TypeParameters<'a> {
    signature: &'a Signature,
    found: Vec<(Ident, TokenStream)>,
}

impl TypeParameters<'_> {
    /// The type, or tuple of types, with type parameters. `None` if a part of it has a meaning only in the function.
    fn replace(&mut self, ty: &Type) -> Option<TokenStream> {
        match ty {
            Type::ImplTrait(opaque) => self.replace_opaque(opaque),
            Type::Tuple(TypeTuple { elems, .. }) => {
                let elements = elems.iter().map(|element| self.replace(element));
                let elements = elements.collect::<Option<Vec<TokenStream>>>()?;
                Some(quote_spanned!(mixed_site()=> (#(#elements,)*)))
            }
            Type::Group(inner) => self.replace(&inner.elem),
            Type::Paren(inner) => self.replace(&inner.elem),
            other => {
                let tokens = other.to_token_stream();
                let can_be_repeated = !mentions(tokens.clone(), "impl")
                    && is_free_of_parameters(self.signature, tokens.clone());
                can_be_repeated.then_some(tokens)
            }
        }
    }

    fn replace_opaque(&mut self, opaque: &TypeImplTrait) -> Option<TokenStream> {
        let bounds = opaque.bounds.to_token_stream();
        // A reference in `Fn(&str)` has a lifetime of the closure.
        let can_be_repeated = !mentions(bounds.clone(), "impl")
            && !has_lifetime(bounds.clone())
            && is_free_of_parameters(self.signature, without_references(bounds.clone()));
        if !can_be_repeated || !opaque.bounds.iter().any(is_function) {
            return None;
        }
        let name = format_ident!("Fedtrace{}", self.found.len(), span = mixed_site());
        self.found.push((name.clone(), bounds));
        Some(name.to_token_stream())
    }
}

/// `Fn(…)`
fn is_function(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| matches!(last.arguments, PathArguments::Parenthesized(_)))
        }
        _ => false,
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

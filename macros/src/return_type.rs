//! The return type as it is written.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericArgument, Path, PathArguments, ReturnType, Type, TypeInfer, TypeParamBound};

use crate::binding::PRIMITIVES;
use crate::token::has_ident;

/// The name of the type is `Result`, or that of an alias such as `ApiResult`.
pub(crate) fn is_result(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => is_result_type(ty),
    }
}

fn is_result_type(ty: &Type) -> bool {
    match without_group(ty) {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|segment| names_result(&segment.ident)),
        _ => false,
    }
}

pub(crate) fn names_result(name: &Ident) -> bool {
    name.to_string().ends_with("Result")
}

/// The type may be a `Result` under some name.
pub(crate) fn may_be_result(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => may_be_result_type(ty),
    }
}

pub(crate) fn may_be_result_type(ty: &Type) -> bool {
    const OTHERS: [&str; 7] = ["BTreeMap", "Box", "HashMap", "HashSet", "Option", "String", "Vec"];
    match without_group(ty) {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let mut others = OTHERS.iter().chain(&PRIMITIVES);
            !others.any(|other| last.ident == other)
        }),
        Type::Macro(_) => true,
        _ => false,
    }
}

pub(crate) fn is_never(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => matches!(without_group(ty), Type::Never(_)),
    }
}

/// The return type as it can be written inside the body, with `_` for each `impl Trait`. `None` for `!`, which cannot
/// be written there, and for a type that would be only `_`.
pub(crate) fn type_in_body(output: &ReturnType, name: &Ident) -> Option<TokenStream> {
    match output {
        ReturnType::Default => Some(quote_spanned!(name.span().resolved_at(Span::mixed_site())=> ())),
        ReturnType::Type(_, ty) => {
            let mut ty = Type::clone(ty);
            infer_impl(&mut ty);
            match without_group(&ty) {
                Type::Never(_) | Type::Infer(_) => None,
                ty => Some(ty.to_token_stream()),
            }
        }
    }
}

/// `_` for an `impl Trait`, unless it is that of a closure, whose parameters are only known from the bound.
pub(crate) fn inferred(output: &ReturnType) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    let is_closure = |name: &Ident| ["Fn", "FnMut", "FnOnce"].iter().any(|known| name == known);
    let is_opaque = matches!(without_group(ty), Type::ImplTrait(_));
    (is_opaque && !has_ident(ty.to_token_stream(), &is_closure))
        .then(|| quote_spanned!(Span::mixed_site()=> _))
}

/// For the block of an `async fn` whose output may be a future. The linter takes that for a mistake in a block, but not
/// in a function.
pub(crate) fn allow_future(output: &ReturnType) -> Option<TokenStream> {
    match output {
        ReturnType::Type(_, ty) if may_be_future(ty) => {
            Some(quote_spanned!(Span::mixed_site()=> #[allow(clippy::async_yields_async)]))
        }
        _ => None,
    }
}

fn may_be_future(ty: &Type) -> bool {
    const VALUES: [&str; 7] = [
        "BTreeMap", "HashMap", "HashSet", "Option", "Result", "String", "Vec",
    ];
    match without_group(ty) {
        Type::Array(_) | Type::FnPtr(_) | Type::Never(_) | Type::Ptr(_) | Type::Slice(_) | Type::Tuple(_) => {
            false
        }
        Type::Reference(reference) => may_be_future(&reference.elem),
        Type::Path(path) => {
            let last = path.path.segments.last();
            let is_value = |name: &Ident| VALUES.iter().chain(&PRIMITIVES).any(|value| name == value);
            !last.is_some_and(|last| is_value(&last.ident))
        }
        _ => true,
    }
}

/// For a type that the linter may find too complex where it is repeated. A type with five names never is.
pub(crate) fn allow_complexity(ty: &TokenStream) -> Option<TokenStream> {
    fn names(tokens: TokenStream) -> usize {
        let count = |token| match token {
            TokenTree::Group(group) => 1 + names(group.stream()),
            TokenTree::Ident(_) => 1,
            _ => 0,
        };
        tokens.into_iter().map(count).sum()
    }
    (names(ty.clone()) > 5).then(|| quote!(#[allow(clippy::type_complexity)]))
}

pub(crate) fn without_group(ty: &Type) -> &Type {
    match ty {
        Type::Group(inner) => without_group(&inner.elem),
        Type::Paren(inner) => without_group(&inner.elem),
        other => other,
    }
}

pub(crate) fn infer_impl(ty: &mut Type) {
    match ty {
        Type::ImplTrait(opaque) => {
            *ty = Type::Infer(TypeInfer {
                attrs: Vec::new(),
                underscore_token: syn::Token![_](opaque.impl_token.span),
            });
        }
        Type::Array(array) => infer_impl(&mut array.elem),
        Type::Group(inner) => infer_impl(&mut inner.elem),
        Type::Paren(inner) => infer_impl(&mut inner.elem),
        Type::Ptr(pointer) => infer_impl(&mut pointer.elem),
        Type::Reference(reference) => infer_impl(&mut reference.elem),
        Type::Slice(slice) => infer_impl(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer_impl),
        Type::Path(path) => infer_impl_in_path(&mut path.path),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    infer_impl_in_path(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn infer_impl_in_path(path: &mut Path) {
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                match argument {
                    GenericArgument::Type(inner) => infer_impl(inner),
                    GenericArgument::AssocType(assoc) => infer_impl(&mut assoc.ty),
                    _ => {}
                }
            }
        }
    }
}

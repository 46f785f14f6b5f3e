//! What the written return type says.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeInfer};

/// The last segment of the type is `Result`.
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
            .is_some_and(|segment| segment.ident == "Result"),
        _ => false,
    }
}

/// The output of the future that is returned may be a `Result`. A guess is enough: nothing but the outcome of a
/// future that is a `Result` gets recorded.
pub(crate) fn mentions_result(output: &ReturnType) -> bool {
    fn search(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => search(group.stream()),
            TokenTree::Ident(ident) => ident == "Result",
            _ => false,
        })
    }
    search(output.to_token_stream())
}

pub(crate) fn is_never(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => matches!(without_group(ty), Type::Never(_)),
    }
}

/// The return type as it may be written inside the body: with `_` for each `impl Trait`.
/// `None` for `!`, which cannot be named there, and for a type of which nothing would be left.
pub(crate) fn nameable(output: &ReturnType, name: &Ident) -> Option<TokenStream> {
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

fn without_group(ty: &Type) -> &Type {
    match ty {
        Type::Group(inner) => without_group(&inner.elem),
        Type::Paren(inner) => without_group(&inner.elem),
        other => other,
    }
}

fn infer_impl(ty: &mut Type) {
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
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(inner) = argument {
                            infer_impl(inner);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

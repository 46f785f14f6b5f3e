//! The return type as it is written.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Lifetime, Path, PathArguments, PathSegment, ReturnType, Token, Type, TypeInfer,
    TypeParamBound,
};

use crate::args::Krate;
use crate::binding::PRIMITIVES;
use crate::body;
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

fn names_result(name: &Ident) -> bool {
    name.to_string().ends_with("Result")
}

/// The type contains a `Result`, or a name that may be an alias of one.
pub(crate) fn mentions_result(ty: TokenStream) -> bool {
    has_ident(ty, &names_result)
}

/// The output of the returned future, if it can be named and may be a `Result`. The block alone is not always enough:
/// the error type of `async { Ok(1) }` is known only from the return type. A guess is enough, since only outputs that
/// really are a `Result` are recorded.
pub(crate) fn future_of_result(output: &ReturnType, krate: &Krate) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    if !mentions_result(ty.to_token_stream()) {
        return None;
    }
    if let Some(output) = written_output(ty) {
        let mut output = Type::clone(output);
        infer_impl(&mut output);
        return Some(output.to_token_stream());
    }
    let is_nameable = !["impl", "dyn"]
        .iter()
        .any(|word| body::mentions(ty.to_token_stream(), word));
    is_nameable.then(|| quote_spanned!(Span::mixed_site()=> <#ty as #krate::__private::Future>::Output))
}

/// A future that a function returns, as its type is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReturnedFuture {
    /// `impl Future<Output = T>`
    Opaque,
    /// `Pin<Box<dyn Future<Output = T>>>`
    Boxed,
    /// `BoxFuture<T>`, which may be an alias of anything.
    Alias,
}

impl ReturnedFuture {
    pub(crate) fn of(output: &ReturnType) -> Option<Self> {
        let ReturnType::Type(_, ty) = output else {
            return None;
        };
        match without_group(ty) {
            Type::ImplTrait(opaque) => {
                let is_carried = is_future(&opaque.bounds) && opaque.bounds.iter().all(is_kept_with_span);
                is_carried.then_some(Self::Opaque)
            }
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                if last.ident == "BoxFuture" || last.ident == "LocalBoxFuture" {
                    return Some(Self::Alias);
                }
                match pointee(pointee(ty, "Pin")?, "Box")? {
                    Type::TraitObject(object) => is_future(&object.bounds).then_some(Self::Boxed),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The lifetime of the box, if there is one.
pub(crate) fn lifetime_of_box(output: &ReturnType) -> Option<&Lifetime> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    let boxed = pointee(ty, "Pin").and_then(|boxed| pointee(boxed, "Box"));
    match boxed.unwrap_or(without_group(ty)) {
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Lifetime(lifetime) => Some(lifetime),
            _ => None,
        }),
        Type::Path(path) => match arguments(path.path.segments.last()?)?.first()? {
            GenericArgument::Lifetime(lifetime) => Some(lifetime),
            _ => None,
        },
        _ => None,
    }
}

/// `Future<Output = T>`, and not the `Future` of another crate.
fn is_future(bounds: &Punctuated<TypeParamBound, Token![+]>) -> bool {
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| last.ident == "Future") && output_of(&bound.path).is_some()
        }
        _ => false,
    })
}

/// The future with a span implements the trait, too. It does not implement `Clone`, for example.
fn is_kept_with_span(bound: &TypeParamBound) -> bool {
    const TRAITS: [&str; 8] = [
        "Captures",
        "Debug",
        "Future",
        "RefUnwindSafe",
        "Send",
        "Sync",
        "Unpin",
        "UnwindSafe",
    ];
    match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| TRAITS.iter().any(|name| last.ident == name))
        }
        _ => true,
    }
}

fn output_of(path: &Path) -> Option<&Type> {
    let written = arguments(path.segments.last()?)?;
    written.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
        _ => None,
    })
}

fn pointee<'a>(ty: &'a Type, pointer: &str) -> Option<&'a Type> {
    let Type::Path(path) = without_group(ty) else {
        return None;
    };
    let last = path.path.segments.last()?;
    match arguments(last)?.first()? {
        GenericArgument::Type(inner) if last.ident == pointer => Some(without_group(inner)),
        _ => None,
    }
}

/// `T` of `impl Future<Output = T>`, also in a `Box` or `Pin`.
fn written_output(ty: &Type) -> Option<&Type> {
    let bounds = match without_group(ty) {
        Type::ImplTrait(opaque) => &opaque.bounds,
        Type::TraitObject(object) => &object.bounds,
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let is_pointer = last.ident == "Pin" || last.ident == "Box";
            return match arguments(last)?.first()? {
                GenericArgument::Type(inner) if is_pointer => written_output(inner),
                _ => None,
            };
        }
        _ => return None,
    };
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => output_of(&bound.path),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> Option<&Punctuated<GenericArgument, Token![,]>> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
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

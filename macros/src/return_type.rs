//! The return type as it is written.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Lifetime, Path, PathArguments, PathSegment, ReturnType, Token, Type, TypeInfer,
    TypeParamBound,
};

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

/// A method that returns this has an `Err` to look at: it is called `Result`, or is the output of a future.
pub(crate) fn has_outcome(output: &ReturnType) -> bool {
    let mentions_result = || has_ident(output.to_token_stream(), &names_result);
    is_result(output) || is_future(output) && mentions_result()
}

/// A method that returns this has a value to look at.
pub(crate) fn has_value(output: &ReturnType, is_async: bool) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => match without_group(ty) {
            Type::Never(_) | Type::Infer(_) => false,
            Type::ImplTrait(_) => is_async || is_future(output),
            _ => ReturnedFuture::of_stream(output).is_none(),
        },
    }
}

fn is_future(output: &ReturnType) -> bool {
    ReturnedFuture::of(output).is_some()
}

/// The type may be a `Result` under some name.
pub(crate) fn may_be_result(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => false,
        ReturnType::Type(_, ty) => may_be_result_type(ty),
    }
}

fn may_be_result_type(ty: &Type) -> bool {
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

/// The output of the returned future may be a `Result` under some name.
pub(crate) fn future_may_fail(output: &ReturnType) -> bool {
    let ReturnType::Type(_, ty) = output else {
        return false;
    };
    match written_output(ty) {
        Some(output) => may_be_result_type(output),
        None => match without_group(ty) {
            Type::Path(path) => path.path.segments.last().is_some_and(names_failing_future),
            _ => false,
        },
    }
}

/// `BoxFuture<'a, T>` with a `T` that may be a `Result`, or any other name.
fn names_failing_future(last: &PathSegment) -> bool {
    let is_known = last.ident == "BoxFuture" || last.ident == "LocalBoxFuture";
    let mut types = arguments(last)
        .into_iter()
        .flatten()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
    !is_known || types.any(may_be_result_type)
}

/// What the return type says about the output of the returned future.
pub(crate) enum Promised {
    /// The type of the output.
    Output(TokenStream),
    /// The type of the future, if it is one.
    Future(TokenStream),
}

/// The type of the output of the returned future, if it can be named. The block alone is not always enough: the error type
/// of `async { Ok(1) }` is known only from the return type.
pub(crate) fn promised(output: &ReturnType) -> Option<Promised> {
    let ReturnType::Type(_, ty) = output else {
        return None;
    };
    if let Some(output) = written_output(ty) {
        let mut output = Type::clone(output);
        infer_impl(&mut output);
        return Some(Promised::Output(output.to_token_stream()));
    }
    let is_nameable = !["impl", "dyn"]
        .iter()
        .any(|word| body::mentions(ty.to_token_stream(), word));
    is_nameable.then(|| Promised::Future(ty.to_token_stream()))
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
        Self::of_trait(output, ["Future", "Output"], ["BoxFuture", "LocalBoxFuture"])
    }

    /// The same for a stream.
    pub(crate) fn of_stream(output: &ReturnType) -> Option<Self> {
        Self::of_trait(output, ["Stream", "Item"], ["BoxStream", "LocalBoxStream"])
    }

    fn of_trait(output: &ReturnType, of: [&str; 2], aliases: [&str; 2]) -> Option<Self> {
        let ReturnType::Type(_, ty) = output else {
            return None;
        };
        match without_group(ty) {
            Type::ImplTrait(opaque) => {
                let is_kept = |bound| is_kept_with_span(bound, of);
                let is_carried = has_trait(&opaque.bounds, of) && opaque.bounds.iter().all(is_kept);
                is_carried.then_some(Self::Opaque)
            }
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                if aliases.iter().any(|alias| last.ident == alias) {
                    return Some(Self::Alias);
                }
                match pointee(pointee(ty, "Pin")?, "Box")? {
                    Type::TraitObject(object) => has_trait(&object.bounds, of).then_some(Self::Boxed),
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

/// `Future<Output = T>`, and not the `Future` of another crate; or `Stream<Item = T>`.
fn has_trait(bounds: &Punctuated<TypeParamBound, Token![+]>, [name, assoc]: [&str; 2]) -> bool {
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| last.ident == name) && assoc_of(&bound.path, assoc).is_some()
        }
        _ => false,
    })
}

/// The future or stream with a span implements the trait, too. It does not implement `Clone`, for example.
fn is_kept_with_span(bound: &TypeParamBound, [name, _]: [&str; 2]) -> bool {
    const TRAITS: [&str; 7] = [
        "Captures",
        "Debug",
        "RefUnwindSafe",
        "Send",
        "Sync",
        "Unpin",
        "UnwindSafe",
    ];
    match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| last.ident == name || TRAITS.iter().any(|name| last.ident == name))
        }
        _ => true,
    }
}

fn output_of(path: &Path) -> Option<&Type> {
    assoc_of(path, "Output")
}

fn assoc_of<'a>(path: &'a Path, name: &str) -> Option<&'a Type> {
    let written = arguments(path.segments.last()?)?;
    written.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == name => Some(&assoc.ty),
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

//! The future or the stream in a return type, as it is written.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Lifetime, Path, PathArguments, PathSegment, ReturnType, Token, Type, TypeParamBound,
};

use crate::body;
use crate::return_type::{infer_impl, is_result, may_be_result_type, names_result, without_group};
use crate::token::has_ident;

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

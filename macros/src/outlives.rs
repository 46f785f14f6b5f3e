//! Whether a boxed future may be put into another box. The compiler requires that the types of the output of a future
//! outlive the box that the future is put into. A function that only passes a box on does not have to satisfy that.
//!
//! An attribute on a method does not see the parameters of the `impl` or `trait` around it. There, each name that may
//! be a parameter counts as one.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Lifetime, Signature, TypeParamBound, WherePredicate};

use crate::binding::PRIMITIVES;
use crate::body;
use crate::returned_future;
use crate::token::{is_ident, is_punct};

/// Names that are never those of type parameters.
const NAMES: [&str; 7] = ["Box", "Option", "Result", "String", "Vec", "dyn", "impl"];

/// All types and lifetimes in the return type outlive its box.
pub(crate) fn output_outlives_box(signature: &Signature) -> bool {
    let lifetime = returned_future::lifetime_of_box(&signature.output);
    let lifetime = lifetime.map_or_else(|| "static".to_owned(), |lifetime| lifetime.ident.to_string());
    let mut names = Names::default();
    names.find(signature.output.to_token_stream());
    let inputs = signature.inputs.to_token_stream();
    let is_method = is_method(signature);
    let is_fine = |name: &String| {
        if is_bound(signature, name, &lifetime) {
            return true;
        }
        match parameter(signature, name) {
            Some(parameter) => matches!(parameter, GenericParam::Const(_)),
            None => !is_method && !names.paths.contains(name) && !body::mentions(inputs.clone(), name),
        }
    };
    names
        .lifetimes
        .iter()
        .all(|found| *found == lifetime || found == "static")
        && names.types.iter().all(is_fine)
}

/// The type names no parameter and no lifetime, so it can be written outside the function.
pub(crate) fn is_free_of_parameters(signature: &Signature, ty: TokenStream) -> bool {
    let mut names = Names::default();
    names.find(ty);
    let is_method = is_method(signature);
    let is_known =
        |name: &String| !is_method && parameter(signature, name).is_none() && !names.paths.contains(name);
    names.lifetimes.iter().all(|name| name == "static") && names.types.iter().all(is_known)
}

/// The function is certainly in an `impl` or `trait`, whose parameters are unknown.
fn is_method(signature: &Signature) -> bool {
    signature.receiver().is_some() || body::mentions(signature.inputs.to_token_stream(), "Self")
}

fn parameter<'a>(signature: &'a Signature, name: &str) -> Option<&'a GenericParam> {
    signature
        .generics
        .params
        .iter()
        .find(|parameter| match parameter {
            GenericParam::Type(parameter) => parameter.ident == name,
            GenericParam::Const(parameter) => parameter.ident == name,
            GenericParam::Lifetime(_) => false,
        })
}

/// The signature itself has the bound. It may also have one for a parameter of the `impl`.
fn is_bound(signature: &Signature, name: &str, lifetime: &str) -> bool {
    let parameters = signature.generics.type_params();
    let parameters = parameters.filter(|parameter| parameter.ident == name);
    let in_where = signature.generics.where_clause.iter();
    let predicates = in_where.flat_map(|clause| &clause.predicates);
    let bounds = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) if of.bounded_ty.to_token_stream().to_string() == name => Some(&of.bounds),
        _ => None,
    });
    let mut bounds = bounds
        .chain(parameters.map(|parameter| &parameter.bounds))
        .flatten();
    let is_enough = |bound: &Lifetime| bound.ident == lifetime || bound.ident == "static";
    bounds.any(|bound| matches!(bound, TypeParamBound::Lifetime(bound) if is_enough(bound)))
}

/// The names in a type that may be parameters.
#[derive(Default)]
struct Names {
    types: Vec<String>,
    /// The types at the start of a path: `T` in `T::Item`.
    paths: Vec<String>,
    lifetimes: Vec<String>,
}

impl Names {
    fn find(&mut self, ty: TokenStream) {
        let tokens: Vec<TokenTree> = ty.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| tokens.get(index));
            let after = tokens.get(index + 1);
            match token {
                TokenTree::Group(group) => self.find(group.stream()),
                token if is_punct(token, '&') && !after.is_some_and(|after| is_punct(after, '\'')) => {
                    self.lifetimes.push("_".to_owned());
                }
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    if before.is_some_and(|before| is_punct(before, '\'')) {
                        self.lifetimes.push(name);
                    } else if may_be_parameter(&name, before, after) {
                        if after.is_some_and(|after| is_punct(after, ':')) {
                            self.paths.push(name.clone());
                        }
                        self.types.push(name);
                    }
                }
                _ => {}
            }
        }
    }
}

fn may_be_parameter(name: &str, before: Option<&TokenTree>, after: Option<&TokenTree>) -> bool {
    let is_segment = before.is_some_and(|before| is_punct(before, ':'));
    let is_trait = before.is_some_and(|before| {
        is_punct(before, '+') || ["as", "dyn", "impl"].iter().any(|word| is_ident(before, word))
    });
    // Parameters have no arguments.
    let is_followed = |punct| after.is_some_and(|after| is_punct(after, punct));
    let is_module = is_followed(':') && !name.starts_with(char::is_uppercase);
    let is_word =
        ["as", "const", "mut"].contains(&name) || NAMES.contains(&name) || PRIMITIVES.contains(&name);
    !(is_segment || is_trait || is_followed('<') || is_followed('=') || is_module || is_word)
}

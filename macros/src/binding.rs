//! The variables that the parameters of a function bind.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, Member, Meta, Pat, PatIdent, PatType, Type};

use crate::redaction;
use crate::token::is_ident;

#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    /// `mut x`, which is not `ref mut x`.
    pub(crate) mutability: Option<syn::Token![mut]>,
    /// Dropping the value may run code. `false` only if the written type shows that it does not.
    pub(crate) may_drop: bool,
    /// The attributes that decide whether the parameter exists.
    pub(crate) cfgs: Vec<Attribute>,
    /// The lint levels that the user sets on the parameter.
    pub(crate) lints: Vec<Attribute>,
    /// The variable is bound in the future that the function returns.
    pub(crate) in_future: bool,
    /// The name of the variable, or of a value around it in the pattern, looks like that of a secret.
    pub(crate) is_secret: bool,
}

impl Binding {
    /// The name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// The name begins with `_`, and lints treat it as unused.
    pub(crate) fn is_underscored(&self) -> bool {
        self.name().starts_with('_')
    }
}

pub(crate) fn of_parameter(parameter: &PatType) -> Vec<Binding> {
    let cfgs = cfgs(&parameter.attrs);
    let lints: Vec<Attribute> = parameter.attrs.iter().filter(is_lint).cloned().collect();
    let may_drop = may_drop(&parameter.ty);
    let bindings = of_pattern(&parameter.pat).into_iter();
    bindings
        .map(|binding| Binding {
            may_drop: may_drop && binding.may_drop,
            cfgs: cfgs.clone(),
            lints: lints.clone(),
            ..binding
        })
        .collect()
}

pub(crate) fn of_pattern(pattern: &Pat) -> Vec<Binding> {
    let mut bindings: Vec<Binding> = Vec::new();
    let is_parameter = matches!(pattern, Pat::Ident(_));
    for_each_variable(&mut pattern.clone(), false, &mut |variable, is_secret| {
        if let Some(known) = bindings.iter_mut().find(|known| known.ident == variable.ident) {
            known.is_secret |= is_secret;
            return;
        }
        if !is_parameter && may_be_constant(variable) {
            return;
        }
        let by_value = variable.by_ref.is_none();
        bindings.push(Binding {
            ident: variable.ident.clone(),
            mutability: variable.mutability.filter(|_| by_value),
            may_drop: by_value,
            cfgs: Vec::new(),
            lints: Vec::new(),
            in_future: false,
            is_secret,
        });
    });
    bindings
}

/// In `Some(x) | None`, `None` looks like a variable.
fn may_be_constant(variable: &PatIdent) -> bool {
    let is_plain = variable.by_ref.is_none() && variable.mutability.is_none() && variable.subpat.is_none();
    is_plain && variable.ident.to_string().starts_with(char::is_uppercase)
}

/// Removes `mut` from the chosen variables.
pub(crate) fn strip_mut(pattern: &mut Pat, which: &impl Fn(&Ident) -> bool) {
    for_each_variable(pattern, false, &mut |variable, _| {
        if variable.by_ref.is_none() && which(&variable.ident) {
            variable.mutability = None;
        }
    });
}

/// Visits each variable, and tells whether it is a secret.
fn for_each_variable(pattern: &mut Pat, secret: bool, visit: &mut impl FnMut(&mut PatIdent, bool)) {
    let mut each = |pattern: &mut Pat| for_each_variable(pattern, secret, visit);
    match pattern {
        Pat::Ident(variable) => {
            let secret = secret || is_secret(&variable.ident);
            visit(variable, secret);
            if let Some((_, inner)) = &mut variable.subpat {
                for_each_variable(inner, secret, visit);
            }
        }
        Pat::Or(or) => or.cases.iter_mut().for_each(each),
        Pat::Paren(paren) => each(&mut paren.pat),
        Pat::Reference(reference) => each(&mut reference.pat),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(each),
        Pat::Struct(fields) => {
            for field in &mut fields.fields {
                let named = matches!(&field.member, Member::Named(name) if is_secret(name));
                for_each_variable(&mut field.pat, secret || named, visit);
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(each),
        Pat::TupleStruct(tuple) => {
            let last = tuple.path.segments.last();
            let secret = secret || last.is_some_and(|last| is_secret(&last.ident));
            let elements = tuple.elems.iter_mut();
            elements.for_each(|element| for_each_variable(element, secret, visit));
        }
        Pat::Type(typed) => each(&mut typed.pat),
        _ => {}
    }
}

fn is_secret(name: &Ident) -> bool {
    redaction::is_secret(&name.unraw().to_string())
}

fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    let decides = |attribute: &&Attribute| {
        attribute.path().is_ident("cfg")
            || attribute.path().is_ident("cfg_attr") && mentions_cfg(&attribute.meta)
    };
    attributes.iter().filter(decides).cloned().collect()
}

/// The attribute sets the level of a lint, so it belongs where the variable is bound last.
pub(crate) fn is_lint(attribute: &&Attribute) -> bool {
    const LEVELS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];
    let path = attribute.path();
    LEVELS.iter().any(|level| path.is_ident(level))
        || path.is_ident("cfg_attr") && !mentions_cfg(&attribute.meta)
}

fn mentions_cfg(meta: &Meta) -> bool {
    match meta {
        Meta::List(list) => list
            .tokens
            .clone()
            .into_iter()
            .any(|token| is_ident(&token, "cfg")),
        _ => false,
    }
}

/// Primitive types. Their names are never those of type parameters.
pub(crate) const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
    "u128", "usize", "str",
];

fn may_drop(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => false,
        Type::Paren(inner) => may_drop(&inner.elem),
        Type::Group(inner) => may_drop(&inner.elem),
        Type::Array(array) => may_drop(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(may_drop),
        Type::Path(path) => !PRIMITIVES.iter().any(|primitive| path.path.is_ident(primitive)),
        _ => true,
    }
}

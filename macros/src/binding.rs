//! The variables that the parameters of a function bind.

use proc_macro2::Ident;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, FieldPat, Member, Meta, Pat, PatIdent, PatType, Type};

use crate::redaction;
use crate::token::is_ident;

#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) ident: Ident,
    /// `mut x`, which is not `ref mut x`.
    pub(crate) mutability: Option<syn::Token![mut]>,
    /// Dropping the value may run code. `false` only if the written type shows that it does not.
    pub(crate) may_drop: bool,
    /// The value may be an `Option`. `false` only if the written type shows that it is none.
    pub(crate) may_be_option: bool,
    /// The attributes that decide whether the parameter exists, or the field of a pattern that binds the variable.
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

    /// The variable exists wherever one with these attributes does, or the other way round.
    fn exists_with(&self, cfgs: &[Attribute]) -> bool {
        let text = |cfgs: &[Attribute]| quote!(#(#cfgs)*).to_string();
        self.cfgs.is_empty() || cfgs.is_empty() || text(&self.cfgs) == text(cfgs)
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
    let is_known = matches!(*parameter.pat, Pat::Ident(_)) && is_no_option(&parameter.ty);
    let bindings = of_pattern(&parameter.pat).into_iter();
    bindings
        .map(|binding| Binding {
            may_drop: may_drop && binding.may_drop,
            may_be_option: !is_known,
            cfgs: [cfgs.clone(), binding.cfgs].concat(),
            lints: lints.clone(),
            ..binding
        })
        .collect()
}

pub(crate) fn of_pattern(pattern: &Pat) -> Vec<Binding> {
    let mut bindings: Vec<Binding> = Vec::new();
    let is_parameter = matches!(pattern, Pat::Ident(_));
    for_each_variable(&mut pattern.clone(), &mut |variable, around| {
        let is_known =
            |known: &&mut Binding| known.ident == variable.ident && known.exists_with(&around.cfgs);
        if let Some(known) = bindings.iter_mut().find(is_known) {
            known.is_secret |= around.is_secret;
            if around.cfgs.is_empty() {
                known.cfgs.clear();
            }
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
            may_be_option: true,
            cfgs: around.cfgs.clone(),
            lints: Vec::new(),
            in_future: false,
            is_secret: around.is_secret,
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
    for_each_variable(pattern, &mut |variable, _| {
        if variable.by_ref.is_none() && which(&variable.ident) {
            variable.mutability = None;
        }
    });
}

/// What the pattern around a variable says about it.
#[derive(Clone, Default)]
struct Around {
    is_secret: bool,
    /// The attributes that decide whether the fields around it exist.
    cfgs: Vec<Attribute>,
}

impl Around {
    fn in_secret(&self, is_secret: bool) -> Self {
        Self {
            is_secret: self.is_secret || is_secret,
            cfgs: self.cfgs.clone(),
        }
    }

    fn in_field(&self, field: &FieldPat) -> Self {
        Self {
            is_secret: self.is_secret || matches!(&field.member, Member::Named(name) if is_secret(name)),
            cfgs: [self.cfgs.clone(), cfgs(&field.attrs)].concat(),
        }
    }
}

/// Visits each variable.
fn for_each_variable(pattern: &mut Pat, visit: &mut impl FnMut(&mut PatIdent, &Around)) {
    for_each_inside(pattern, &Around::default(), visit);
}

fn for_each_inside(pattern: &mut Pat, around: &Around, visit: &mut impl FnMut(&mut PatIdent, &Around)) {
    let mut each = |pattern: &mut Pat| for_each_inside(pattern, around, visit);
    match pattern {
        Pat::Ident(variable) => {
            let around = around.in_secret(is_secret(&variable.ident));
            visit(variable, &around);
            if let Some((_, inner)) = &mut variable.subpat {
                for_each_inside(inner, &around, visit);
            }
        }
        Pat::Or(or) => or.cases.iter_mut().for_each(each),
        Pat::Paren(paren) => each(&mut paren.pat),
        Pat::Reference(reference) => each(&mut reference.pat),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(each),
        Pat::Struct(fields) => {
            for field in &mut fields.fields {
                let around = around.in_field(field);
                for_each_inside(&mut field.pat, &around, visit);
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(each),
        Pat::TupleStruct(tuple) => {
            let last = tuple.path.segments.last();
            let around = around.in_secret(last.is_some_and(|last| is_secret(&last.ident)));
            let elements = tuple.elems.iter_mut();
            elements.for_each(|element| for_each_inside(element, &around, visit));
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

/// A primitive type, or a type of the standard library under its usual name, also behind references.
fn is_no_option(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => is_no_option(&reference.elem),
        Type::Paren(inner) => is_no_option(&inner.elem),
        Type::Group(inner) => is_no_option(&inner.elem),
        Type::Array(_) | Type::Slice(_) | Type::Tuple(_) | Type::Ptr(_) | Type::FnPtr(_) => true,
        Type::TraitObject(_) | Type::ImplTrait(_) => true,
        Type::Path(path) => {
            let is_primitive = PRIMITIVES.iter().any(|primitive| path.path.is_ident(primitive));
            is_primitive || path.path.is_ident("String")
        }
        _ => false,
    }
}

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

//! Lints of the user that do not fire, or fire elsewhere, in the generated code.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, parse_quote_spanned};

use crate::token::is_ident;

/// The lints that do not fire on a traced function.
pub(crate) const LOST_BY_TRACE: &[&str] = &[
    "boxed_local",
    "elidable_lifetime_names",
    "implicit_return",
    "manual_async_fn",
    "missing_const_for_fn",
    "missing_errors_doc",
    "needless_lifetimes",
    "needless_pass_by_value",
    "needless_return",
    "ptr_arg",
    "unnecessary_wraps",
    "unused_async",
];

/// The lints that do not fire on a function with tags, since a tag uses its argument.
pub(crate) const LOST_BY_TAG_ARGS: &[&str] = &[
    "missing_const_for_fn",
    "only_used_in_recursion",
    "ptr_arg",
    "unused_assignments",
    "unused_variables",
];

/// Changes each `expect` of these lints to `allow`, since the expectation would be unfulfilled.
pub(crate) fn allow_lost(attributes: &mut Vec<Attribute>, lost: &[&str]) {
    let changed = attributes.drain(..).flat_map(|attribute| {
        let Some([expected, allowed]) = split(&attribute, lost) else {
            return vec![attribute];
        };
        let mut both = Vec::new();
        if expected.iter().any(is_lint) {
            both.push(parse_quote_spanned!(Span::mixed_site()=> #[expect(#(#expected),*)]));
        }
        both.push(parse_quote_spanned!(Span::mixed_site()=> #[allow(#(#allowed),*)]));
        both
    });
    *attributes = changed.collect();
}

/// The content of an `expect`: the lints that still fire and the lost ones. `None` if none is lost.
fn split(attribute: &Attribute, lost: &[&str]) -> Option<[Vec<Meta>; 2]> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    if !list.path.is_ident("expect") {
        return None;
    }
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let lints = parser.parse2(list.tokens.clone()).ok()?;
    let is_lost = |lint: &Meta| {
        let name = lint.path().segments.last();
        name.is_some_and(|name| lost.iter().any(|lost| name.ident == lost))
    };
    let (mut allowed, expected): (Vec<_>, Vec<_>) = lints.into_iter().partition(is_lost);
    if allowed.is_empty() {
        return None;
    }
    allowed.extend(expected.iter().filter(|reason| !is_lint(reason)).cloned());
    Some([expected, allowed])
}

/// A lint, and not `reason = "…"`.
fn is_lint(meta: &Meta) -> bool {
    matches!(meta, Meta::Path(_))
}

/// Changes `expect` to `allow`, also in `cfg_attr`.
pub(crate) fn allow_expected(attribute: &mut Attribute) {
    match &mut attribute.meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            list.path = allow().into();
        }
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            list.tokens = allow_expected_in(list.tokens.clone());
        }
        _ => {}
    }
}

fn allow_expected_in(tokens: TokenStream) -> TokenStream {
    let change = |token| match token {
        TokenTree::Group(group) => {
            let mut changed = Group::new(group.delimiter(), allow_expected_in(group.stream()));
            changed.set_span(group.span());
            TokenTree::Group(changed)
        }
        token if is_ident(&token, "expect") => TokenTree::Ident(allow()),
        token => token,
    };
    tokens.into_iter().map(change).collect()
}

fn allow() -> Ident {
    Ident::new("allow", Span::mixed_site())
}

//! What the user expects of lints that do not see the same in what is generated.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, parse_quote_spanned};

use crate::token::is_ident;

/// What the linter says about a function, and not about one with a span.
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

/// A tag uses its argument.
pub(crate) const LOST_BY_TAG_ARGS: &[&str] = &[
    "missing_const_for_fn",
    "only_used_in_recursion",
    "ptr_arg",
    "unused_assignments",
    "unused_variables",
];

/// An expectation of one of these lints would be unfulfilled, so that it becomes an `allow`.
pub(crate) fn weaken_lost(attributes: &mut Vec<Attribute>, lost: &[&str]) {
    let weakened = attributes.drain(..).flat_map(|attribute| {
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
    *attributes = weakened.collect();
}

/// What stands in an `expect`, without and with the lints in question, if there are some.
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

/// And not `reason = "…"`.
fn is_lint(meta: &Meta) -> bool {
    matches!(meta, Meta::Path(_))
}

/// Makes `allow` of `expect`, also in `cfg_attr`.
pub(crate) fn weaken(attribute: &mut Attribute) {
    match &mut attribute.meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            list.path = allow().into();
        }
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            list.tokens = weakened(list.tokens.clone());
        }
        _ => {}
    }
}

fn weakened(tokens: TokenStream) -> TokenStream {
    let weaken = |token| match token {
        TokenTree::Group(group) => {
            let mut weakened = Group::new(group.delimiter(), weakened(group.stream()));
            weakened.set_span(group.span());
            TokenTree::Group(weakened)
        }
        token if is_ident(&token, "expect") => TokenTree::Ident(allow()),
        token => token,
    };
    tokens.into_iter().map(weaken).collect()
}

fn allow() -> Ident {
    Ident::new("allow", Span::mixed_site())
}

//! Single tokens.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

/// Removes the invisible delimiters that `macro_rules!` puts around a fragment.
pub(crate) fn unwrap_fragment(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token {
        if group.delimiter() == Delimiter::None {
            let mut content = group.stream().into_iter();
            if let (Some(only), None) = (content.next(), content.next()) {
                return unwrap_fragment(only);
            }
        }
    }
    token
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

pub(crate) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

/// Whether there is such an identifier, also inside groups.
pub(crate) fn has_ident(tokens: TokenStream, is_wanted: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_ident(group.stream(), is_wanted),
        TokenTree::Ident(ident) => is_wanted(&ident),
        _ => false,
    })
}

/// The hygiene of variables that the code of the user cannot see.
pub(crate) fn mixed_site() -> Span {
    Span::mixed_site()
}

/// An expression may begin after this token, so that `|` is the start of a closure.
pub(crate) fn may_precede_expression(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => !matches!(punct.as_char(), '?' | '|'),
        token => is_ident(token, "move"),
    }
}

//! Single tokens.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};

/// Takes off the invisible delimiters that `macro_rules!` puts around a fragment.
pub(crate) fn without_invisible(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token {
        if group.delimiter() == Delimiter::None {
            let mut content = group.stream().into_iter();
            if let (Some(only), None) = (content.next(), content.next()) {
                return without_invisible(only);
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

/// Whether there is such an identifier, in groups too.
pub(crate) fn has_ident(tokens: TokenStream, is_wanted: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_ident(group.stream(), is_wanted),
        TokenTree::Ident(ident) => is_wanted(&ident),
        _ => false,
    })
}

/// Where variables of the expansion are, which those of the user cannot see.
pub(crate) fn mixed() -> Span {
    Span::mixed_site()
}

//! Single tokens.

use proc_macro2::{Delimiter, TokenTree};

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

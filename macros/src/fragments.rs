//! Fragments of `macro_rules!`: the invisible delimiters around them do not get through to the compiler, which then
//! reads the tokens anew.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::token::{is_ident, is_punct};

pub(crate) fn is_one(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::None)
}

/// A statement of a body, or a part of one, as it is to be read anew.
pub(crate) fn statement(token: TokenTree, next: Option<&TokenTree>, body: Span) -> TokenStream {
    let TokenTree::Group(fragment) = &token else {
        return token.into();
    };
    if !is_one(&token) {
        return token.into();
    }
    let mut content = fragment.stream().into_iter();
    match (content.next(), content.next()) {
        // Lints do not look at the braces of a fragment. They take these for ones of the macro that has the body.
        (Some(TokenTree::Group(block)), None) if block.delimiter() == Delimiter::Brace => {
            let mut braces = Group::new(Delimiter::Brace, block.stream());
            braces.set_span(body.located_at(block.span()));
            TokenTree::Group(braces).into()
        }
        // `$statement:stmt` needs no semicolon.
        (Some(first), Some(_))
            if is_ident(&first, "let") && !next.is_some_and(|next| is_punct(next, ';')) =>
        {
            let semicolon = TokenTree::Punct(Punct::new(';', Spacing::Alone));
            TokenStream::from_iter([token, semicolon])
        }
        _ => token.into(),
    }
}

/// A signature in which `&$ty` is `&(dyn A + B)`.
pub(crate) fn signature(tokens: TokenStream) -> TokenStream {
    let mut mended = TokenStream::new();
    let mut behind_pointer = false;
    for token in tokens {
        let TokenTree::Group(group) = &token else {
            behind_pointer = is_punct(&token, '&') || behind_pointer && is_of_pointer(&token);
            mended.extend([token]);
            continue;
        };
        let delimiter = match group.delimiter() {
            Delimiter::None if behind_pointer && is_sum(group.stream()) => Delimiter::Parenthesis,
            delimiter => delimiter,
        };
        behind_pointer = false;
        let mut mended_group = Group::new(delimiter, signature(group.stream()));
        mended_group.set_span(group.span());
        mended.extend([TokenTree::Group(mended_group)]);
    }
    mended
}

/// `mut`, or a lifetime.
fn is_of_pointer(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        token => is_punct(token, '\''),
    }
}

fn is_sum(ty: TokenStream) -> bool {
    let mut tokens = ty.into_iter();
    let first = tokens.next();
    first.is_some_and(|first| is_ident(&first, "dyn") || is_ident(&first, "impl"))
        && tokens.any(|token| is_punct(&token, '+'))
}

/// There are such fragments outside of braces.
pub(crate) fn are_in(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::None => true,
            Delimiter::Brace => false,
            _ => are_in(group.stream()),
        },
        _ => false,
    })
}

//! Fragments of `macro_rules!`. The invisible delimiters around them do not reach the compiler, which parses their
//! tokens again.

use proc_macro2::{Delimiter, Group, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::token::{is_ident, is_punct};

pub(crate) fn is_fragment(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::None)
}

/// A statement of a body, or a part of one, as the compiler should parse it again.
pub(crate) fn statement(token: TokenTree, next: Option<&TokenTree>, body: Span) -> TokenStream {
    let TokenTree::Group(fragment) = &token else {
        return token.into();
    };
    if !is_fragment(&token) {
        return token.into();
    }
    let mut content = fragment.stream().into_iter();
    match (content.next(), content.next()) {
        // Lints ignore the braces of a fragment. With this span, the braces belong to the macro that has the body.
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

/// The signature with `&(dyn A + B)` where it has `&$ty`.
pub(crate) fn mend_signature(tokens: TokenStream) -> TokenStream {
    let mut mended = TokenStream::new();
    let mut behind_pointer = false;
    for token in tokens {
        let TokenTree::Group(group) = &token else {
            behind_pointer = is_punct(&token, '&') || behind_pointer && qualifies_pointer(&token);
            mended.extend([token]);
            continue;
        };
        let delimiter = match group.delimiter() {
            Delimiter::None if behind_pointer && is_sum(group.stream()) => Delimiter::Parenthesis,
            delimiter => delimiter,
        };
        behind_pointer = false;
        let mut mended_group = Group::new(delimiter, mend_signature(group.stream()));
        mended_group.set_span(group.span());
        mended.extend([TokenTree::Group(mended_group)]);
    }
    mended
}

/// `mut`, or a lifetime.
fn qualifies_pointer(token: &TokenTree) -> bool {
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

/// There is a fragment outside braces.
pub(crate) fn contains_fragment(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::None => true,
            Delimiter::Brace => false,
            _ => contains_fragment(group.stream()),
        },
        _ => false,
    })
}

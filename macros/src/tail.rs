//! The `async` block at the end of a function, which is the future that the function returns.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use crate::body::{self, Body, Content};
use crate::token::{is_ident, is_punct, unwrap_fragment};

/// `async {}` or `async move {}` at the end of a body, alone or in `Box::pin(…)`.
pub(crate) struct Tail {
    before: TokenStream,
    pub(crate) block: AsyncBlock,
    pin: Option<Pin>,
}

/// `Box::pin(…)`
struct Pin {
    path: TokenStream,
    parentheses: Group,
}

pub(crate) struct AsyncBlock {
    asyncness: TokenTree,
    moves: Option<TokenTree>,
    body: Body,
}

impl Tail {
    pub(crate) fn find(body: TokenStream) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = body.into_iter().collect();
        let last = unwrap_fragment(tokens.pop()?);
        if let TokenTree::Group(pin) = &last {
            if pin.delimiter() == Delimiter::Parenthesis {
                let rest = before_box_pin(&tokens)?.len();
                let mut argument: Vec<TokenTree> = pin.stream().into_iter().collect();
                if argument.last().is_some_and(|token| is_punct(token, ',')) {
                    argument.pop();
                }
                let (rest_of_argument, block) = AsyncBlock::find_at_end(argument)?;
                let path = tokens.split_off(rest);
                if !begins_statement(&tokens) || !rest_of_argument.is_empty() {
                    return None;
                }
                return Some(Self {
                    before: tokens.into_iter().collect(),
                    block,
                    pin: Some(Pin {
                        path: path.into_iter().collect(),
                        parentheses: pin.clone(),
                    }),
                });
            }
        }
        tokens.push(last);
        let (before, block) = AsyncBlock::find_at_end(tokens)?;
        begins_statement(&before).then(|| Self {
            before: before.into_iter().collect(),
            block,
            pin: None,
        })
    }

    /// The statements above the future mention this name.
    pub(crate) fn mentions_before(&self, name: &str) -> bool {
        body::mentions(self.before.clone(), name)
    }

    /// No code of the user runs when the function is called.
    pub(crate) fn is_whole_body(&self) -> bool {
        let Content { rest, .. } = Content::split(self.before.clone());
        let rest: Vec<TokenTree> = rest.into_iter().collect();
        match rest.as_slice() {
            [] => true,
            // The statement that `#[tag_args]` puts there.
            [keyword, tags, equals, TokenTree::Group(_), semicolon] => {
                is_ident(keyword, "let")
                    && is_ident(tags, "fedtrace_tags")
                    && is_punct(equals, '=')
                    && is_punct(semicolon, ';')
            }
            _ => false,
        }
    }

    /// The block is the last expression itself, without `Box::pin`.
    pub(crate) fn is_bare(&self) -> bool {
        self.pin.is_none()
    }

    /// The body with this future instead of the block.
    pub(crate) fn replace(&self, future: TokenStream) -> TokenStream {
        let mut body = self.before.clone();
        body.extend(match &self.pin {
            Some(pin) => pin.wrap(future),
            None => future,
        });
        body
    }

    /// `Box::pin` may have another meaning outside the body.
    pub(crate) fn needs_names_of_the_body(&self) -> bool {
        self.pin.is_some() && body::mentions(self.before.clone(), "use")
    }

    /// The body without `Box::pin`.
    pub(crate) fn body_without_pin(&self) -> TokenStream {
        let Self { before, block, .. } = self;
        quote!(#before #block)
    }

    /// The future in the `Box::pin` of the body, if it has one.
    pub(crate) fn wrap_in_pin(&self, future: TokenStream) -> TokenStream {
        match &self.pin {
            Some(pin) => pin.wrap(future),
            None => quote_spanned!(Span::mixed_site()=> #[allow(clippy::implicit_return)] #future),
        }
    }
}

impl Pin {
    fn wrap(&self, future: TokenStream) -> TokenStream {
        let mut tokens = self.path.clone();
        tokens.extend(body::in_braces_of(&self.parentheses, future));
        tokens
    }
}

impl AsyncBlock {
    fn find_at_end(mut tokens: Vec<TokenTree>) -> Option<(Vec<TokenTree>, Self)> {
        let last = unwrap_fragment(tokens.pop()?);
        let TokenTree::Group(braces) = last else {
            return None;
        };
        match braces.delimiter() {
            // `$future:expr` of `macro_rules!`.
            Delimiter::None => {
                let (inside, block) = Self::find_at_end(braces.stream().into_iter().collect())?;
                inside.is_empty().then_some((tokens, block))
            }
            Delimiter::Brace => {
                let moves = tokens.pop_if_ident("move");
                let asyncness = tokens.pop_if_ident("async")?;
                let block = Self {
                    asyncness,
                    moves,
                    body: Body::new(braces),
                };
                Some((tokens, block))
            }
            _ => None,
        }
    }

    /// The content of the block, after its inner attributes.
    pub(crate) fn content(&self) -> TokenStream {
        self.body.content()
    }

    /// The block with other content.
    pub(crate) fn with_content(&self, content: TokenStream) -> TokenStream {
        let Self {
            asyncness,
            moves,
            body,
        } = self;
        let body = body.with_content(content);
        quote!(#asyncness #moves #body)
    }

    pub(crate) fn is_half_typed(&self) -> bool {
        self.body.is_half_typed()
    }

    pub(crate) fn is_move(&self) -> bool {
        self.moves.is_some()
    }
}

impl ToTokens for AsyncBlock {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.asyncness.to_tokens(tokens);
        self.moves.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// The tokens before `Box::pin`, whatever its path is.
fn before_box_pin(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    let mut rest = before_word(tokens, "pin")?;
    rest = before_word(before_colons(rest)?, "Box")?;
    while let Some(path) = before_colons(rest) {
        match path.split_last() {
            Some((TokenTree::Ident(segment), shorter)) if segment != "return" => rest = shorter,
            _ => return Some(path),
        }
    }
    Some(rest)
}

fn before_word<'a>(tokens: &'a [TokenTree], word: &str) -> Option<&'a [TokenTree]> {
    let (last, rest) = tokens.split_last()?;
    is_ident(last, word).then_some(rest)
}

fn before_colons(tokens: &[TokenTree]) -> Option<&[TokenTree]> {
    match tokens {
        [rest @ .., first, second] if is_punct(first, ':') && is_punct(second, ':') => Some(rest),
        _ => None,
    }
}

/// An expression after these tokens is at the start of a statement.
fn begins_statement(before: &[TokenTree]) -> bool {
    match before.split_last() {
        None => true,
        Some((TokenTree::Group(group), _)) => group.delimiter() == Delimiter::Brace,
        Some((last, _)) => is_punct(last, ';'),
    }
}

trait PopIfIdent {
    fn pop_if_ident(&mut self, name: &str) -> Option<TokenTree>;
}

impl PopIfIdent for Vec<TokenTree> {
    fn pop_if_ident(&mut self, name: &str) -> Option<TokenTree> {
        if self.last().is_some_and(|last| is_ident(last, name)) {
            self.pop()
        } else {
            None
        }
    }
}

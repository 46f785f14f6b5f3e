//! The body of a function, as tokens. It is never parsed, since it may be half-typed or newer than the parser.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Item, Token};

use crate::fragments;
use crate::token::{has_ident, is_punct};

pub(crate) struct Body {
    braces: Group,
    is_as_received: bool,
    inner_attributes: TokenStream,
    content: TokenStream,
}

/// The content of a block, split into the items at its start and the rest. A lint wants items at the start.
pub(crate) struct Content {
    pub(crate) items: TokenStream,
    pub(crate) rest: TokenStream,
}

impl Content {
    pub(crate) fn split(content: TokenStream) -> Self {
        let parser = |input: ParseStream<'_>| {
            let mut items = TokenStream::new();
            while begins_item(input) {
                let ahead = input.fork();
                match ahead.parse::<Item>() {
                    Ok(Item::Macro(item)) if item.ident.is_none() => break,
                    Ok(Item::Verbatim(_)) | Err(_) => break,
                    Ok(_) => {}
                }
                while input.cursor() != ahead.cursor() {
                    items.extend([input.parse::<TokenTree>()?]);
                }
            }
            Ok(Self {
                items,
                rest: input.parse()?,
            })
        };
        if content.is_empty() {
            return Self {
                items: TokenStream::new(),
                rest: content,
            };
        }
        parser.parse2(content.clone()).unwrap_or(Self {
            items: TokenStream::new(),
            rest: content,
        })
    }
}

/// Most statements cannot be items, and need not be parsed.
fn begins_item(input: ParseStream<'_>) -> bool {
    const KEYWORDS: [&str; 15] = [
        "use",
        "const",
        "static",
        "fn",
        "struct",
        "enum",
        "union",
        "trait",
        "impl",
        "type",
        "mod",
        "extern",
        "pub",
        "macro_rules",
        "unsafe",
    ];
    let starts_with = |input: ParseStream<'_>| {
        let word = input.call(Ident::parse_any);
        word.is_ok_and(|word| word == "async" || KEYWORDS.iter().any(|keyword| word == keyword))
    };
    input.peek(Token![#]) || starts_with(&input.fork())
}

impl Body {
    pub(crate) fn new(braces: Group) -> Self {
        let mut inner_attributes = TokenStream::new();
        let mut content = TokenStream::new();
        let mut has_fragments = false;
        let mut tokens = braces.stream().into_iter().peekable();
        while let Some(token) = tokens.next() {
            let begins_attribute = content.is_empty()
                && is_punct(&token, '#')
                && tokens.peek().is_some_and(|next| is_punct(next, '!'));
            if begins_attribute {
                inner_attributes.extend([token]);
                inner_attributes.extend(tokens.by_ref().take(2));
            } else {
                has_fragments |= fragments::is_fragment(&token);
                content.extend(fragments::statement(token, tokens.peek(), braces.span()));
            }
        }
        Self {
            is_as_received: inner_attributes.is_empty() && !has_fragments,
            braces,
            inner_attributes,
            content,
        }
    }

    /// The body ends in the middle of an expression, as in an editor. The parser has already reported that. If the body
    /// were expanded, the parser would report it again, at another place.
    pub(crate) fn is_half_typed(&self) -> bool {
        const KEYWORDS: [&str; 11] = [
            "as", "else", "fn", "for", "if", "in", "let", "loop", "match", "mut", "while",
        ];
        let tokens: Vec<TokenTree> = self.content().into_iter().collect();
        match tokens.as_slice() {
            [.., before, last] if is_punct(last, '.') => !is_punct(before, '.'),
            [.., before, last] if is_punct(last, '>') => is_punct(before, '='),
            [.., TokenTree::Ident(last)] => KEYWORDS.iter().any(|keyword| last == keyword),
            [.., last] => "=+-*/%^&|<:,@".chars().any(|operator| is_punct(last, operator)),
            [] => false,
        }
    }

    pub(crate) fn braces(&self) -> &Group {
        &self.braces
    }

    /// The body without its inner attributes and braces.
    pub(crate) fn content(&self) -> TokenStream {
        self.content.clone()
    }

    /// The body without its inner attributes, as a block.
    pub(crate) fn block(&self) -> TokenStream {
        if self.is_as_received {
            self.braces.to_token_stream()
        } else {
            in_braces_of(&self.braces, self.content())
        }
    }

    /// Other content after the same inner attributes, in the same braces.
    pub(crate) fn with_content(&self, content: TokenStream) -> TokenStream {
        let mut tokens = self.inner_attributes.clone();
        tokens.extend(content);
        in_braces_of(&self.braces, tokens)
    }
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.braces.to_tokens(tokens);
    }
}

/// Lints and errors look at the span of the braces, so the braces of the user are kept.
pub(crate) fn in_braces_of(braces: &Group, content: TokenStream) -> TokenStream {
    let mut group = Group::new(braces.delimiter(), content);
    group.set_span(braces.span());
    TokenTree::Group(group).into()
}

pub(crate) fn mentions(content: TokenStream, name: &str) -> bool {
    has_ident(content, &|ident| ident == name)
}

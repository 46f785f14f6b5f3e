//! An `impl` block whose methods are all traced.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Meta, Result, Signature, Token, Visibility};

use crate::args::{Krate, TraceArgs};
use crate::body::{self, is_punct};
use crate::item::{is_tag_args, is_trace};

pub(crate) struct ImplBlock {
    attributes: Vec<Attribute>,
    head: TokenStream,
    braces: Group,
    members: Vec<Member>,
    end: TokenStream,
}

struct Member {
    attributes: Vec<Attribute>,
    tokens: TokenStream,
    traceable: bool,
}

impl ImplBlock {
    pub(crate) fn parse(attributes: Vec<Attribute>, tokens: TokenStream) -> Result<Self> {
        let mut head: Vec<TokenTree> = tokens.into_iter().collect();
        let last = head.pop().map(body::without_invisible);
        let Some(TokenTree::Group(braces)) = last else {
            return Err(Error::new(
                proc_macro2::Span::call_site(),
                "expected the body of the impl block",
            ));
        };
        let parser = |input: ParseStream<'_>| {
            let mut members = Vec::new();
            let inner = input.call(Attribute::parse_inner)?;
            while !input.is_empty() {
                // An attribute without an item is for rustc to report.
                if let Ok(end) = input.fork().call(only_attributes) {
                    input.parse::<TokenStream>()?;
                    return Ok((inner, members, end));
                }
                members.push(input.parse::<Member>()?);
            }
            Ok((inner, members, TokenStream::new()))
        };
        let (inner, members, end) = parser.parse2(braces.stream())?;
        let mut all = attributes;
        all.extend(inner);
        Ok(Self {
            attributes: all,
            head: head.into_iter().collect(),
            braces,
            members,
            end,
        })
    }

    /// Puts `#[trace]` on each method that is to be traced; there it finds `#[tag_args]` by itself.
    pub(crate) fn trace(mut self, krate: &Krate, args: &TokenStream) -> Result<TokenStream> {
        for member in &mut self.members {
            member.trace(krate, args)?;
        }
        let Self {
            attributes,
            head,
            braces,
            members,
            end,
        } = self;
        let (inner, outer): (Vec<_>, Vec<_>) = attributes
            .into_iter()
            .partition(|attribute| matches!(attribute.style, syn::AttrStyle::Inner(_)));
        let body = body::in_braces_of(&braces, quote!(#(#inner)* #(#members)* #end));
        Ok(quote!(#(#outer)* #head #body))
    }
}

impl Member {
    fn trace(&mut self, krate: &Krate, args: &TokenStream) -> Result<()> {
        let own = self
            .attributes
            .iter()
            .position(|attribute| is_trace(attribute, krate));
        if let Some(position) = own {
            if skips(self.attributes.get(position))? {
                self.attributes.remove(position);
            }
        } else if self.traceable {
            let behind_tags = self.attributes.iter().rposition(is_tag_args);
            let trace = crate::expand::attribute(krate, &quote!(trace), args);
            self.attributes
                .insert(behind_tags.map_or(0, |position| position + 1), trace);
        }
        Ok(())
    }
}

fn skips(attribute: Option<&Attribute>) -> Result<bool> {
    match attribute.map(|attribute| &attribute.meta) {
        Some(Meta::List(list))
            if list
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "trace") =>
        {
            Ok(TraceArgs::parse(list.tokens.clone())?.skip.is_some())
        }
        _ => Ok(false),
    }
}

fn only_attributes(input: ParseStream<'_>) -> Result<TokenStream> {
    let attributes = input.call(Attribute::parse_outer)?;
    if input.is_empty() {
        Ok(quote!(#(#attributes)*))
    } else {
        Err(input.error("expected the end"))
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let signature = signature(&input.fork());
        let mut tokens = TokenStream::new();
        let mut traceable = false;
        if let Some(signature) = &signature {
            traceable = signature.constness.is_none() && signature.variadic.is_none();
            let ahead = input.fork();
            self::signature(&ahead);
            let cursor = ahead.cursor();
            while input.cursor() != cursor {
                tokens.extend([input.parse::<TokenTree>()?]);
            }
        }
        // The body, or the whole of what is not a method.
        while !input.is_empty() {
            let token = input.parse::<TokenTree>()?;
            let semicolon = is_punct(&token, ';');
            let braces = matches!(
                body::without_invisible(token.clone()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace
            );
            tokens.extend([token]);
            let ends = match &signature {
                Some(_) => semicolon || braces,
                None => semicolon || braces && !input.peek(Token![;]) && !is_declaration(&tokens),
            };
            if ends {
                traceable &= braces;
                break;
            }
        }
        Ok(Self {
            attributes,
            tokens,
            traceable,
        })
    }
}

fn signature(input: ParseStream<'_>) -> Option<Signature> {
    input.parse::<Visibility>().ok()?;
    input.parse::<Option<Token![default]>>().ok()?;
    input.parse::<Signature>().ok()
}

/// A `const` or `type`, which ends with a semicolon, even if its value is a block.
fn is_declaration(tokens: &TokenStream) -> bool {
    let mut words = tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.any(|word| word == "const" || word == "type")
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            tokens: rest,
            ..
        } = self;
        tokens.extend(quote!(#(#attributes)* #rest));
    }
}

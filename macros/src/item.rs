//! The item below an attribute.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error};

use crate::args::{Attr, Krate};
use crate::attribute::{is_tag_args, is_trace};
use crate::error;
use crate::function::Function;
use crate::impl_block::ImplBlock;
use crate::token::unwrap_fragment;

/// An item, parsed as far as its attributes.
pub(crate) struct Item {
    pub(crate) attributes: Vec<Attribute>,
    rest: TokenStream,
}

pub(crate) enum Kind {
    Function(Box<Function>),
    Impl(ImplBlock),
}

impl Item {
    pub(crate) fn new(tokens: TokenStream) -> Self {
        let tokens = unwrap_item(tokens);
        let parser = |input: ParseStream<'_>| {
            let attributes = input.call(Attribute::parse_outer)?;
            Ok((attributes, input.parse::<TokenStream>()?))
        };
        match parser.parse2(tokens.clone()) {
            Ok((attributes, rest)) => Self {
                attributes,
                rest: unwrap_item(rest),
            },
            Err(_) => Self {
                attributes: Vec::new(),
                rest: tokens,
            },
        }
    }

    pub(crate) fn kind(&self, attr: Attr) -> syn::Result<Kind> {
        if let Some(function) = Function::parse(attr, self.attributes.clone(), self.rest.clone()) {
            return function.map(|function| Kind::Function(Box::new(function)));
        }
        let keyword = keyword(&self.rest).ok_or_else(|| {
            let at = self.rest.clone().into_iter().next();
            let at = at.map_or_else(proc_macro2::Span::call_site, |token| token.span());
            error::not_a_function(attr, at)
        })?;
        match keyword.to_string().as_str() {
            "impl" if attr == Attr::Trace => {
                ImplBlock::parse(self.attributes.clone(), self.rest.clone()).map(Kind::Impl)
            }
            "impl" => Err(error::impl_block(attr, keyword.span())),
            "trait" => Err(error::trait_item(attr, keyword.span())),
            _ => Err(error::not_a_function(attr, keyword.span())),
        }
    }

    /// The error and the item. Other attributes of this crate are removed, since they would repeat the error.
    pub(crate) fn reject(&self, error: &Error) -> TokenStream {
        let Self { attributes, rest } = self;
        let is_ours =
            |attribute: &&Attribute| is_tag_args(attribute) || is_trace(attribute, &Krate::default());
        let others = attributes.iter().filter(|attribute| !is_ours(attribute));
        error::with_item(error, quote!(#(#others)* #rest))
    }
}

impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, rest } = self;
        tokens.extend(quote!(#(#attributes)* #rest));
    }
}

fn keyword(rest: &TokenStream) -> Option<Ident> {
    const KEYWORDS: [&str; 12] = [
        "struct",
        "enum",
        "union",
        "const",
        "static",
        "use",
        "mod",
        "trait",
        "type",
        "macro_rules",
        "impl",
        "extern",
    ];
    rest.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if KEYWORDS.iter().any(|keyword| word == keyword) => Some(word),
        _ => None,
    })
}

fn unwrap_item(tokens: TokenStream) -> TokenStream {
    let mut iter = tokens.clone().into_iter();
    match (iter.next(), iter.next()) {
        (Some(only), None) => match unwrap_fragment(only) {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => group.stream(),
            other => other.into(),
        },
        _ => tokens,
    }
}

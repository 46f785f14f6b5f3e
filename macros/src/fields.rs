//! `fields(name = expression, …)`

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitStr, Result, Token, parenthesized};

use crate::expression;

pub(crate) struct Field {
    /// The key of the tag.
    pub(crate) name: String,
    pub(crate) value: TokenStream,
}

pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Vec<Field>> {
    let needed = || {
        Error::new(
            key.span(),
            format!("expected tag names and values: `{key}(name = value)`"),
        )
    };
    if !input.peek(syn::token::Paren) {
        return Err(needed());
    }
    let content;
    parenthesized!(content in input);
    let mut fields: Vec<Field> = Vec::new();
    while !content.is_empty() {
        let (name, span, word) = name(&content)?;
        if fields.iter().any(|field| field.name == name) {
            return Err(Error::new(span, format!("`{name}` given twice")));
        }
        let value = expression::value(&word, &content, "value")?;
        fields.push(Field { name, value });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    if fields.is_empty() {
        return Err(needed());
    }
    Ok(fields)
}

/// `a`, `a.b.c` or `"any text"`, its place, and the word for it in messages.
fn name(input: ParseStream<'_>) -> Result<(String, Span, Ident)> {
    if let Some(literal) = input.parse::<Option<LitStr>>()? {
        let (name, span) = (literal.value(), literal.span());
        if name.trim().is_empty() {
            return Err(Error::new(span, "tag name must not be empty"));
        }
        return Ok((name, span, Ident::new("name", span)));
    }
    let expected = "expected a tag name: `name`, `dotted.name` or a string literal";
    let part = || {
        let at = input.span();
        input.call(Ident::parse_any).map_err(|_| Error::new(at, expected))
    };
    let first = part()?;
    let mut name = first.unraw().to_string();
    while input.parse::<Option<Token![.]>>()?.is_some() {
        name.push('.');
        name.push_str(&part()?.unraw().to_string());
    }
    Ok((name, first.span(), first))
}

//! `fields(name = expression, …)`

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, LitStr, Result, Token, braced, parenthesized};

use crate::expression;

pub(crate) struct Field {
    pub(crate) key: Key,
    /// `None` if the field is only declared: its value comes later, from `set_tag`.
    pub(crate) value: Option<TokenStream>,
    pub(crate) form: Form,
}

/// The key of the tag.
pub(crate) enum Key {
    Text(String),
    /// A constant expression.
    Constant(TokenStream),
}

/// How the value becomes a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As that of an argument.
    Chosen,
    /// `%`
    Display,
    /// `?`
    Debug,
}

/// The name of a tag, as it is written.
pub(crate) struct Name {
    pub(crate) key: Key,
    /// How messages show it.
    pub(crate) text: String,
    pub(crate) at: Span,
    /// It is an identifier, perhaps with dots.
    pub(crate) is_word: bool,
    /// The name as an expression, if it is one.
    variable: Option<TokenStream>,
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
    let mut texts: Vec<String> = Vec::new();
    while !content.is_empty() {
        let (field, name) = field(&content)?;
        if texts.contains(&name.text) {
            return Err(Error::new(name.at, format!("`{}` given twice", name.text)));
        }
        fields.push(field);
        texts.push(name.text);
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    if fields.is_empty() {
        return Err(needed());
    }
    Ok(fields)
}

/// `name`, `%name`, `?name`, `name = value`, `name = %value` or `name = ?value`. A sign before the name of a field with a
/// value is one for the value.
fn field(input: ParseStream<'_>) -> Result<(Field, Name)> {
    let before = form(input)?;
    let mut name = Name::parse(input)?;
    let has_value = input.peek(Token![=]) && !input.peek(Token![==]);
    if !has_value && !input.is_empty() && !input.peek(Token![,]) {
        return Err(Error::new(
            name.at,
            format!("expected a value: `{} = value`", name.text),
        ));
    }
    let (value, form) = if has_value {
        input.parse::<Token![=]>()?;
        let form = form(input)?.or(before);
        let value = expression::after_sign(name.at, &name.text, input, "value")?;
        (Some(value), form)
    } else if before.is_some() {
        let variable = name.variable.take();
        let missing = || Error::new(name.at, format!("expected a value: `{} = value`", name.text));
        (Some(variable.ok_or_else(missing)?), before)
    } else {
        (None, None)
    };
    let key = std::mem::replace(&mut name.key, Key::Text(String::new()));
    let form = form.unwrap_or(Form::Chosen);
    Ok((Field { key, value, form }, name))
}

fn form(input: ParseStream<'_>) -> Result<Option<Form>> {
    Ok(if input.parse::<Option<Token![%]>>()?.is_some() {
        Some(Form::Display)
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Some(Form::Debug)
    } else {
        None
    })
}

impl Name {
    /// `a`, `a.b.c`, `"any text"` or `{ CONSTANT }`.
    pub(crate) fn parse(input: ParseStream<'_>) -> Result<Self> {
        if let Some(literal) = input.parse::<Option<LitStr>>()? {
            let (text, at) = (literal.value(), literal.span());
            if text.trim().is_empty() {
                return Err(Error::new(at, "tag name must not be empty"));
            }
            return Ok(Self {
                key: Key::Text(text.clone()),
                text,
                at,
                is_word: false,
                variable: None,
            });
        }
        if input.peek(syn::token::Brace) {
            return constant(input);
        }
        dotted(input)
    }
}

fn constant(input: ParseStream<'_>) -> Result<Name> {
    let content;
    let braces = braced!(content in input);
    let constant = content.parse::<Expr>()?.into_token_stream();
    if !content.is_empty() {
        return Err(content.error("expected one constant"));
    }
    Ok(Name {
        text: format!("{{{constant}}}"),
        key: Key::Constant(constant),
        at: braces.span.open(),
        is_word: false,
        variable: None,
    })
}

fn dotted(input: ParseStream<'_>) -> Result<Name> {
    let expected = "expected a tag name: `name`, `dotted.name`, a string literal or `{ CONSTANT }`";
    let part = || {
        let at = input.span();
        input.call(Ident::parse_any).map_err(|_| Error::new(at, expected))
    };
    let first = part()?;
    let mut text = first.unraw().to_string();
    let mut variable = first.to_token_stream();
    while let Some(dot) = input.parse::<Option<Token![.]>>()? {
        let next = part()?;
        text.push('.');
        text.push_str(&next.unraw().to_string());
        variable.extend(quote!(#dot #next));
    }
    Ok(Name {
        key: Key::Text(text.clone()),
        text,
        at: first.span(),
        is_word: true,
        variable: Some(variable),
    })
}

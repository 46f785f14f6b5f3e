//! Expressions in the arguments of an attribute, which run inside the function.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Result, Token};

use crate::token::{is_ident, is_punct, may_precede_expression};

/// The value in `key = value`.
pub(crate) fn value(key: &Ident, input: ParseStream<'_>, example: &str) -> Result<TokenStream> {
    let name = key.to_string();
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        return Err(missing(key.span(), &name, example));
    }
    input.parse::<Token![=]>()?;
    after_sign(key.span(), &name, input, example)
}

fn missing(at: Span, name: &str, example: &str) -> Error {
    Error::new(at, format!("expected a value: `{name} = {example}`"))
}

/// The value behind `name =`.
pub(crate) fn after_sign(at: Span, name: &str, input: ParseStream<'_>, example: &str) -> Result<TokenStream> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(missing(at, name, example));
    }
    let expression = input.parse::<Expr>()?.into_token_stream();
    match find_exit(expression.clone()) {
        Some(token) => Err(Error::new(
            token.span(),
            format!("`{token}` is not allowed here, since it would change what the function does"),
        )),
        None => Ok(expression),
    }
}

/// The first `return`, `?` or `await` outside closures.
fn find_exit(tokens: TokenStream) -> Option<TokenTree> {
    let mut before: Option<TokenTree> = None;
    let mut closure = false;
    for token in tokens {
        closure &= !is_punct(&token, ',');
        closure |= is_punct(&token, '|') && before.as_ref().is_none_or(may_precede_expression);
        if !closure {
            if ["return", "await"].iter().any(|word| is_ident(&token, word)) || is_punct(&token, '?') {
                return Some(token);
            }
            if let TokenTree::Group(group) = &token {
                if let Some(found) = find_exit(group.stream()) {
                    return Some(found);
                }
            }
        }
        before = Some(token);
    }
    None
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::find_exit;

    #[test]
    fn what_leaves_the_function_is_found_outside_of_closures() {
        for tokens in [
            quote!(a?),
            quote!(f(a?)),
            quote!(a.await),
            quote!({ return }),
            quote!(a || b?),
            quote!(f(|x| x?, y?)),
            quote!(format!("{}", a?)),
        ] {
            assert!(find_exit(tokens.clone()).is_some(), "{tokens}");
        }
        for tokens in [
            quote!(a),
            quote!(a.b().c),
            quote!(f(|x| x?)),
            quote!(f(move || { return })),
            quote!(|| a?),
            quote!(format!("{a:?}")),
        ] {
            assert!(find_exit(tokens.clone()).is_none(), "{tokens}");
        }
    }
}

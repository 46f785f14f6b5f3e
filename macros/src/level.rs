//! `level = "debug"`

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::parse::ParseStream;
use syn::{Error, LitInt, LitStr, Result};

use crate::args::Krate;
use crate::expression;
use crate::token::mixed_site;

/// A level, known when the attribute is expanded, so that the compiler can remove the span.
pub(crate) struct Level {
    /// 1 for `error` to 5 for `trace`.
    number: u8,
    written: TokenStream,
}

const NAMES: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

impl Level {
    /// `"debug"`, `Level::DEBUG` with any path, or the number that others give to it: 1 for `trace` to 5 for `error`.
    pub(crate) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let written = expression::value(key, input, "\"debug\"")?;
        match number(&written) {
            Some(number) => Ok(Self { number, written }),
            None => Err(Error::new_spanned(
                written,
                "unknown level; expected \"error\", \"warn\", \"info\", \"debug\" or \"trace\"",
            )),
        }
    }
}

impl ToTokens for Level {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.written.to_tokens(tokens);
    }
}

fn number(written: &TokenStream) -> Option<u8> {
    if let Ok(number) = syn::parse2::<LitInt>(written.clone()) {
        let number = number.base10_parse::<u8>().ok()?;
        return (1..=5).contains(&number).then(|| 6 - number);
    }
    let name = match syn::parse2::<LitStr>(written.clone()) {
        Ok(name) => name.value(),
        // A variable could have any value, so a name is only known behind the name of its type.
        Err(_) => match written.clone().into_iter().collect::<Vec<_>>().as_slice() {
            [
                ..,
                TokenTree::Ident(ty),
                TokenTree::Punct(_),
                TokenTree::Punct(_),
                TokenTree::Ident(name),
            ] if ty == "Level" => name.to_string(),
            _ => return None,
        },
    };
    let index = NAMES.iter().position(|known| name.eq_ignore_ascii_case(known))?;
    u8::try_from(index + 1).ok()
}

/// A reference to the level of the function and its target, which remembers whether it is enabled.
pub(crate) fn leveled(krate: &Krate, level: &Level, target: Option<&TokenStream>) -> TokenStream {
    let number = proc_macro2::Literal::u8_unsuffixed(level.number);
    let target = match target {
        Some(target) => target.clone(),
        None => quote_spanned!(mixed_site()=> #krate::__private::module_path!()),
    };
    quote_spanned! {mixed_site()=>
        {
            static FEDTRACE_LEVELED: #krate::__private::Leveled<#number> = #krate::__private::Leveled::new(#target);
            &FEDTRACE_LEVELED
        }
    }
}

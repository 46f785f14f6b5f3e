//! The arguments of `#[tag_args]`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, LitStr, Result, Token, parenthesized};

use crate::args::{Attr, Krate, options, quoted_list, set_once, unknown_option};
use crate::expression;
use crate::fields::{self, Field};
use crate::hints;

#[derive(Default)]
pub(crate) struct TagArgs {
    pub(crate) krate: Krate,
    pub(crate) skip_all: Option<Ident>,
    pub(crate) skip: Option<Vec<Ident>>,
    pub(crate) only: Option<Vec<Ident>>,
    pub(crate) reveal: Option<Vec<Ident>>,
    pub(crate) redact: Option<Vec<Ident>>,
    pub(crate) fields: Option<Vec<Field>>,
    /// What precedes the names of arguments in keys; `ARG.` if it is left out.
    pub(crate) prefix: Option<LitStr>,
}

const KNOWN: [&str; 8] = [
    "crate", "skip", "skip_all", "only", "reveal", "redact", "fields", "prefix",
];

impl TagArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        options(|input, parsed: &mut Self| {
            let at = input.span();
            let key = input.call(Ident::parse_any);
            let key = key
                .map_err(|_| Error::new(at, format!("expected an option: one of {}", quoted_list(&KNOWN))))?;
            parsed.parse_option(&key, input)
        })
        .parse2(args)
    }

    fn parse_option(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let list = match key.to_string().as_str() {
            "crate" => return self.krate.parse(key, input),
            "fields" => return set_once(&mut self.fields, key, fields::parse(key, input)?),
            "prefix" => return set_once(&mut self.prefix, key, prefix(key, input)?),
            "skip_all" => {
                set_once(&mut self.skip_all, key, key.clone())?;
                return self.check_choice(key);
            }
            "skip" => &mut self.skip,
            "only" => &mut self.only,
            "reveal" => &mut self.reveal,
            "redact" => &mut self.redact,
            _ => {
                return Err(
                    hints::find(Attr::TagArgs, key, input).unwrap_or_else(|| unknown_option(key, &KNOWN))
                );
            }
        };
        set_once(list, key, names(key, input)?)?;
        self.check_choice(key)
    }

    /// At most one option says which arguments are tagged.
    fn check_choice(&self, key: &Ident) -> Result<()> {
        let message = match (&self.skip_all, &self.skip, &self.only) {
            (_, Some(_), Some(_)) => "use either skip or only, not both",
            (Some(_), Some(_), _) => "use either skip or skip_all, not both",
            (Some(_), _, Some(_)) => "use either only or skip_all, not both",
            _ => return Ok(()),
        };
        Err(Error::new(key.span(), message))
    }

    /// The key of the tag for an argument.
    pub(crate) fn key(&self, argument: &str) -> String {
        let prefix = self
            .prefix
            .as_ref()
            .map_or_else(|| "ARG.".to_owned(), LitStr::value);
        prefix + argument
    }
}

fn prefix(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    let value = expression::value(key, input, "\"\"")?;
    syn::parse2::<LitStr>(value.clone())
        .map_err(|_| Error::new_spanned(value, "prefix must be a string literal"))
}

/// The names in `key(a, b)`. To skip nothing, or to choose nothing, is what other crates let one write, too.
fn names(key: &Ident, input: ParseStream<'_>) -> Result<Vec<Ident>> {
    if !input.peek(syn::token::Paren) {
        return Err(Error::new(
            key.span(),
            format!("expected parameter names: `{key}(…)`"),
        ));
    }
    let content;
    parenthesized!(content in input);
    let parameter = |input: ParseStream<'_>| {
        let at = input.span();
        let name = input.call(Ident::parse_any);
        name.map_err(|_| Error::new(at, "expected a parameter name"))
    };
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, parameter)?;
    if names.is_empty() && key != "skip" && key != "only" {
        return Err(Error::new(
            key.span(),
            format!("expected at least one parameter name: `{key}(…)`"),
        ));
    }
    let mut seen: Vec<Ident> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            return Err(Error::new(name.span(), format!("`{name}` given twice")));
        }
        seen.push(name);
    }
    Ok(seen)
}

//! What the arguments of all attributes share.

use std::fmt;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{Error, Path, Result, Token};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attr {
    Trace,
    TraceWithOpname,
    TagArgs,
}

impl fmt::Display for Attr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "#[trace]",
            Self::TraceWithOpname => "#[trace_with_opname]",
            Self::TagArgs => "#[tag_args]",
        })
    }
}

/// The path of the runtime crate.
#[derive(Clone, Default)]
pub(crate) struct Krate(Option<Path>);

impl Krate {
    pub(crate) fn parse(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let wrong = || Error::new(key.span(), "expected a path: `crate = path::to::fedtrace`");
        input.parse::<Token![=]>().map_err(|_| wrong())?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(wrong());
        }
        let path = input.call(Path::parse_mod_style)?;
        set_once(&mut self.0, key, path)
    }

    /// The option as it is written.
    pub(crate) fn option(&self) -> Option<TokenStream> {
        let path = self.0.as_ref()?;
        Some(quote!(crate = #path))
    }

    /// The path of the crate ends in this name.
    pub(crate) fn is(&self, name: &Ident) -> bool {
        match &self.0 {
            Some(path) => path.segments.last().is_some_and(|segment| segment.ident == *name),
            None => false,
        }
    }
}

impl ToTokens for Krate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => path.to_tokens(tokens),
            None => tokens.extend(quote!(::fedtrace)),
        }
    }
}

/// A parser of options with commas between them.
pub(crate) fn options<T: Default>(
    mut option: impl FnMut(ParseStream<'_>, &mut T) -> Result<()>,
) -> impl FnOnce(ParseStream<'_>) -> Result<T> {
    move |input| {
        let mut parsed = T::default();
        while !input.is_empty() {
            option(input, &mut parsed)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(parsed)
    }
}

pub(crate) fn unknown_option(key: &Ident, known: &[&str]) -> Error {
    let message = format!("unknown option `{key}`; expected one of {}", quoted_list(known));
    Error::new(key.span(), message)
}

pub(crate) fn quoted_list(options: &[&str]) -> String {
    let options: Vec<String> = options.iter().map(|option| format!("`{option}`")).collect();
    options.join(", ")
}

/// Sets an option that was not given before.
pub(crate) fn set_once<T>(option: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match option.replace(value) {
        Some(_) => Err(Error::new(key.span(), format!("option `{key}` given twice"))),
        None => Ok(()),
    }
}

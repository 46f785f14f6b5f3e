//! The arguments of an attribute.

use std::fmt;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Lit, LitStr, Path, Result, Token, parenthesized};

use crate::expression;
use crate::fields::{self, Field};

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
    fn parse(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let wrong = || Error::new(key.span(), "expected a path: `crate = path::to::fedtrace`");
        input.parse::<Token![=]>().map_err(|_| wrong())?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(wrong());
        }
        let path = input.call(Path::parse_mod_style)?;
        set_once(&mut self.0, key, path)
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

/// The name of a span: a literal, or the path of a constant.
pub(crate) enum OpName {
    Literal(LitStr),
    Constant(TokenStream),
}

impl ToTokens for OpName {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Constant(path) => tokens.extend(path.clone()),
        }
    }
}

/// The options that `#[trace]` and `#[trace_with_opname]` share.
#[derive(Default)]
pub(crate) struct Target {
    pub(crate) krate: Krate,
    /// The expression of the tracer.
    pub(crate) tracer: Option<TokenStream>,
}

impl Target {
    /// Parses the value of the option. `None` if it is another option.
    fn parse(&mut self, key: &Ident, input: ParseStream<'_>) -> Option<Result<()>> {
        if key == "crate" {
            return Some(self.krate.parse(key, input));
        }
        (key == "tracer").then(|| {
            let tracer = expression::value(key, input, "&self.tracer")?;
            set_once(&mut self.tracer, key, tracer)
        })
    }

    /// The options as they are written, each after a comma.
    pub(crate) fn options(&self) -> TokenStream {
        let krate = self.krate.0.iter();
        let tracer = self.tracer.iter();
        quote!(#(, crate = #krate)* #(, tracer = #tracer)*)
    }
}

#[derive(Default)]
pub(crate) struct TraceArgs {
    pub(crate) target: Target,
    /// The word `prefix`, and the start of the names of the methods.
    pub(crate) prefix: Option<(Ident, LitStr)>,
    pub(crate) skip: Option<Span>,
}

impl TraceArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        options(|input, parsed: &mut Self| {
            if !input.peek(Ident::peek_any) {
                return Err(unexpected_name(&input.parse::<TokenTree>()?));
            }
            let key = input.call(Ident::parse_any)?;
            if input.peek(Token![::]) {
                return Err(unexpected_name(&key));
            }
            if let Some(parsed) = parsed.target.parse(&key, input) {
                return parsed;
            }
            if key == "prefix" {
                let prefix = prefix(&key, input)?;
                set_once(&mut parsed.prefix, &key, (key.clone(), prefix))
            } else if key == "skip" && !input.peek(Token![=]) && !input.peek(syn::token::Paren) {
                set_once(&mut parsed.skip, &key, key.span())
            } else if input.is_empty() || input.peek(Token![,]) {
                Err(unexpected_name(&key))
            } else {
                Err(unknown_option(&key, &["crate", "prefix", "tracer"]))
            }
        })
        .parse2(args)
    }
}

fn prefix(key: &Ident, input: ParseStream<'_>) -> Result<LitStr> {
    let value = expression::value(key, input, "\"Type::\"")?;
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(prefix) if prefix.value().trim().is_empty() => {
            Err(Error::new(prefix.span(), "prefix must not be empty"))
        }
        Ok(prefix) => Ok(prefix),
        Err(_) => Err(Error::new_spanned(value, "prefix must be a string literal")),
    }
}

pub(crate) struct OpNameArgs {
    pub(crate) name: OpName,
    pub(crate) target: Target,
}

impl OpNameArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        let parser = |input: ParseStream<'_>| {
            if input.is_empty() || begins_with_option(input) {
                return Err(Error::new(
                    Span::call_site(),
                    "expected an operation name: #[trace_with_opname(\"name\")]",
                ));
            }
            let name = op_name(input)?;
            if !input.is_empty() && !input.peek(Token![,]) {
                return Err(Error::new(input.span(), "expected exactly one operation name"));
            }
            input.parse::<Option<Token![,]>>()?;
            let target = options(|input, target: &mut Target| {
                if !(input.peek(Ident::peek_any) && input.peek2(Token![=])) {
                    return Err(Error::new(input.span(), "expected exactly one operation name"));
                }
                let key = input.call(Ident::parse_any)?;
                target
                    .parse(&key, input)
                    .unwrap_or_else(|| Err(unknown_option(&key, &["crate", "tracer"])))
            })(input)?;
            Ok(Self { name, target })
        };
        parser.parse2(args)
    }
}

fn begins_with_option(input: ParseStream<'_>) -> bool {
    let key = input.fork().call(Ident::parse_any);
    input.peek2(Token![=]) && key.is_ok_and(|key| key == "crate" || key == "tracer")
}

fn op_name(input: ParseStream<'_>) -> Result<OpName> {
    let wrong = "operation name must be a string literal or the path of a constant";
    let at = input.span();
    let mut expression: Expr = input.parse().map_err(|_| Error::new(at, wrong))?;
    while let Expr::Group(group) = expression {
        expression = *group.expr;
    }
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => {
            if literal.value().trim().is_empty() {
                return Err(Error::new(literal.span(), "operation name must not be empty"));
            }
            Ok(OpName::Literal(literal))
        }
        Expr::Path(path) => Ok(OpName::Constant(path.into_token_stream())),
        other => Err(Error::new_spanned(other, wrong)),
    }
}

#[derive(Default)]
pub(crate) struct TagArgs {
    pub(crate) krate: Krate,
    pub(crate) skip: Option<Vec<Ident>>,
    pub(crate) only: Option<Vec<Ident>>,
    pub(crate) reveal: Option<Vec<Ident>>,
    pub(crate) redact: Option<Vec<Ident>>,
    pub(crate) fields: Option<Vec<Field>>,
}

impl TagArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        options(|input, parsed: &mut Self| {
            let at = input.span();
            let known = ["crate", "skip", "only", "reveal", "redact", "fields"];
            let key = input.call(Ident::parse_any);
            let key = key
                .map_err(|_| Error::new(at, format!("expected an option: one of {}", quoted_list(&known))))?;
            let other = match () {
                () if key == "crate" => return parsed.krate.parse(&key, input),
                () if key == "fields" => {
                    let fields = fields::parse(&key, input)?;
                    return set_once(&mut parsed.fields, &key, fields);
                }
                () if key == "skip" => parsed.only.is_some(),
                () if key == "only" => parsed.skip.is_some(),
                () if key == "reveal" || key == "redact" => false,
                () => return Err(unknown_option(&key, &known)),
            };
            if other {
                return Err(Error::new(key.span(), "use either skip or only, not both"));
            }
            let list = match () {
                () if key == "skip" => &mut parsed.skip,
                () if key == "only" => &mut parsed.only,
                () if key == "reveal" => &mut parsed.reveal,
                () => &mut parsed.redact,
            };
            set_once(list, &key, names(&key, input)?)
        })
        .parse2(args)
    }
}

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
    if names.is_empty() {
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

/// A parser of options with commas between them.
fn options<T: Default>(
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

fn unexpected_name(argument: &impl ToTokens) -> Error {
    let text = argument.to_token_stream();
    Error::new_spanned(
        argument,
        format!("#[trace] takes no name; use #[trace_with_opname({text})]"),
    )
}

fn unknown_option(key: &Ident, known: &[&str]) -> Error {
    let message = format!("unknown option `{key}`; expected one of {}", quoted_list(known));
    Error::new(key.span(), message)
}

fn quoted_list(options: &[&str]) -> String {
    let options: Vec<String> = options.iter().map(|option| format!("`{option}`")).collect();
    options.join(", ")
}

/// Sets an option that was not given before.
fn set_once<T>(option: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match option.replace(value) {
        Some(_) => Err(Error::new(key.span(), format!("option `{key}` given twice"))),
        None => Ok(()),
    }
}

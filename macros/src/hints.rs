//! Options of the attributes of `tracing` and `fastrace`, and what to write here instead.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Error;
use syn::parse::ParseStream;

use crate::args::Attr;
use crate::span_options::SpanOptions;

/// The error for an option that this attribute does not have. `None` if no other attribute has it either.
pub(crate) fn find(attr: Attr, key: &Ident, input: ParseStream<'_>) -> Option<Error> {
    let name = key.to_string();
    let advice = match (attr, name.as_str()) {
        (Attr::TagArgs, "name") => "write #[trace_with_opname(\"name\")] beside it".to_owned(),
        (Attr::TagArgs, "names") => "write `prefix = \"\"` for keys without `ARG.`".to_owned(),
        (Attr::TagArgs, name) if SpanOptions::NAMES.contains(&name) => {
            format!(
                "it is an option of #[trace]: write #[trace({name}{})]",
                rest(input)
            )
        }
        (Attr::Trace, "name") => format!("write #[trace_with_opname({})]", value(input)),
        (Attr::TraceWithOpname, "name") => format!("the name stands alone: {attr}({})", value(input)),
        (_, "skip_all") => "leave it out: arguments are only recorded with #[tag_args]".to_owned(),
        (_, "skip") => format!("write #[tag_args(skip{})] beside it", rest(input)),
        (_, "fields") => "write #[tag_args(skip_all, fields(…))] beside it".to_owned(),
        (_, "properties") => {
            "write #[tag_args(skip_all, fields(key = format_args!(\"{argument}\")))] beside it".to_owned()
        }
        (_, "short_name") => "leave it out: the name has no path".to_owned(),
        (_, "enter_on_poll") => {
            "leave it out: a future has one span; for one span per poll, open it where the future is polled"
                .to_owned()
        }
        _ => return None,
    };
    Some(Error::new(
        key.span(),
        format!("{attr} has no option `{name}`; {advice}"),
    ))
}

/// The value behind `=`, for the message.
fn value(input: ParseStream<'_>) -> String {
    let behind = rest(input);
    let value = behind.trim_start().trim_start_matches('=').trim_start();
    if value.is_empty() {
        "\"name\"".to_owned()
    } else {
        value.to_owned()
    }
}

/// What is written behind the name of the option.
fn rest(input: ParseStream<'_>) -> String {
    let tokens = input.fork().parse::<TokenStream>().unwrap_or_default();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    let own: TokenStream = tokens.into_iter().take_while(|token| !is_comma(token)).collect();
    match own.clone().into_iter().next() {
        None => String::new(),
        Some(TokenTree::Punct(_)) => format!(" {}", own.to_token_stream()),
        Some(_) => own.to_string(),
    }
}

//! The expansions of the attributes.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error};

use crate::args::{Attr, Krate};
use crate::async_block;
use crate::async_fn;
use crate::attribute::{self, is_tag_args, is_trace};
use crate::body::Content;
use crate::carry;
use crate::error;
use crate::function::Function;
use crate::item::{Item, Kind};
use crate::lints;
use crate::op_name::{OpName, OpNameArgs};
use crate::result_fn;
use crate::scope;
use crate::shape::Shape;
use crate::span_options::SpanOptions;
use crate::stream;
use crate::tag_options::TagArgs;
use crate::token::mixed_site;
use crate::trace_args::TraceArgs;

/// The tokens in place of an item, or else the error and the item.
pub(crate) type Expansion = std::result::Result<TokenStream, TokenStream>;

pub(crate) fn trace(args: TokenStream, item: TokenStream) -> Expansion {
    let item = Item::new(item);
    let parsed = TraceArgs::parse(args.clone()).map_err(|error| item.reject(&error))?;
    if let Some(at) = parsed.skip {
        return Err(item.reject(&error::skip_outside_impl(at)));
    }
    match item.kind(Attr::Trace).map_err(|error| item.reject(&error))? {
        Kind::Function(function) => match &parsed.prefix {
            Some((at, prefix)) => {
                let name = attribute::name_with_prefix(prefix, &function.signature.ident);
                Err(item.reject(&error::prefix_on_function(at.span(), &name.value())))
            }
            None => trace_function(*function, &parsed.options, None, &args),
        },
        Kind::Impl(block) => Ok(block.trace(&parsed)),
    }
}

pub(crate) fn trace_with_opname(args: TokenStream, item: TokenStream) -> Expansion {
    let item = Item::new(item);
    let parsed = OpNameArgs::parse(args.clone()).map_err(|error| item.reject(&error))?;
    match item
        .kind(Attr::TraceWithOpname)
        .map_err(|error| item.reject(&error))?
    {
        Kind::Function(function) => trace_function(*function, &parsed.options, Some(parsed.name), &args),
        Kind::Impl(_) => Err(item.reject(&error::impl_block(Attr::TraceWithOpname, Span::call_site()))),
    }
}

pub(crate) fn tag_args(args: TokenStream, item: TokenStream) -> Expansion {
    let item = Item::new(item);
    let parsed = TagArgs::parse(args).map_err(|error| error::with_item(&error, quote!(#item)))?;
    let mut function = match item.kind(Attr::TagArgs).map_err(|error| item.reject(&error))? {
        Kind::Function(function) => function,
        Kind::Impl(_) => return Err(item.reject(&error::impl_block(Attr::TagArgs, Span::call_site()))),
    };
    reject_second(&mut function, is_tag_args, error::tagged_twice)?;
    let as_received = quote!(#function);
    lints::allow_lost(&mut function.attributes, lints::LOST_BY_TAG_ARGS);
    function.allow_spared();
    crate::tag_args::expand(&function, &parsed).map_err(|error| error::with_item(&error, as_received))
}

/// Traces the function, unless another attribute has to be expanded first.
fn trace_function(
    mut function: Function,
    options: &SpanOptions,
    name: Option<OpName>,
    args: &TokenStream,
) -> Expansion {
    let krate = &options.krate;
    reject_second(
        &mut function,
        |attribute| is_trace(attribute, krate),
        error::traced_twice,
    )?;
    if function.is_half_typed() {
        return Ok(quote!(#function));
    }
    if let Some(position) = function.attributes.iter().rposition(is_tag_args) {
        // The upper attribute is expanded first, so its code ends up inside that of the lower one.
        let again = same_attribute(krate, name.as_ref(), args);
        function.attributes.insert(position + 1, again);
        return Ok(quote!(#function));
    }
    let shape = Shape::of(&function, options);
    if let Some(error) = shape.contradiction(&function, options) {
        return Err(error::with_item(&error, quote!(#function)));
    }
    lints::allow_lost(&mut function.attributes, lints::LOST_BY_TRACE);
    function.allow_spared();
    let name = name.unwrap_or_else(|| scope::name_of_function(&function.signature.ident));
    let site = scope::site(krate, &name);
    let enter = scope::enter(options, &site);
    Ok(match shape {
        Shape::AsyncFn => async_fn::expand(&function, options, &site),
        Shape::AsyncBlock(tail) => async_block::expand(&function, options, &site, &tail),
        Shape::StatementsAndAsyncBlock(tail) => carry::expand_block(&function, options, &enter, &tail),
        Shape::FutureValue(future) => carry::expand_value(&function, options, &enter, future),
        Shape::Stream(stream) => stream::expand(&function, krate, &enter, stream),
        Shape::ResultFn(output) => result_fn::expand(&function, options, &enter, &output),
        Shape::PlainFn => plain_fn(&function, &enter),
    })
}

fn plain_fn(function: &Function, enter: &TokenStream) -> TokenStream {
    let Content { items, rest } = Content::split(function.body.content());
    let scope = quote_spanned!(mixed_site()=> let _fedtrace_scope = #enter;);
    function.with_content(quote!(#items #scope #rest))
}

/// The attribute that is being expanded.
fn same_attribute(krate: &Krate, name: Option<&OpName>, args: &TokenStream) -> Attribute {
    let attribute = match name {
        Some(_) => quote!(trace_with_opname),
        None => quote!(trace),
    };
    attribute::new(krate, &attribute, args)
}

/// Returns an error if the function has the attribute twice.
fn reject_second(
    function: &mut Function,
    is_same: impl Fn(&Attribute) -> bool,
    error: fn(Span) -> Error,
) -> Result<(), TokenStream> {
    let Some(position) = function.attributes.iter().position(is_same) else {
        return Ok(());
    };
    let second = function.attributes.remove(position);
    let error = error(second.path().span());
    Err(error::with_item(&error, quote!(#function)))
}

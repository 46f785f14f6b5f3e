//! The tags that stand at the start of a body.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, Result};

use crate::args::{Krate, TagArgs};
use crate::async_trait::{self, Future};
use crate::attribute::is_trace;
use crate::binding::Binding;
use crate::body::Content;
use crate::fields::Field;
use crate::function::Function;
use crate::tail::Tail;
use crate::token::mixed;
use crate::uses;

pub(crate) fn expand(function: &Function, args: &TagArgs) -> Result<TokenStream> {
    let content = function.body.content();
    let bindings = function.bindings();
    let krate = &args.krate;
    let is_traced = || {
        let attributes = &mut function.attributes.iter();
        attributes.any(|attribute| is_trace(attribute, krate))
    };
    // The span of a traced function that does something before is open when the function is called.
    let tail = match function.signature.asyncness {
        Some(_) => None,
        None => Tail::find(content.clone()).filter(|tail| tail.is_whole_body() || !is_traced()),
    };
    let content = match tail {
        Some(tail) => {
            let (future, bindings) = async_trait::unpack(tail.block.content(), bindings);
            before_future(tail, future, chosen(bindings, args)?, krate)
        }
        None => {
            let tags = on_active_span(&chosen(bindings, args)?, krate);
            let Content { items, rest } = Content::split(content);
            quote!(#items #tags #rest)
        }
    };
    if function.is_half_typed() {
        return Ok(quote!(#function));
    }
    Ok(function.with_body(&function.body.with_content(content)))
}

enum Tag<'a> {
    Argument {
        binding: Binding,
        redacted: bool,
    },
    Field {
        field: &'a Field,
        /// It needs what is bound in the future that the function returns.
        in_future: bool,
    },
}

/// What keeps the tags: its type, and a reference to it.
type Recorder = (TokenStream, TokenStream);

impl Tag<'_> {
    /// `tag(recorder, "ARG.name", value);`, as a path: a trait of the user may have a method of that name for every
    /// type.
    fn statement(&self, krate: &Krate, (kind, recorder): &Recorder, limit: &Ident) -> TokenStream {
        let value_of = |reference| {
            let argument = quote_spanned!(mixed()=> #krate::__private::Argument::new(#reference));
            quote_spanned!(mixed()=> #argument.fedtrace_value(#limit))
        };
        let tag = quote_spanned!(mixed()=> #krate::__private::#kind::tag);
        match self {
            Self::Argument { binding, redacted } => {
                let Binding { ident, cfgs, .. } = binding;
                let key = format!("ARG.{}", binding.name());
                let value = if *redacted {
                    quote_spanned!(mixed()=> #krate::__private::redacted())
                } else {
                    value_of(quote_spanned!(mixed()=> &#ident))
                };
                quote_spanned!(mixed()=> #(#cfgs)* #tag(#recorder, #key, #value);)
            }
            Self::Field { field, .. } => {
                let Field { name, value } = field;
                let value = value_of(quote_spanned!(mixed()=> &(#value)));
                quote_spanned!(mixed()=> #tag(#recorder, #name, #value);)
            }
        }
    }
}

/// Hygiene keeps variables apart, but not a variable and a constant of the user.
fn local(name: &str) -> Ident {
    format_ident!("fedtrace_{name}", span = mixed())
}

fn on_active_span(tags: &[Tag<'_>], krate: &Krate) -> TokenStream {
    if tags.is_empty() {
        return TokenStream::new();
    }
    let recording = local("recording");
    let limit = local("limit");
    let allow = allow_underscore(tags);
    let recorder = (quote!(Recording), quote_spanned!(mixed()=> &#recording));
    let statements = tags.iter().map(|tag| tag.statement(krate, &recorder, &limit));
    quote_spanned! {mixed()=>
        #allow
        if let #krate::__private::Some(#recording) = #krate::__private::recording() {
            let #limit = #krate::__private::Recording::max_tag_value_length(&#recording);
            #(#statements)*
        }
    }
}

/// Tags of a future are set when it is first polled. An argument that it does not own is formatted before that,
/// since to keep it would make the future borrow what it did not borrow.
fn before_future(tail: Tail, future: Future, tags: Vec<Tag<'_>>, krate: &Krate) -> TokenStream {
    let Future { patterns, rest } = future;
    let Content { items, rest } = Content::split(rest);
    let (owned, early): (Vec<_>, Vec<_>) = tags.into_iter().partition(|tag| owns(&tail, tag));
    let owned = on_active_span(&owned, krate);
    if early.is_empty() {
        let block = tail.block.with_content(quote!(#items #patterns #owned #rest));
        return tail.replace(block);
    }
    let keeper = local("tags");
    let limit = local("limit");
    let allow = allow_underscore(&early);
    let recorder = (quote!(EarlyTags), quote_spanned!(mixed()=> &mut #keeper));
    let statements = early.iter().map(|tag| tag.statement(krate, &recorder, &limit));
    // One statement, by which `#[trace]` knows that it is not of the user.
    let keep = quote_spanned! {mixed()=>
        let #keeper = {
            let mut #keeper = #krate::__private::EarlyTags::new();
            #allow
            if let #krate::__private::Some(#limit) = #krate::__private::EarlyTags::max_tag_value_length(&#keeper) {
                #(#statements)*
            }
            #keeper
        };
    };
    let set = quote_spanned!(mixed()=> #krate::__private::EarlyTags::set(#keeper););
    let block = tail
        .block
        .with_content(quote!(#items #set #patterns #owned #rest));
    let Content { items, rest } = Content::split(tail.replace(block));
    quote!(#items #keep #rest)
}

/// What is named above the future may be something else by then: changed, or another variable of that name.
fn owns(tail: &Tail, tag: &Tag<'_>) -> bool {
    match tag {
        Tag::Argument { redacted: true, .. } => true,
        Tag::Argument { binding, .. } => {
            let name = binding.ident.to_string();
            binding.in_future
                || tail.block.is_move()
                    && !tail.mentions_before(&name)
                    && uses::uses_whole(tail.block.content(), &name)
        }
        Tag::Field { in_future, .. } => *in_future,
    }
}

fn allow_underscore(tags: &[Tag<'_>]) -> Option<TokenStream> {
    let needed = |tag: &Tag<'_>| match tag {
        Tag::Argument { binding, redacted } => !redacted && binding.name().starts_with('_'),
        Tag::Field { .. } => false,
    };
    tags.iter()
        .any(needed)
        .then(|| quote!(#[allow(clippy::used_underscore_binding)]))
}

fn chosen(bindings: Vec<Binding>, args: &TagArgs) -> Result<Vec<Tag<'_>>> {
    for list in [&args.skip, &args.only, &args.reveal] {
        check(list.as_deref(), &bindings)?;
    }
    let is_in = |list: &Option<Vec<Ident>>, binding: &Binding| {
        let names = list.iter().flatten();
        names.map(Ident::unraw).any(|name| name == binding.ident.unraw())
    };
    let is_tagged = |binding: &Binding| {
        !is_in(&args.skip, binding) && (args.only.is_none() || is_in(&args.only, binding))
    };
    for name in args.reveal.iter().flatten() {
        let is_revealed = |binding: &Binding| is_tagged(binding) && binding.ident.unraw() == name.unraw();
        if !bindings.iter().any(is_revealed) {
            let message = format!("`{name}` is not tagged, so there is nothing to reveal");
            return Err(Error::new(name.span(), message));
        }
    }
    let fields: Vec<Tag<'_>> = args
        .fields
        .iter()
        .flatten()
        .map(|field| field_of(field, &bindings))
        .collect();
    let arguments = bindings
        .into_iter()
        .filter(is_tagged)
        .map(|binding| Tag::Argument {
            redacted: binding.secret && !is_in(&args.reveal, &binding),
            binding,
        });
    Ok(arguments.chain(fields).collect())
}

fn field_of<'a>(field: &'a Field, bindings: &[Binding]) -> Tag<'a> {
    let needs =
        |binding: &Binding| binding.in_future && uses::uses(field.value.clone(), &binding.ident.to_string());
    Tag::Field {
        field,
        in_future: bindings.iter().any(needs),
    }
}

fn check(names: Option<&[Ident]>, bindings: &[Binding]) -> Result<()> {
    for name in names.into_iter().flatten() {
        if name == "self" {
            return Err(Error::new(name.span(), "self is never tagged"));
        }
        if !bindings
            .iter()
            .any(|binding| binding.ident.unraw() == name.unraw())
        {
            let message = format!("no parameter named `{name}` in this function");
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(())
}

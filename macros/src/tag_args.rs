//! The tags at the start of a body.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, Result};

use crate::args::{Krate, TagArgs};
use crate::async_trait::{self, FutureContent};
use crate::attribute::is_trace;
use crate::binding::Binding;
use crate::body::Content;
use crate::fields::Field;
use crate::function::Function;
use crate::tail::Tail;
use crate::token::mixed_site;
use crate::uses;

pub(crate) fn expand(function: &Function, args: &TagArgs) -> Result<TokenStream> {
    let content = function.body.content();
    let bindings = function.bindings();
    let krate = &args.krate;
    let is_traced = || {
        let attributes = &mut function.attributes.iter();
        attributes.any(|attribute| is_trace(attribute, krate))
    };
    // The span of a traced function with statements before the future is open when the function is called.
    let tail = match function.signature.asyncness {
        Some(_) => None,
        None => Tail::find(content.clone()).filter(|tail| tail.is_whole_body() || !is_traced()),
    };
    let content = match tail {
        Some(tail) => {
            let (future, bindings) = async_trait::unpack(tail.block.content(), bindings);
            tag_future(tail, future, select_tags(bindings, args)?, krate)
        }
        None => {
            let tags = tag_active_span(&select_tags(bindings, args)?, krate);
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
        /// The value uses a variable that is bound in the future that the function returns.
        in_future: bool,
    },
}

/// What keeps the tags.
struct Recorder {
    kind: TokenStream,
    variable: Ident,
    /// `&`, or `&mut`.
    borrow: TokenStream,
}

impl Tag<'_> {
    /// `Type::tag(recorder, "ARG.name", value);`. It is not a method call, since a trait of the user may have a method of
    /// that name for every type.
    fn statement(&self, krate: &Krate, recorder: &Recorder, limit: &Ident) -> TokenStream {
        let Recorder {
            kind,
            variable,
            borrow,
        } = recorder;
        let value_of = |reference| {
            let argument = quote_spanned!(mixed_site()=> #krate::__private::Argument::new(#reference));
            quote_spanned!(mixed_site()=> #argument.fedtrace_value(#limit))
        };
        let recorder = quote_spanned!(mixed_site()=> #krate::__private::#kind);
        let kept = quote_spanned!(mixed_site()=> #borrow #variable);
        match self {
            Self::Argument { binding, redacted } => {
                let Binding { ident, cfgs, .. } = binding;
                let key = format!("ARG.{}", binding.name());
                let stand_in = quote_spanned!(mixed_site()=> #krate::__private::redacted());
                if *redacted {
                    return quote_spanned!(mixed_site()=> #(#cfgs)* #recorder::tag(#kept, #key, #stand_in););
                }
                let shown = value_of(quote_spanned!(mixed_site()=> &#ident));
                // A variable, because `kept` may borrow mutably.
                let value = self::variable("value");
                quote_spanned! {mixed_site()=>
                    #(#cfgs)*
                    {
                        let #value = if #recorder::redacts(&#variable, #key) { #stand_in } else { #shown };
                        #recorder::tag(#kept, #key, #value);
                    }
                }
            }
            Self::Field { field, .. } => {
                let Field { name, value } = field;
                let value = value_of(quote_spanned!(mixed_site()=> &(#value)));
                quote_spanned!(mixed_site()=> #recorder::tag(#kept, #name, #value);)
            }
        }
    }
}

/// The prefix keeps variables apart from constants of the user, which hygiene does not.
fn variable(name: &str) -> Ident {
    format_ident!("fedtrace_{name}", span = mixed_site())
}

fn tag_active_span(tags: &[Tag<'_>], krate: &Krate) -> TokenStream {
    if tags.is_empty() {
        return TokenStream::new();
    }
    let recording = variable("recording");
    let limit = variable("limit");
    let allow = allow_underscore(tags);
    let allow_limit = allow_unused(tags);
    let recorder = Recorder {
        kind: quote!(Recording),
        variable: recording.clone(),
        borrow: quote_spanned!(mixed_site()=> &),
    };
    let statements = tags.iter().map(|tag| tag.statement(krate, &recorder, &limit));
    quote_spanned! {mixed_site()=>
        #allow
        if let #krate::__private::Some(#recording) = #krate::__private::recording() {
            #allow_limit
            let #limit = #krate::__private::Recording::max_tag_value_length(&#recording);
            #(#statements)*
        }
    }
}

/// The tags of a future are set at its first poll. An argument that the future does not own is formatted when the
/// function is called. Otherwise the future would borrow it.
fn tag_future(tail: Tail, future: FutureContent, tags: Vec<Tag<'_>>, krate: &Krate) -> TokenStream {
    let FutureContent { patterns, rest } = future;
    let Content { items, rest } = Content::split(rest);
    let (owned, early): (Vec<_>, Vec<_>) = tags.into_iter().partition(|tag| future_owns(&tail, tag));
    let owned = tag_active_span(&owned, krate);
    if early.is_empty() {
        let block = tail.block.with_content(quote!(#items #patterns #owned #rest));
        return tail.replace(block);
    }
    let keeper = variable("tags");
    let limit = variable("limit");
    let allow = allow_underscore(&early);
    let allow_keeper = allow_unused(&early);
    let recorder = Recorder {
        kind: quote!(EarlyTags),
        variable: keeper.clone(),
        borrow: quote_spanned!(mixed_site()=> &mut),
    };
    let statements = early.iter().map(|tag| tag.statement(krate, &recorder, &limit));
    // `#[trace]` recognizes this one statement as generated.
    let keep = quote_spanned! {mixed_site()=>
        let #keeper = {
            #allow_keeper
            let mut #keeper = #krate::__private::EarlyTags::new();
            #allow
            #allow_keeper
            if let #krate::__private::Some(#limit) = #krate::__private::EarlyTags::max_tag_value_length(&#keeper) {
                #(#statements)*
            }
            #keeper
        };
    };
    let set = quote_spanned!(mixed_site()=> #krate::__private::EarlyTags::set(#keeper););
    let block = tail
        .block
        .with_content(quote!(#items #set #patterns #owned #rest));
    let Content { items, rest } = Content::split(tail.replace(block));
    quote!(#items #keep #rest)
}

/// An argument that is mentioned above the future may be changed or shadowed before the first poll.
fn future_owns(tail: &Tail, tag: &Tag<'_>) -> bool {
    match tag {
        Tag::Argument { redacted: true, .. } => true,
        Tag::Argument { binding, .. } => {
            let name = binding.ident.to_string();
            binding.in_future
                || tail.block.is_move()
                    && !tail.mentions_before(&name)
                    && uses::uses_without_fields(tail.block.content(), &name)
        }
        Tag::Field { in_future, .. } => *in_future,
    }
}

fn allow_underscore(tags: &[Tag<'_>]) -> Option<TokenStream> {
    let needed = |tag: &Tag<'_>| match tag {
        Tag::Argument { binding, redacted } => !redacted && binding.is_underscored(),
        Tag::Field { .. } => false,
    };
    tags.iter()
        .any(needed)
        .then(|| quote!(#[allow(clippy::used_underscore_binding)]))
}

/// All tags may be configured away.
fn allow_unused(tags: &[Tag<'_>]) -> Option<TokenStream> {
    let may_be_gone =
        |tag: &Tag<'_>| matches!(tag, Tag::Argument { binding, .. } if !binding.cfgs.is_empty());
    tags.iter()
        .all(may_be_gone)
        .then(|| quote!(#[allow(unused_mut, unused_variables)]))
}

fn select_tags(bindings: Vec<Binding>, args: &TagArgs) -> Result<Vec<Tag<'_>>> {
    for list in [&args.skip, &args.only, &args.reveal, &args.redact] {
        check_names(list.as_deref(), &bindings)?;
    }
    let is_in = |list: &Option<Vec<Ident>>, binding: &Binding| {
        let names = list.iter().flatten();
        names.map(Ident::unraw).any(|name| name == binding.ident.unraw())
    };
    let is_tagged = |binding: &Binding| {
        !is_in(&args.skip, binding) && (args.only.is_none() || is_in(&args.only, binding))
    };
    let is_tagged_name = |name: &Ident| {
        let mut tagged = bindings.iter().filter(|binding| is_tagged(binding));
        tagged.any(|binding| binding.ident.unraw() == name.unraw())
    };
    for (list, verb) in [(&args.reveal, "reveal"), (&args.redact, "redact")] {
        if let Some(name) = list.iter().flatten().find(|name| !is_tagged_name(name)) {
            let message = format!("`{name}` is not tagged, so there is nothing to {verb}");
            return Err(Error::new(name.span(), message));
        }
    }
    check_is_not_both(args)?;
    let fields: Vec<Tag<'_>> = args
        .fields
        .iter()
        .flatten()
        .map(|field| field_tag(field, &bindings))
        .collect();
    let arguments = bindings
        .into_iter()
        .filter(is_tagged)
        .map(|binding| Tag::Argument {
            redacted: binding.is_secret && !is_in(&args.reveal, &binding) || is_in(&args.redact, &binding),
            binding,
        });
    Ok(arguments.chain(fields).collect())
}

fn field_tag<'a>(field: &'a Field, bindings: &[Binding]) -> Tag<'a> {
    let needs =
        |binding: &Binding| binding.in_future && uses::uses(field.value.clone(), &binding.ident.to_string());
    Tag::Field {
        field,
        in_future: bindings.iter().any(needs),
    }
}

fn check_is_not_both(args: &TagArgs) -> Result<()> {
    let is_revealed = |name: &Ident| {
        let mut revealed = args.reveal.iter().flatten();
        revealed.any(|other| other.unraw() == name.unraw())
    };
    match args.redact.iter().flatten().find(|name| is_revealed(name)) {
        Some(name) => Err(Error::new(
            name.span(),
            format!("`{name}` cannot be both revealed and redacted"),
        )),
        None => Ok(()),
    }
}

fn check_names(names: Option<&[Ident]>, bindings: &[Binding]) -> Result<()> {
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

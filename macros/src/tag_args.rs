//! The tags at the start of a body.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, Result};

use crate::async_trait::{self, FutureContent};
use crate::attribute::is_trace;
use crate::binding::Binding;
use crate::body::Content;
use crate::fields::{Field, Key};
use crate::function::Function;
use crate::tag::{Recorder, Tag, variable};
use crate::tag_options::TagArgs;
use crate::tail::Tail;
use crate::token::mixed_site;
use crate::trace_args;
use crate::uses;

pub(crate) fn expand(function: &Function, args: &TagArgs) -> Result<TokenStream> {
    let content = function.body.content();
    let bindings = function.bindings();
    let krate = &args.krate;
    let setting = Setting::of(function, args);
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
            let tags = select_tags(function, bindings, args)?;
            setting.tag_future(tail, future, tags)
        }
        None => {
            let tags = setting.tag_active_span(&select_tags(function, bindings, args)?);
            let Content { items, rest } = Content::split(content);
            quote!(#items #tags #rest)
        }
    };
    if function.is_half_typed() {
        return Ok(quote!(#function));
    }
    Ok(function.with_body(&function.body.with_content(content)))
}

/// What all tags of a function share.
struct Setting<'a> {
    args: &'a TagArgs,
    /// The level of its span. Where that span does not exist, its tags must not end up in the one around it.
    leveled: Option<TokenStream>,
}

impl<'a> Setting<'a> {
    fn of(function: &Function, args: &'a TagArgs) -> Self {
        let options = function.attributes.iter();
        let mut options = options.filter_map(|own| trace_args::options_of(own, &args.krate));
        Self {
            args,
            leveled: options.find_map(|options| options.leveled()),
        }
    }

    fn tag_active_span(&self, tags: &[Tag<'_>]) -> TokenStream {
        if !tags.iter().any(Tag::has_value) {
            return TokenStream::new();
        }
        let krate = &self.args.krate;
        let recording = variable("recording");
        let limit = variable("limit");
        let allow = allow_underscore(tags);
        let allow_limit = allow_unused(tags);
        let recorder = Recorder::of_span(krate, recording.clone(), limit.clone());
        let statements = tags.iter().map(|tag| recorder.statement(tag, self.args));
        let found = match &self.leveled {
            Some(leveled) => quote_spanned!(mixed_site()=> #krate::__private::Leveled::recording(#leveled)),
            None => quote_spanned!(mixed_site()=> #krate::__private::recording()),
        };
        quote_spanned! {mixed_site()=>
            #allow
            if let #krate::__private::Some(#recording) = #found {
                #allow_limit
                let #limit = #krate::__private::Recording::max_tag_value_length(&#recording);
                #(#statements)*
            }
        }
    }

    /// The tags of a future are set at its first poll. An argument that the future does not own is formatted when the
    /// function is called. Otherwise the future would borrow it.
    fn tag_future(&self, tail: Tail, future: FutureContent, tags: Vec<Tag<'_>>) -> TokenStream {
        let FutureContent { patterns, rest } = future;
        let Content { items, rest } = Content::split(rest);
        let (owned, early): (Vec<_>, Vec<_>) = tags.into_iter().partition(|tag| future_owns(&tail, tag));
        let owned = self.tag_active_span(&owned);
        if !early.iter().any(Tag::has_value) {
            let block = tail.block.with_content(quote!(#items #patterns #owned #rest));
            return tail.replace(block);
        }
        let krate = &self.args.krate;
        let keeper = variable("tags");
        let set = quote_spanned!(mixed_site()=> #krate::__private::EarlyTags::set(#keeper););
        let block = tail
            .block
            .with_content(quote!(#items #set #patterns #owned #rest));
        let keep = self.keep(&keeper, &early);
        let Content { items, rest } = Content::split(tail.replace(block));
        quote!(#items #keep #rest)
    }

    /// `#[trace]` recognizes this one statement as generated.
    fn keep(&self, keeper: &Ident, early: &[Tag<'_>]) -> TokenStream {
        let krate = &self.args.krate;
        let limit = variable("limit");
        let allow = allow_underscore(early);
        let allow_keeper = allow_unused(early);
        let recorder = Recorder::of_future(krate, keeper.clone(), limit.clone());
        let statements = early.iter().map(|tag| recorder.statement(tag, self.args));
        let new = match &self.leveled {
            Some(leveled) => quote_spanned!(mixed_site()=> #krate::__private::EarlyTags::leveled(#leveled)),
            None => quote_spanned!(mixed_site()=> #krate::__private::EarlyTags::new()),
        };
        quote_spanned! {mixed_site()=>
            let #keeper = {
                #allow_keeper
                let mut #keeper = #new;
                #allow
                #allow_keeper
                if let #krate::__private::Some(#limit) = #krate::__private::EarlyTags::max_tag_value_length(&#keeper) {
                    #(#statements)*
                }
                #keeper
            };
        }
    }
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

fn select_tags<'a>(function: &Function, bindings: Vec<Binding>, args: &'a TagArgs) -> Result<Vec<Tag<'a>>> {
    let has_self = function.signature.receiver().is_some();
    let without_self = |name: &&Ident| !(has_self && *name == "self");
    check_names(args.skip.iter().flatten().filter(without_self), &bindings)?;
    for list in [&args.only, &args.reveal, &args.redact] {
        check_names(list.iter().flatten(), &bindings)?;
    }
    let is_tagged = |binding: &Binding| is_tagged(binding, args);
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
        .filter(|binding| is_tagged(binding) && !is_replaced(binding, args))
        .map(|binding| Tag::Argument {
            redacted: binding.is_secret && !is_in(&args.reveal, &binding) || is_in(&args.redact, &binding),
            binding,
        });
    Ok(arguments.chain(fields).collect())
}

fn is_in(list: &Option<Vec<Ident>>, binding: &Binding) -> bool {
    let mut names = list.iter().flatten().map(Ident::unraw);
    names.any(|name| name == binding.ident.unraw())
}

fn is_tagged(binding: &Binding, args: &TagArgs) -> bool {
    args.skip_all.is_none()
        && !is_in(&args.skip, binding)
        && (args.only.is_none() || is_in(&args.only, binding))
}

/// A field of the same key says more about the argument, or that its value comes later.
fn is_replaced(binding: &Binding, args: &TagArgs) -> bool {
    let key = args.key(&binding.name());
    let mut fields = args.fields.iter().flatten();
    fields.any(|field| matches!(&field.key, Key::Text(text) if *text == key))
}

fn field_tag<'a>(field: &'a Field, bindings: &[Binding]) -> Tag<'a> {
    let value = field.value.clone().unwrap_or_default();
    let needs =
        |binding: &Binding| binding.in_future && uses::uses(value.clone(), &binding.ident.to_string());
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

fn check_names<'a>(names: impl Iterator<Item = &'a Ident>, bindings: &[Binding]) -> Result<()> {
    for name in names {
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

//! The tags that stand at the start of a body.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Error, Result};

use crate::args::{Krate, TagArgs};
use crate::async_trait::{self, Future};
use crate::binding::Binding;
use crate::body::{self, Content};
use crate::function::Function;
use crate::redaction;
use crate::tail::Tail;

pub(crate) fn expand(function: &Function, args: &TagArgs) -> Result<TokenStream> {
    let content = function.body.content();
    let bindings = function.bindings();
    let krate = &args.krate;
    let tail = match function.signature.asyncness {
        Some(_) => None,
        None => Tail::find(content.clone()),
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
    Ok(function.with_body(&function.body.with_content(content)))
}

struct ArgumentTag {
    binding: Binding,
    redacted: bool,
}

/// What keeps the tags: its type, and a reference to it.
type Recorder = (TokenStream, TokenStream);

impl ArgumentTag {
    /// `tag(recorder, "ARG.name", value);`, as a path: a trait of the user may have a method of that name for every
    /// type.
    fn statement(&self, krate: &Krate, recorder: &Recorder, limit: &Ident) -> TokenStream {
        let Binding { ident, cfgs, .. } = &self.binding;
        let (kind, recorder) = recorder;
        let key = format!("ARG.{}", self.binding.name());
        let value = if self.redacted {
            quote_spanned!(mixed()=> #krate::__private::redacted())
        } else {
            quote_spanned!(mixed()=> #krate::__private::Argument::new(&#ident).fedtrace_value(#limit))
        };
        quote_spanned!(mixed()=> #(#cfgs)* #krate::__private::#kind::tag(#recorder, #key, #value);)
    }
}

/// Hygiene keeps variables apart, but not a variable and a constant of the user.
fn local(name: &str) -> Ident {
    format_ident!("fedtrace_{name}", span = mixed())
}

fn mixed() -> proc_macro2::Span {
    proc_macro2::Span::mixed_site()
}

fn on_active_span(tags: &[ArgumentTag], krate: &Krate) -> TokenStream {
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
fn before_future(tail: Tail, future: Future, tags: Vec<ArgumentTag>, krate: &Krate) -> TokenStream {
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
    let keep = quote_spanned! {mixed()=>
        let mut #keeper = #krate::__private::EarlyTags::new();
        #allow
        if let #krate::__private::Some(#limit) = #krate::__private::EarlyTags::max_tag_value_length(&#keeper) {
            #(#statements)*
        }
    };
    let set = quote_spanned!(mixed()=> #krate::__private::EarlyTags::set(#keeper););
    let block = tail
        .block
        .with_content(quote!(#items #set #patterns #owned #rest));
    let Content { items, rest } = Content::split(tail.replace(block));
    quote!(#items #keep #rest)
}

/// What is named above the future may be something else by then: changed, or another variable of that name.
fn owns(tail: &Tail, tag: &ArgumentTag) -> bool {
    let Binding { ident, in_future, .. } = &tag.binding;
    let name = ident.to_string();
    tag.redacted
        || *in_future
        || tail.block.is_move()
            && !tail.mentions_before(&name)
            && body::uses_whole(tail.block.content(), &name)
}

fn allow_underscore(tags: &[ArgumentTag]) -> Option<TokenStream> {
    let needed = |tag: &ArgumentTag| !tag.redacted && tag.binding.name().starts_with('_');
    tags.iter()
        .any(needed)
        .then(|| quote!(#[allow(clippy::used_underscore_binding)]))
}

fn chosen(bindings: Vec<Binding>, args: &TagArgs) -> Result<Vec<ArgumentTag>> {
    for list in [&args.skip, &args.only, &args.reveal] {
        check(list.as_deref(), &bindings)?;
    }
    let is_in = |list: &Option<Vec<Ident>>, binding: &Binding| {
        let names = list.iter().flatten();
        names.map(Ident::unraw).any(|name| name == binding.ident.unraw())
    };
    let tags: Vec<ArgumentTag> = bindings
        .into_iter()
        .filter(|binding| !is_in(&args.skip, binding))
        .filter(|binding| args.only.is_none() || is_in(&args.only, binding))
        .map(|binding| ArgumentTag {
            redacted: redaction::is_secret(&binding.name()) && !is_in(&args.reveal, &binding),
            binding,
        })
        .collect();
    for name in args.reveal.iter().flatten() {
        if !tags.iter().any(|tag| tag.binding.ident.unraw() == name.unraw()) {
            let message = format!("`{name}` is not tagged, so there is nothing to reveal");
            return Err(Error::new(name.span(), message));
        }
    }
    Ok(tags)
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

//! What each attribute puts in place of its item.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, LitStr, ReceiverKind, Signature};

use crate::args::{Attr, Krate, OpName, OpNameArgs, TagArgs, Target, TraceArgs};
use crate::attribute::{attribute, is_tag_args, is_trace, prefixed};
use crate::binding::{self, Binding};
use crate::body::{self, Content};
use crate::carried;
use crate::closure;
use crate::error;
use crate::function::Function;
use crate::item::{Item, Kind};
use crate::lints;
use crate::returns;
use crate::tail::Tail;
use crate::token::mixed;
use crate::uses;

/// What is put in place of an item, or else the error and the item.
pub(crate) type Expansion = std::result::Result<TokenStream, TokenStream>;

pub(crate) fn trace(args: TokenStream, item: TokenStream) -> Expansion {
    let item = Item::new(item);
    let parsed = TraceArgs::parse(args.clone()).map_err(|error| item.rejected(&error))?;
    if let Some(at) = parsed.skip {
        return Err(item.rejected(&error::skip_outside_impl(at)));
    }
    match item.kind(Attr::Trace).map_err(|error| item.rejected(&error))? {
        Kind::Function(function) => match &parsed.prefix {
            Some((at, prefix)) => {
                let name = prefixed(prefix, &function.signature.ident);
                Err(item.rejected(&error::prefix_on_a_function(at.span(), &name.value())))
            }
            None => traced_once(*function, &parsed.target, None, &args),
        },
        Kind::Impl(block) => Ok(block.trace(&parsed, &args)),
    }
}

pub(crate) fn trace_with_opname(args: TokenStream, item: TokenStream) -> Expansion {
    let item = Item::new(item);
    let parsed = OpNameArgs::parse(args.clone()).map_err(|error| item.rejected(&error))?;
    match item
        .kind(Attr::TraceWithOpname)
        .map_err(|error| item.rejected(&error))?
    {
        Kind::Function(function) => traced_once(*function, &parsed.target, Some(parsed.name), &args),
        Kind::Impl(_) => Err(item.rejected(&error::on_impl(Attr::TraceWithOpname, Span::call_site()))),
    }
}

pub(crate) fn tag_args(args: TokenStream, item: TokenStream) -> Expansion {
    let item = Item::new(item);
    let parsed = TagArgs::parse(args).map_err(|error| error::with_item(&error, quote!(#item)))?;
    let mut function = match item.kind(Attr::TagArgs).map_err(|error| item.rejected(&error))? {
        Kind::Function(function) => function,
        Kind::Impl(_) => return Err(item.rejected(&error::on_impl(Attr::TagArgs, Span::call_site()))),
    };
    if let Some(position) = function.attributes.iter().position(is_tag_args) {
        let second = function.attributes.remove(position);
        let error = error::already_tagged(span_of(&second));
        return Err(error::with_item(&error, quote!(#function)));
    }
    let as_received = quote!(#function);
    lints::weaken_lost(&mut function.attributes, lints::LOST_BY_TAG_ARGS);
    crate::tag_args::expand(&function, &parsed).map_err(|error| error::with_item(&error, as_received))
}

/// Traces the function, unless another attribute has to go first.
fn traced_once(
    mut function: Function,
    target: &Target,
    name: Option<OpName>,
    args: &TokenStream,
) -> Expansion {
    let krate = &target.krate;
    let second = function
        .attributes
        .iter()
        .position(|attribute| is_trace(attribute, krate));
    if let Some(position) = second {
        let second = function.attributes.remove(position);
        let error = error::already_traced(span_of(&second));
        return Err(error::with_item(&error, quote!(#function)));
    }
    if function.is_half_typed() {
        return Ok(quote!(#function));
    }
    if let Some(position) = function.attributes.iter().rposition(is_tag_args) {
        // The attribute above is expanded first, and what is expanded first ends up inside.
        let attr = match name {
            Some(_) => quote!(trace_with_opname),
            None => quote!(trace),
        };
        let again = attribute(krate, &attr, args);
        function.attributes.insert(position + 1, again);
        return Ok(quote!(#function));
    }
    lints::weaken_lost(&mut function.attributes, lints::LOST_BY_TRACE);
    let name = name.unwrap_or_else(|| literal(&function.signature.ident));
    let site = site(krate, &name);
    if function.signature.asyncness.is_some() {
        return Ok(asynchronous(&function, target, &site));
    }
    let tail = Tail::find(function.body.content());
    if let Some(tail) = tail.as_ref().filter(|tail| tail.is_whole_body()) {
        return Ok(future_at_the_end(&function, tail, target, &site));
    }
    let enter = match &target.tracer {
        Some(tracer) => quote_spanned! {mixed()=>
            if #krate::__private::is_on() {
                #krate::__private::enter_with(#site, #tracer)
            } else {
                #krate::__private::no_scope()
            }
        },
        None => quote_spanned!(mixed()=> #krate::__private::enter(#site)),
    };
    if let Some(content) = carried::expand(&function, tail.as_ref(), krate, &enter) {
        return Ok(function.with_body(&function.body.with_content(content)));
    }
    if returns::is_result(&function.signature.output) && !function.has_attribute("track_caller") {
        if let Some(output) = returns::nameable(&function.signature.output, &function.signature.ident) {
            return Ok(fallible(&function, krate, &enter, &output));
        }
    }
    let Content { items, rest } = Content::split(function.body.content());
    let scope = quote_spanned!(mixed()=> let _fedtrace_scope = #enter;);
    Ok(function.with_body(&function.body.with_content(quote!(#items #scope #rest))))
}

fn future_at_the_end(function: &Function, tail: &Tail, target: &Target, site: &TokenStream) -> TokenStream {
    let block = &tail.block;
    let future = traced(
        target,
        site,
        &quote!(#block),
        carried::output(function, &target.krate),
    );
    let future = if tail.is_bare() {
        quote_spanned!(mixed()=> #[allow(clippy::implicit_return)] #future)
    } else {
        future
    };
    let Content { items, rest } = Content::split(tail.replace(future));
    let tracer = tracer_of_future(target);
    function.with_body(&function.body.with_content(quote!(#items #tracer #rest)))
}

/// Chosen before the arguments move into the future.
fn tracer_of_future(Target { krate, tracer }: &Target) -> Option<TokenStream> {
    let tracer = tracer.as_ref()?;
    Some(quote_spanned! {mixed()=>
        let fedtrace_tracer = if #krate::__private::is_on() {
            #krate::__private::some_tracer(#tracer)
        } else {
            #krate::__private::no_tracer()
        };
    })
}

/// With a look at the output, if it is said how to get at it.
fn traced(
    target: &Target,
    site: &TokenStream,
    future: &TokenStream,
    output: Option<TokenStream>,
) -> TokenStream {
    let krate = &target.krate;
    let future = match output {
        Some(output) => {
            let hook = carried::hook(krate, &output);
            quote_spanned!(mixed()=> #krate::__private::traced_then(#site, #future, #hook))
        }
        None => quote_spanned!(mixed()=> #krate::__private::traced(#site, #future)),
    };
    match &target.tracer {
        Some(_) => quote_spanned!(mixed()=> #future.with_root_tracer(fedtrace_tracer)),
        None => future,
    }
}

fn asynchronous(function: &Function, target: &Target, site: &TokenStream) -> TokenStream {
    let krate = &target.krate;
    let output = returns::nameable(&function.signature.output, &function.signature.ident);
    // The linter does not look at the return type of an `async fn`.
    let allow_complexity = output.as_ref().and_then(returns::allow_complexity);
    let hint = output.as_ref().map(|output| {
        quote_spanned!(mixed()=> #allow_complexity if false { return #krate::__private::never::<#output>(); })
    });
    let typed = closure::typed(&function.signature);
    let ownership = Ownership::of(function);
    let (mentions, rebindings) = (&ownership.mentions, &ownership.rebindings);
    let body = function.body.block();
    let body = match typed {
        Some(_) => quote_spanned!(mixed()=> fedtrace_typed(#[allow(unused_braces)] #body)),
        None => body,
    };
    let body = match &output {
        // Values that the end of the body borrows from what was bound again must be gone before it.
        Some(output) if !rebindings.is_empty() => quote_spanned! {mixed()=>
            #allow_complexity
            #[allow(unused_braces)]
            let fedtrace_output: #output = #body;
            #[allow(clippy::implicit_return)]
            fedtrace_output
        },
        _ => quote_spanned!(mixed()=> #[allow(unused_braces)] #body),
    };
    let allow_future = returns::allow_future(&function.signature.output);
    let future = quote_spanned! {mixed()=>
        #allow_future
        async move {
            #typed
            #hint
            #mentions
            #(#rebindings)*
            #body
        }
    };
    let future = traced(
        target,
        site,
        &future,
        returns::is_result(&function.signature.output).then(|| quote_spanned!(mixed()=> fedtrace_output)),
    );
    // A lint wants `return`, but what encloses one of `!` is unreachable.
    let returns = if returns::is_never(&function.signature.output) {
        quote!(#[allow(clippy::implicit_return)])
    } else {
        quote_spanned!(mixed()=> return)
    };
    let tracer = tracer_of_future(target);
    let content = function
        .body
        .with_content(quote_spanned!(mixed()=> #tracer #returns #future.await));
    if ownership.rebound.is_empty() {
        function.with_body(&content)
    } else {
        let rebound = |ident: &Ident| ownership.rebound.contains(ident);
        function.with_signature(&without_mut(&function.signature, &rebound), &content)
    }
}

/// How the arguments get into the future of an `async fn`, so that they are dropped when they would have been:
/// before the future is done, the last one first.
#[derive(Default)]
struct Ownership {
    mentions: TokenStream,
    rebindings: Vec<TokenStream>,
    rebound: Vec<Ident>,
}

impl Ownership {
    fn of(function: &Function) -> Self {
        let mut ownership = Self::default();
        let mut mentioned: Vec<TokenStream> = Vec::new();
        if let Some(this) = owned_self(&function.signature) {
            mentioned.push(quote_spanned!(mixed()=> let _ = &#this;));
        }
        for binding in function.bindings() {
            let Binding {
                ident,
                cfgs,
                lints,
                mutability,
                may_drop,
                ..
            } = &binding;
            let underscore = binding.name().starts_with('_');
            let allow = underscore.then(
                || quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]),
            );
            // A mention costs nothing, but would hide that the argument is unused.
            let used = || underscore || uses::uses(function.body.content(), &ident.to_string());
            if mutability.is_some() || *may_drop && (!ownership.rebound.is_empty() || !used()) {
                let rebinding = quote_spanned! {mixed()=>
                #(#cfgs)* #[allow(clippy::collection_is_never_read, clippy::shadow_same)] #allow #(#lints)* let #mutability #ident = #ident;
                };
                ownership.rebindings.push(rebinding);
                ownership.rebound.push(ident.clone());
            } else if *may_drop {
                mentioned.push(quote_spanned!(mixed()=> #(#cfgs)* #allow let _ = &#ident;));
            }
        }
        // Captured values are dropped in the order in which they are first mentioned.
        ownership.mentions = mentioned.into_iter().rev().collect();
        ownership
    }
}

fn owned_self(signature: &Signature) -> Option<syn::Token![self]> {
    match signature.inputs.first()? {
        FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
            Some(receiver.self_token)
        }
        _ => None,
    }
}

/// A function whose `Err` is recorded needs a closure, or an early return would pass by. The arguments go through
/// its parameters, so that they are dropped as those of the function.
fn fallible(function: &Function, krate: &Krate, enter: &TokenStream, output: &TokenStream) -> TokenStream {
    let bindings: Vec<Binding> = function
        .bindings()
        .into_iter()
        .filter(|binding| binding.cfgs.is_empty())
        .collect();
    let values = bindings.iter().map(|binding| &binding.ident);
    let patterns = bindings.iter().map(|binding| {
        let Binding {
            ident, mutability, ..
        } = binding;
        quote!(#mutability #ident)
    });
    let allow_shadow =
        (!bindings.is_empty()).then(|| quote!(#[allow(clippy::min_ident_chars, clippy::shadow_reuse)]));
    // A lint about names that begin with `_` would see a use of them.
    let values = quote!((#(#values,)*));
    let is_underscored = bindings.iter().any(|binding| binding.name().starts_with('_'));
    let (underscored, allow_unrelated, arguments) = if is_underscored {
        let allow = quote!(#[allow(clippy::used_underscore_binding)]);
        let keep = quote_spanned!(mixed()=> #allow let fedtrace_arguments = #values;);
        let allow = quote!(#[allow(clippy::shadow_unrelated)]);
        (
            Some(keep),
            Some(allow),
            quote_spanned!(mixed()=> fedtrace_arguments),
        )
    } else {
        (None, None, values)
    };
    // The linter spares the return types of public functions, but not those of closures.
    let allow_complexity = returns::allow_complexity(output);
    let lints = bindings.iter().flat_map(|binding| &binding.lints);
    let mention = owned_self(&function.signature).map(|this| quote_spanned!(mixed()=> let _ = &#this;));
    let Content { items, rest } = Content::split(function.body.content());
    let body = body::in_braces_of(function.body.braces(), quote!(#items #mention #rest));
    let content = quote_spanned! {mixed()=>
        let fedtrace_scope = #enter;
        #underscored
        #allow_complexity
        let fedtrace_output =
            #krate::__private::call(#arguments, move |#allow_shadow #allow_unrelated #(#lints)* (#(#patterns,)*)| -> #output #body);
        #krate::__private::Outcome::new(&fedtrace_output).fedtrace_record(fedtrace_scope);
        #[allow(clippy::implicit_return)]
        fedtrace_output
    };
    let rebound = |ident: &Ident| bindings.iter().any(|binding| binding.ident == *ident);
    function.with_signature(
        &without_mut(&function.signature, &rebound),
        &function.body.with_content(content),
    )
}

fn without_mut(signature: &Signature, which: &impl Fn(&Ident) -> bool) -> Signature {
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        if let FnArg::Typed(parameter) = input {
            if binding::of_pattern(&parameter.pat)
                .iter()
                .any(|binding| which(&binding.ident))
            {
                parameter.attrs.iter_mut().for_each(lints::weaken);
            }
            binding::strip_mut(&mut parameter.pat, which);
        }
    }
    signature
}

/// A static of its own also in generic functions.
fn site(krate: &Krate, name: &OpName) -> TokenStream {
    match name {
        // Promoted by the compiler, which is a tenth cheaper to check than a `const` block in each function.
        OpName::Literal(name) => quote_spanned!(mixed()=> &#krate::__private::Site { name: #name }),
        OpName::Constant(name) => {
            quote_spanned!(mixed()=> const { &#krate::__private::Site { name: #name } })
        }
    }
}

fn literal(function: &Ident) -> OpName {
    OpName::Literal(LitStr::new(&function.unraw().to_string(), function.span()))
}

fn span_of(attribute: &Attribute) -> Span {
    use syn::spanned::Spanned;
    attribute.path().span()
}

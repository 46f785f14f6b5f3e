//! A function that returns a `Result`. Its body becomes a closure, so that an early `return` reaches the code that
//! records the `Err`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::async_fn::value_in_variable;
use crate::binding::Binding;
use crate::body::{self, Content};
use crate::failure::Failure;
use crate::function::Function;
use crate::ownership::Ownership;
use crate::return_type;
use crate::span_options::SpanOptions;
use crate::token::mixed_site;

/// The type of the output, if the function records something of it. A closure would hide the caller from
/// `#[track_caller]`.
pub(crate) fn output(function: &Function, options: &SpanOptions) -> Option<TokenStream> {
    let signature = &function.signature;
    let may_fail = match &options.err {
        None => return_type::is_result(&signature.output),
        failure => Failure::is_sought(failure.as_ref()),
    };
    if (may_fail || options.ret.is_some()) && !function.has_attribute("track_caller") {
        let written = return_type::type_in_body(&signature.output, &signature.ident);
        written.or_else(|| return_type::inferred(&signature.output))
    } else {
        None
    }
}

pub(crate) fn expand(
    function: &Function,
    options: &SpanOptions,
    enter: &TokenStream,
    output: &TokenStream,
) -> TokenStream {
    let krate = &options.krate;
    let bindings = function.bindings();
    // There is no tuple that lacks an element in some configurations, so the closure captures and binds again.
    let Ownership { rebindings, .. } = match bindings.iter().all(|binding| binding.cfgs.is_empty()) {
        true => Ownership::default(),
        false => Ownership::of_all(&bindings),
    };
    let passed: &[Binding] = if rebindings.is_empty() { &bindings } else { &[] };
    let Arguments { keep, values } = Arguments::of(passed);
    let parameters = parameters(passed);
    // The linter spares the return types of public functions, and errors that a trait asks for, but not those of closures.
    let allow_complexity = return_type::allow_complexity(output);
    let allow_assignments = function.allow_assignments();
    let body = body_of_closure(function, output, &rebindings);
    let record = record(options);
    let content = quote_spanned! {mixed_site()=>
        let fedtrace_scope = #enter;
        #keep
        #[allow(clippy::result_large_err)]
        #allow_complexity
        #allow_assignments
        let fedtrace_output =
            #krate::__private::call(#values, move |#parameters| -> #output #body);
        #record
        #[allow(clippy::implicit_return)]
        fedtrace_output
    };
    let is_rebound = |ident: &Ident| bindings.iter().any(|binding| binding.ident == *ident);
    function.with_content_and_without_mut(content, &is_rebound)
}

/// The statements that look at the output and close the scope.
fn record(SpanOptions { krate, err, ret, .. }: &SpanOptions) -> TokenStream {
    let output = quote_spanned!(mixed_site()=> &fedtrace_output);
    let span = quote_spanned!(mixed_site()=> fedtrace_scope);
    let tag = ret.map(|ret| ret.tag(krate, &output, &span));
    let record = match err {
        Some(Failure::Never) => quote_spanned!(mixed_site()=> #krate::__private::Scope::close(#span)),
        err => Failure::record(err.as_ref(), krate, &output, &span),
    };
    quote_spanned!(mixed_site()=> #tag #record;)
}

fn body_of_closure(function: &Function, output: &TokenStream, rebindings: &[TokenStream]) -> TokenStream {
    let mention = function.mention_of_owned_self();
    let Content { items, rest } = Content::split(function.body.content());
    let rest = match rebindings.is_empty() {
        true => rest,
        false => {
            let block = body::in_braces_of(function.body.braces(), rest);
            value_in_variable(output, return_type::allow_complexity(output).as_ref(), &block)
        }
    };
    body::in_braces_of(
        function.body.braces(),
        quote!(#items #mention #(#rebindings)* #rest),
    )
}

/// The arguments of the closure. They become its parameters, so that they are dropped in the order of the function.
struct Arguments {
    keep: Option<TokenStream>,
    values: TokenStream,
}

impl Arguments {
    fn of(bindings: &[Binding]) -> Self {
        let idents = bindings.iter().map(|binding| &binding.ident);
        let values = quote!((#(#idents,)*));
        if !bindings.iter().any(Binding::is_underscored) {
            return Self { keep: None, values };
        }
        // A lint about names that begin with `_` would see a use of them in the call.
        let allow = quote!(#[allow(clippy::used_underscore_binding)]);
        Self {
            keep: Some(quote_spanned!(mixed_site()=> #allow let fedtrace_arguments = #values;)),
            values: quote_spanned!(mixed_site()=> fedtrace_arguments),
        }
    }
}

/// The one parameter of the closure, a tuple.
fn parameters(bindings: &[Binding]) -> TokenStream {
    let allow_shadow =
        (!bindings.is_empty()).then(|| quote!(#[allow(clippy::min_ident_chars, clippy::shadow_reuse)]));
    let allow_unrelated = bindings
        .iter()
        .any(Binding::is_underscored)
        .then(|| quote!(#[allow(clippy::shadow_unrelated)]));
    let lints = bindings.iter().flat_map(|binding| &binding.lints);
    let patterns = bindings.iter().map(|binding| {
        let Binding {
            ident, mutability, ..
        } = binding;
        quote!(#mutability #ident)
    });
    quote_spanned!(mixed_site()=> #allow_shadow #allow_unrelated #(#lints)* (#(#patterns,)*))
}

//! `#[test]`: a test with a tracer of its own.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Attribute, Error, FnArg, ItemFn, Pat, PatType, Result, ReturnType, Type};

use crate::error;
use crate::test_args::TestArgs;
use crate::token::mixed_site;

/// Attributes that make tests of functions, so that no `#[test]` is needed.
const RUNNERS: [&str; 4] = ["test", "rstest", "test_case", "test_matrix"];

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> crate::expand::Expansion {
    let args = TestArgs::parse(args).map_err(|error| error::with_item(&error, item.clone()))?;
    let function: ItemFn = syn::parse2(item.clone()).map_err(|error| {
        let error = Error::new(
            error.span(),
            format!("#[fedtrace::test] is for functions: {error}"),
        );
        error::with_item(&error, item.clone())
    })?;
    test(&args, &function).map_err(|error| error::with_item(&error, item))
}

fn test(args: &TestArgs, function: &ItemFn) -> Result<TokenStream> {
    let runner = runner(args, function)?;
    let parameters = Parameters::of(function)?;
    let ItemFn {
        attrs,
        vis,
        sig,
        block,
        ..
    } = function;
    let mut outer = sig.clone();
    outer.inputs = parameters.outer.iter().cloned().map(FnArg::Typed).collect();
    let mut inner = sig.clone();
    for input in &mut inner.inputs {
        if let FnArg::Typed(parameter) = input {
            parameter.attrs.clear();
        }
    }
    let body = body(args, function, &parameters);
    Ok(quote! {
        #runner
        #(#attrs)*
        #vis #outer {
            #inner #block
            #body
        }
    })
}

/// Runs the inner function, which has the name of the outer one.
fn body(args: &TestArgs, function: &ItemFn, parameters: &Parameters) -> TokenStream {
    let krate = &args.krate;
    let (name, arguments) = (&function.sig.ident, &parameters.arguments);
    let [run, output] = ["run", "output"].map(|name| format_ident!("fedtrace_{name}", span = mixed_site()));
    let tracer = args.tracer();
    let call = quote_spanned!(mixed_site()=> #name(#(#arguments),*));
    let call = match function.sig.asyncness {
        Some(_) => quote_spanned!(mixed_site()=> #run.body(#call).await),
        None => call,
    };
    let call = parameters.with_tracer(&call, &run);
    let has_failed = match returns_result(&function.sig.output) {
        true => quote!(::core::result::Result::is_err(&#output)),
        false => quote!(false),
    };
    quote_spanned! {mixed_site()=>
        let #run = #krate::__private::TestRun::start(#tracer);
        #[allow(clippy::let_unit_value)]
        let #output = #call;
        #run.finish(#has_failed);
        #output
    }
}

/// The attribute that makes this a test, unless it has one.
fn runner(args: &TestArgs, function: &ItemFn) -> Result<Option<TokenStream>> {
    let own = function.attrs.iter().find(|attribute| is_runner(attribute));
    match (&args.runner, own) {
        (Some(_), Some(own)) => Err(Error::new_spanned(own, "one attribute runs the test")),
        (Some(runner), None) => Ok(Some(quote!(#[#runner]))),
        (None, Some(_)) => Ok(None),
        (None, None) if function.sig.asyncness.is_some() => Err(Error::new_spanned(
            function.sig.asyncness,
            "an async test needs a runtime: write #[fedtrace::test(tokio::test)]",
        )),
        (None, None) => Ok(Some(quote!(#[::core::prelude::v1::test]))),
    }
}

fn is_runner(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| RUNNERS.iter().any(|runner| last.ident == runner))
}

fn returns_result(output: &ReturnType) -> bool {
    match output {
        ReturnType::Type(_, ty) => last_name(ty).is_some_and(|name| name.to_string().ends_with("Result")),
        ReturnType::Default => false,
    }
}

fn last_name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        Type::Group(group) => last_name(&group.elem),
        Type::Paren(paren) => last_name(&paren.elem),
        _ => None,
    }
}

/// The parameters of the test and what the inner function is called with.
struct Parameters {
    /// Those that whoever runs the test gives.
    outer: Vec<PatType>,
    arguments: Vec<TokenStream>,
    /// The variable of the tracer, if there is a parameter for it.
    tracer: Option<Ident>,
}

impl Parameters {
    fn of(function: &ItemFn) -> Result<Self> {
        let mut parameters = Self {
            outer: Vec::new(),
            arguments: Vec::new(),
            tracer: None,
        };
        for input in &function.sig.inputs {
            match input {
                FnArg::Typed(parameter) => parameters.add(parameter)?,
                FnArg::Receiver(receiver) => {
                    return Err(Error::new_spanned(receiver, "a test has no `self`"));
                }
            }
        }
        Ok(parameters)
    }

    fn add(&mut self, parameter: &PatType) -> Result<()> {
        let by_reference = match &*parameter.ty {
            Type::Reference(reference) => last_name(&reference.elem),
            _ => None,
        };
        let is_tracer = |name: &Ident| name == "TestTracer";
        if by_reference.is_some_and(is_tracer) {
            let variable = format_ident!("fedtrace_tracer", span = mixed_site());
            self.arguments.push(variable.to_token_stream());
            return match self.tracer.replace(variable) {
                Some(_) => Err(Error::new_spanned(parameter, "a test has one tracer")),
                None => Ok(()),
            };
        }
        if last_name(&parameter.ty).is_some_and(is_tracer) {
            return Err(Error::new_spanned(
                &parameter.ty,
                "the tracer is lent: write `&TestTracer`",
            ));
        }
        // Who runs the test may look for the name of a parameter.
        let name = match &*parameter.pat {
            Pat::Ident(pattern) if pattern.subpat.is_none() => pattern.ident.clone(),
            _ => format_ident!("fedtrace_argument_{}", self.arguments.len()),
        };
        let mut outer = parameter.clone();
        outer.pat = Box::new(syn::parse_quote!(#name));
        self.outer.push(outer);
        self.arguments.push(name.to_token_stream());
        Ok(())
    }

    /// The call, with the tracer in its variable.
    fn with_tracer(&self, call: &TokenStream, run: &Ident) -> TokenStream {
        match &self.tracer {
            Some(tracer) => quote_spanned! {mixed_site()=> {
                let #tracer = #run.tracer();
                #call
            }},
            None => call.clone(),
        }
    }
}

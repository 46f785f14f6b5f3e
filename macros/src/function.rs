//! A function, parsed as far as its signature.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, FnArg, ReceiverKind, Result, Signature, Token, Visibility, parse_quote_spanned};

use crate::args::Attr;
use crate::assignments::assigns_to_self;
use crate::attribute::has_last_segment;
use crate::binding::{self, Binding};
use crate::body::Body;
use crate::error;
use crate::fragments;
use crate::lints;
use crate::tail::Tail;
use crate::token::{mixed_site, unwrap_fragment};

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    visibility: Visibility,
    defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    /// From the visibility to the end of the signature, as received.
    head: TokenStream,
    pub(crate) body: Body,
}

impl Function {
    /// Parses the tokens after the attributes. `None` if they are not a function.
    pub(crate) fn parse(attr: Attr, attributes: Vec<Attribute>, tokens: TokenStream) -> Option<Result<Self>> {
        looks_like_a_function(tokens.clone())
            .then(|| Self::parse_function(attr, attributes, mend_signature(tokens)))
    }

    fn parse_function(attr: Attr, attributes: Vec<Attribute>, tokens: TokenStream) -> Result<Self> {
        let mut head: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let parser = |input: ParseStream<'_>| {
            let visibility: Visibility = input.parse()?;
            let defaultness: Option<Token![default]> = input.parse()?;
            let signature: Signature = input.parse()?;
            let last = parse_last(attr, input)?;
            Ok((visibility, defaultness, signature, last))
        };
        let (visibility, defaultness, signature, last) = parser.parse2(tokens)?;
        check_signature(attr, &signature)?;
        head.pop();
        match unwrap_fragment(last) {
            TokenTree::Group(braces) if braces.delimiter() == Delimiter::Brace => Ok(Self {
                attributes,
                visibility,
                defaultness,
                signature,
                head: head.into_iter().collect(),
                body: Body::new(braces),
            }),
            other => Err(Error::new(other.span(), "expected the body of the function")),
        }
    }

    /// The function as received, with this body.
    pub(crate) fn with_body(&self, body: &TokenStream) -> TokenStream {
        let Self { attributes, head, .. } = self;
        quote!(#(#attributes)* #head #body)
    }

    /// The function with other content in its body.
    pub(crate) fn with_content(&self, content: TokenStream) -> TokenStream {
        self.with_body(&self.body.with_content(content))
    }

    /// The function with other content in its body, and without `mut` at the arguments that the content binds again.
    pub(crate) fn with_content_and_without_mut(
        &self,
        content: TokenStream,
        is_rebound: &impl Fn(&Ident) -> bool,
    ) -> TokenStream {
        let Self {
            attributes,
            visibility,
            defaultness,
            ..
        } = self;
        let signature = without_mut(&self.signature, is_rebound);
        let body = self.body.with_content(content);
        quote!(#(#attributes)* #visibility #defaultness #signature #body)
    }

    /// The variables of the parameters without `self`, in the order of the parameters.
    pub(crate) fn bindings(&self) -> Vec<Binding> {
        let parameters = self.signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(parameter) => Some(parameter),
            FnArg::Receiver(_) => None,
        });
        parameters.flat_map(binding::of_parameter).collect()
    }

    /// A statement that makes a closure or an `async` block own `self`. `None` if there is no `self`, or only a reference.
    pub(crate) fn mention_of_owned_self(&self) -> Option<TokenStream> {
        match self.signature.inputs.first()? {
            FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => {
                let this = receiver.self_token;
                Some(quote_spanned!(mixed_site()=> let _ = &#this;))
            }
            _ => None,
        }
    }

    /// For a body in a closure or an `async` block, which owns a `mut self`. The compiler does not know that dropping it
    /// reads what the body has written, and for a `self` of a function it does not ask.
    pub(crate) fn allow_assignments(&self) -> Option<TokenStream> {
        let is_mut = match self.signature.inputs.first()? {
            FnArg::Receiver(receiver) => receiver.mutability.is_some(),
            FnArg::Typed(_) => false,
        };
        (is_mut && assigns_to_self(self.body.content())).then(|| quote!(#[allow(unused_assignments)]))
    }

    /// The body, or the future at its end, stops in the middle of an expression.
    pub(crate) fn is_half_typed(&self) -> bool {
        self.body.is_half_typed()
            || Tail::find(self.body.content()).is_some_and(|tail| tail.block.is_half_typed())
    }

    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|attribute| has_last_segment(attribute, name))
    }

    /// The linter spares a function with an empty body. With a span or a tag, the body is not empty.
    pub(crate) fn allow_spared(&mut self) {
        if !self.body.content().is_empty() {
            return;
        }
        if self.signature.generics.type_params().next().is_some() {
            let allow =
                parse_quote_spanned!(Span::mixed_site()=> #[allow(clippy::extra_unused_type_parameters)]);
            self.attributes.push(allow);
        }
        if self.has_attribute("inline") {
            let allow = parse_quote_spanned!(Span::mixed_site()=> #[allow(clippy::inline_always)]);
            self.attributes.push(allow);
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.with_body(&self.body.to_token_stream()));
    }
}

/// The body of a function, which is the last token. Without a body, it is a semicolon.
fn parse_last(attr: Attr, input: ParseStream<'_>) -> Result<TokenTree> {
    let last: TokenTree = input.parse()?;
    if let TokenTree::Punct(semicolon) = &last {
        return Err(error::missing_body(attr, semicolon.span()));
    }
    if !input.is_empty() {
        return Err(input.error("expected the end of the function"));
    }
    Ok(last)
}

fn check_signature(attr: Attr, signature: &Signature) -> Result<()> {
    if let Some(constness) = &signature.constness {
        return Err(error::const_fn(attr, constness.span));
    }
    if let Some(variadic) = &signature.variadic {
        let [at, ..] = variadic.dots.spans;
        return Err(error::variadic_fn(attr, at));
    }
    Ok(())
}

fn without_mut(signature: &Signature, is_rebound: &impl Fn(&Ident) -> bool) -> Signature {
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        if let FnArg::Typed(parameter) = input {
            if binding::of_pattern(&parameter.pat)
                .iter()
                .any(|binding| is_rebound(&binding.ident))
            {
                parameter.attrs.iter_mut().for_each(lints::allow_expected);
            }
            binding::strip_mut(&mut parameter.pat, is_rebound);
        }
    }
    signature
}

fn mend_signature(tokens: TokenStream) -> TokenStream {
    if !fragments::contains_fragment(tokens.clone()) {
        return tokens;
    }
    let mut head: Vec<TokenTree> = tokens.into_iter().collect();
    let body = head.pop();
    let mut mended = fragments::mend_signature(head.into_iter().collect());
    mended.extend(body);
    mended
}

/// Only words that may precede `fn` come before it.
fn looks_like_a_function(tokens: TokenStream) -> bool {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => match word.to_string().as_str() {
                "fn" => return true,
                "pub" | "crate" | "default" | "const" | "async" | "unsafe" | "safe" | "extern" | "gen" => {}
                _ => return false,
            },
            // The path of a visibility, an ABI, a fragment of `macro_rules!`.
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {}
            TokenTree::Literal(_) => {}
            _ => return false,
        }
    }
    false
}

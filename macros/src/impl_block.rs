//! An `impl` block whose methods are all traced.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, LitStr, Meta, Result, Signature, Token, Visibility};

use crate::args::Krate;
use crate::attribute::{self, has_last_segment, is_tag_args, is_trace};
use crate::body;
use crate::returned_future;
use crate::token::{is_punct, unwrap_fragment};
use crate::trace_args::TraceArgs;

pub(crate) struct ImplBlock {
    attributes: Vec<Attribute>,
    head: TokenStream,
    braces: Group,
    members: Vec<Member>,
    end: TokenStream,
}

struct Member {
    attributes: Vec<Attribute>,
    tokens: TokenStream,
    /// The signature of a method that can be traced.
    traceable: Option<Box<Signature>>,
    /// The member ends with a semicolon or a body.
    is_complete: bool,
}

impl ImplBlock {
    pub(crate) fn parse(attributes: Vec<Attribute>, tokens: TokenStream) -> Result<Self> {
        let mut head: Vec<TokenTree> = tokens.into_iter().collect();
        let last = head.pop().map(unwrap_fragment);
        let Some(TokenTree::Group(braces)) = last else {
            return Err(Error::new(
                proc_macro2::Span::call_site(),
                "expected the body of the impl block",
            ));
        };
        let parser = |input: ParseStream<'_>| {
            let mut members = Vec::new();
            let inner = input.call(Attribute::parse_inner)?;
            while !input.is_empty() {
                // rustc reports an attribute without an item.
                if let Ok(end) = input.fork().call(trailing_attributes) {
                    input.parse::<TokenStream>()?;
                    return Ok((inner, members, end));
                }
                members.push(input.parse::<Member>()?);
            }
            Ok((inner, members, TokenStream::new()))
        };
        let (inner, members, end) = parser.parse2(braces.stream())?;
        let mut all = attributes;
        all.extend(inner);
        Ok(Self {
            attributes: all,
            head: head.into_iter().collect(),
            braces,
            members,
            end,
        })
    }

    /// Puts `#[trace]` on each method to trace. Its own expansion looks for `#[tag_args]`.
    pub(crate) fn trace(mut self, parsed: &TraceArgs) -> TokenStream {
        if self.is_half_typed(&parsed.options.krate) {
            let Self {
                attributes,
                head,
                braces,
                ..
            } = self;
            let outer = attributes.iter().filter(|attribute| !is_inner(attribute));
            return quote!(#(#outer)* #head #braces);
        }
        for member in &mut self.members {
            member.trace(parsed);
        }
        self.into_tokens()
    }

    /// The block without each `#[trace(skip)]`.
    pub(crate) fn without_skips(mut self, krate: &Krate) -> TokenStream {
        for member in &mut self.members {
            member.remove_skip(krate);
        }
        self.into_tokens()
    }

    /// The last member is incomplete, as in an editor. The parser has already reported that, and would report it again
    /// for other braces. A block with a `#[trace(skip)]` does not count, since that would report another error.
    fn is_half_typed(&self, krate: &Krate) -> bool {
        let is_ours = |member: &Member| member.attributes.iter().any(|own| is_trace(own, krate));
        let last = self.members.last();
        last.is_some_and(|last| !last.is_complete) && !self.members.iter().any(is_ours)
    }

    fn into_tokens(self) -> TokenStream {
        let Self {
            attributes,
            head,
            braces,
            members,
            end,
        } = self;
        let (inner, outer): (Vec<_>, Vec<_>) = attributes.into_iter().partition(is_inner);
        let body = body::in_braces_of(&braces, quote!(#(#inner)* #(#members)* #end));
        quote!(#(#outer)* #head #body)
    }
}

impl Member {
    fn trace(&mut self, parsed: &TraceArgs) {
        let krate = &parsed.options.krate;
        let skipped = self.remove_skip(krate);
        let Some(method) = self.traceable.as_ref().filter(|_| !skipped) else {
            return;
        };
        let prefix = parsed.prefix.as_ref();
        let name = prefix.map(|(_, prefix)| attribute::name_with_prefix(prefix, &method.ident));
        // Of the methods of a block, some have no `Err`, or no value that can be looked at.
        let tracks_caller = self
            .attributes
            .iter()
            .any(|own| has_last_segment(own, "track_caller"));
        let has_outcome = !tracks_caller && returned_future::has_outcome(&method.output);
        let has_value =
            !tracks_caller && returned_future::has_value(&method.output, method.asyncness.is_some());
        let options = parsed.options.written(has_outcome, has_value);
        let own = self
            .attributes
            .iter_mut()
            .find(|attribute| is_trace(attribute, krate));
        match (own, name) {
            (Some(own), Some(name)) => set_name(own, krate, &name),
            (Some(_), None) => {}
            (None, Some(name)) => {
                self.insert_trace(attribute::new(
                    krate,
                    &quote!(trace_with_opname),
                    &quote!(#name #(, #options)*),
                ));
            }
            (None, None) => {
                self.insert_trace(attribute::new(krate, &quote!(trace), &quote!(#(#options),*)));
            }
        }
    }

    fn insert_trace(&mut self, trace: Attribute) {
        let behind_tags = self.attributes.iter().rposition(is_tag_args);
        self.attributes
            .insert(behind_tags.map_or(0, |position| position + 1), trace);
    }

    /// Removes a `#[trace(skip)]`, and tells whether there was one.
    fn remove_skip(&mut self, krate: &Krate) -> bool {
        let is_ours = |attribute: &Attribute| is_trace(attribute, krate);
        let Some(position) = self.attributes.iter().position(is_ours) else {
            return false;
        };
        let args = self.attributes.get(position).and_then(args_of_trace);
        // An attribute with a mistake reports it when it is expanded.
        let skips = args
            .and_then(|args| TraceArgs::parse(args).ok())
            .is_some_and(|args| args.skip.is_some());
        if skips {
            self.attributes.remove(position);
        }
        skips
    }
}

/// Gives a name to a method's own `#[trace]`, unless it has options of a block, which it reports itself.
fn set_name(own: &mut Attribute, krate: &Krate, name: &LitStr) {
    let Some(Ok(args)) = args_of_trace(own).map(TraceArgs::parse) else {
        return;
    };
    if args.prefix.is_none() {
        let options = args.options.written(true, true);
        *own = attribute::new(krate, &quote!(trace_with_opname), &quote!(#name #(, #options)*));
    }
}

/// The arguments of a `#[trace]`. `None` for `#[trace_with_opname]`.
fn args_of_trace(attribute: &Attribute) -> Option<TokenStream> {
    if !has_last_segment(attribute, "trace") {
        return None;
    }
    match &attribute.meta {
        Meta::List(list) => Some(list.tokens.clone()),
        _ => Some(TokenStream::new()),
    }
}

fn is_inner(attribute: &Attribute) -> bool {
    matches!(attribute.style, syn::AttrStyle::Inner(_))
}

fn trailing_attributes(input: ParseStream<'_>) -> Result<TokenStream> {
    let attributes = input.call(Attribute::parse_outer)?;
    if input.is_empty() {
        Ok(quote!(#(#attributes)*))
    } else {
        Err(input.error("expected the end"))
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let mut tokens = TokenStream::new();
        let signature = take_signature(input, &mut tokens)?;
        let end = take_rest(input, signature.is_some(), &mut tokens)?;
        let traceable = signature
            .filter(|signature| signature.constness.is_none() && signature.variadic.is_none())
            .filter(|_| end != End::Semicolon)
            .map(Box::new);
        Ok(Self {
            attributes,
            tokens,
            traceable,
            is_complete: end != End::Missing,
        })
    }
}

#[derive(PartialEq, Eq)]
enum End {
    Body,
    Semicolon,
    Missing,
}

/// Moves the signature of a method to `tokens`.
fn take_signature(input: ParseStream<'_>, tokens: &mut TokenStream) -> Result<Option<Signature>> {
    let ahead = input.fork();
    let signature = signature(&ahead);
    if signature.is_some() {
        while input.cursor() != ahead.cursor() {
            tokens.extend([input.parse::<TokenTree>()?]);
        }
    }
    Ok(signature)
}

/// Moves the body of a method, or all of another member, to `tokens`.
fn take_rest(input: ParseStream<'_>, is_method: bool, tokens: &mut TokenStream) -> Result<End> {
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        let is_semicolon = is_punct(&token, ';');
        let is_body = matches!(
            unwrap_fragment(token.clone()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace
        );
        tokens.extend([token]);
        if is_semicolon {
            return Ok(End::Semicolon);
        }
        if is_body && (is_method || !input.peek(Token![;]) && !is_declaration(tokens)) {
            return Ok(End::Body);
        }
    }
    Ok(End::Missing)
}

fn signature(input: ParseStream<'_>) -> Option<Signature> {
    input.parse::<Visibility>().ok()?;
    input.parse::<Option<Token![default]>>().ok()?;
    input.parse::<Signature>().ok()
}

/// A `const` or `type`, which ends with a semicolon, even if its value is a block.
fn is_declaration(tokens: &TokenStream) -> bool {
    let mut words = tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.any(|word| word == "const" || word == "type")
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self {
            attributes,
            tokens: rest,
            ..
        } = self;
        tokens.extend(quote!(#(#attributes)* #rest));
    }
}

//! An `impl` block whose methods are all traced.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Ident, LitStr, Meta, Result, Signature, Token, Visibility};

use crate::args::{Krate, TraceArgs};
use crate::attribute::{self, is_last_segment, is_tag_args, is_trace};
use crate::body;
use crate::token::{is_punct, without_invisible};

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
    /// The name of a method that can be traced.
    traceable: Option<Ident>,
    /// It has its semicolon or its body.
    is_complete: bool,
}

impl ImplBlock {
    pub(crate) fn parse(attributes: Vec<Attribute>, tokens: TokenStream) -> Result<Self> {
        let mut head: Vec<TokenTree> = tokens.into_iter().collect();
        let last = head.pop().map(without_invisible);
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
                // An attribute without an item is for rustc to report.
                if let Ok(end) = input.fork().call(only_attributes) {
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

    /// Puts `#[trace]` on each method that is to be traced; there it finds `#[tag_args]` by itself.
    pub(crate) fn trace(mut self, parsed: &TraceArgs, args: &TokenStream) -> TokenStream {
        if self.is_half_typed(&parsed.target.krate) {
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
            member.trace(parsed, args);
        }
        self.into_tokens()
    }

    /// The block as it was, without the attributes that mean something only in a traced one.
    pub(crate) fn without_skips(mut self, krate: &Krate) -> TokenStream {
        for member in &mut self.members {
            member.remove_skip(krate);
        }
        self.into_tokens()
    }

    /// The last member is not complete, as while somebody types: the parser has said so before, and would say so again
    /// about other braces. Methods with a `#[trace(skip)]` would have more to say.
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
    fn trace(&mut self, parsed: &TraceArgs, args: &TokenStream) {
        let krate = &parsed.target.krate;
        let skipped = self.remove_skip(krate);
        let Some(method) = self.traceable.as_ref().filter(|_| !skipped) else {
            return;
        };
        let prefix = parsed.prefix.as_ref();
        let name = prefix.map(|(_, prefix)| attribute::prefixed(prefix, method));
        let own = self
            .attributes
            .iter_mut()
            .find(|attribute| is_trace(attribute, krate));
        match (own, name) {
            (Some(own), Some(name)) => name_it(own, krate, &name),
            (Some(_), None) => {}
            (None, Some(name)) => {
                let options = parsed.target.options();
                self.add(attribute::attribute(
                    krate,
                    &quote!(trace_with_opname),
                    &quote!(#name #options),
                ));
            }
            (None, None) => self.add(attribute::attribute(krate, &quote!(trace), args)),
        }
    }

    fn add(&mut self, trace: Attribute) {
        let behind_tags = self.attributes.iter().rposition(is_tag_args);
        self.attributes
            .insert(behind_tags.map_or(0, |position| position + 1), trace);
    }

    /// Whether there was a `#[trace(skip)]`.
    fn remove_skip(&mut self, krate: &Krate) -> bool {
        let is_ours = |attribute: &Attribute| is_trace(attribute, krate);
        let Some(position) = self.attributes.iter().position(is_ours) else {
            return false;
        };
        let args = self.attributes.get(position).and_then(args_of_trace);
        // What is wrong with it, it says itself.
        let skips = args
            .and_then(|args| TraceArgs::parse(args).ok())
            .is_some_and(|args| args.skip.is_some());
        if skips {
            self.attributes.remove(position);
        }
        skips
    }
}

/// Gives a method's own `#[trace]` a name. One with options of a block is left to say that itself.
fn name_it(own: &mut Attribute, krate: &Krate, name: &LitStr) {
    let Some(Ok(args)) = args_of_trace(own).map(TraceArgs::parse) else {
        return;
    };
    if args.prefix.is_none() {
        let options = args.target.options();
        *own = attribute::attribute(krate, &quote!(trace_with_opname), &quote!(#name #options));
    }
}

/// What is in the parentheses of a `#[trace]`, which `#[trace_with_opname]` is not.
fn args_of_trace(attribute: &Attribute) -> Option<TokenStream> {
    if !is_last_segment(attribute, "trace") {
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

fn only_attributes(input: ParseStream<'_>) -> Result<TokenStream> {
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
        let signature = signature(&input.fork());
        let mut tokens = TokenStream::new();
        let mut traceable = None;
        if let Some(signature) = &signature {
            let can_be = signature.constness.is_none() && signature.variadic.is_none();
            traceable = can_be.then(|| signature.ident.clone());
            let ahead = input.fork();
            self::signature(&ahead);
            let cursor = ahead.cursor();
            while input.cursor() != cursor {
                tokens.extend([input.parse::<TokenTree>()?]);
            }
        }
        let mut is_complete = false;
        // The body, or the whole of what is not a method.
        while !input.is_empty() {
            let token = input.parse::<TokenTree>()?;
            let semicolon = is_punct(&token, ';');
            let braces = matches!(
                without_invisible(token.clone()),
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace
            );
            tokens.extend([token]);
            let ends = match &signature {
                Some(_) => semicolon || braces,
                None => semicolon || braces && !input.peek(Token![;]) && !is_declaration(&tokens),
            };
            if ends {
                traceable = traceable.filter(|_| braces);
                is_complete = true;
                break;
            }
        }
        Ok(Self {
            attributes,
            tokens,
            traceable,
            is_complete,
        })
    }
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

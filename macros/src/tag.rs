//! A tag and the statement that sets it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Lit;

use crate::args::Krate;
use crate::binding::Binding;
use crate::fields::{Field, Form, Key};
use crate::tag_options::TagArgs;
use crate::token::mixed_site;

pub(crate) enum Tag<'a> {
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

impl Tag<'_> {
    /// It is more than the declaration of a field.
    pub(crate) fn has_value(&self) -> bool {
        match self {
            Self::Argument { .. } => true,
            Self::Field { field, .. } => field.value.is_some(),
        }
    }
}

/// What keeps the tags.
pub(crate) struct Recorder<'a> {
    krate: &'a Krate,
    kind: Kind,
    variable: Ident,
    limit: Ident,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Span,
    Future,
}

/// The prefix keeps variables apart from constants of the user, which hygiene does not.
pub(crate) fn variable(name: &str) -> Ident {
    format_ident!("fedtrace_{name}", span = mixed_site())
}

impl<'a> Recorder<'a> {
    /// The active span.
    pub(crate) fn of_span(krate: &'a Krate, variable: Ident, limit: Ident) -> Self {
        Self {
            krate,
            kind: Kind::Span,
            variable,
            limit,
        }
    }

    /// The tags for a span that is not open yet.
    pub(crate) fn of_future(krate: &'a Krate, variable: Ident, limit: Ident) -> Self {
        Self {
            krate,
            kind: Kind::Future,
            variable,
            limit,
        }
    }

    /// `Type::tag(recorder, "ARG.name", value);`. It is not a method call, since a trait of the user may have a method of
    /// that name for every type.
    pub(crate) fn statement(&self, tag: &Tag<'_>, args: &TagArgs) -> TokenStream {
        match tag {
            Tag::Argument { binding, redacted } => self.argument(binding, *redacted, args),
            Tag::Field { field, .. } => self.field(field),
        }
    }

    fn argument(&self, binding: &Binding, redacted: bool, args: &TagArgs) -> TokenStream {
        let Binding { ident, cfgs, .. } = binding;
        let (krate, name) = (self.krate, binding.name());
        let key = args.key(&name);
        let stand_in = quote_spanned!(mixed_site()=> #krate::__private::redacted());
        if redacted {
            let set = self.set(&key, &stand_in);
            return quote_spanned!(mixed_site()=> #(#cfgs)* #set);
        }
        let ty = self.ty();
        let variable = &self.variable;
        // A variable, because the recorder may be borrowed mutably.
        let value = self::variable("value");
        let set = match self.kind {
            Kind::Span => self.set(&key, &value),
            Kind::Future => {
                quote_spanned!(mixed_site()=> #ty::argument(&mut #variable, #name, #key, #value);)
            }
        };
        let shown = |reference: &TokenStream| {
            let shown = self.chosen(reference);
            quote_spanned! {mixed_site()=>
                let #value = if #ty::redacts(&#variable, #name) { #stand_in } else { #shown };
                #set
            }
        };
        let reference = quote_spanned!(mixed_site()=> &#ident);
        if !binding.may_be_option {
            let shown = shown(&reference);
            return quote_spanned!(mixed_site()=> #(#cfgs)* { #shown });
        }
        self.with_content(cfgs, &reference, shown)
    }

    fn field(&self, Field { key, value, form }: &Field) -> TokenStream {
        let Some(value) = value else {
            return TokenStream::new();
        };
        let key = match key {
            Key::Text(text) => quote!(#text),
            Key::Constant(constant) => quote_spanned!(mixed_site()=> const { #constant }),
        };
        let (krate, limit) = (self.krate, &self.limit);
        let reference = quote_spanned!(mixed_site()=> &(#value));
        let function = match form {
            Form::Display => quote!(displayed),
            Form::Debug => quote!(debugged),
            Form::Chosen if syn::parse2::<Lit>(value.clone()).is_ok() => {
                return self.set(&key, &self.chosen(&reference));
            }
            Form::Chosen => {
                return self.with_content(&[], &reference, |content| self.set(&key, &self.chosen(content)));
            }
        };
        let value = quote_spanned!(mixed_site()=> #krate::__private::#function(#reference, #limit));
        self.set(&key, &value)
    }

    /// The statements with the content of an `Option`, and none for one without content.
    fn with_content(
        &self,
        cfgs: &[syn::Attribute],
        reference: &TokenStream,
        statements: impl FnOnce(&TokenStream) -> TokenStream,
    ) -> TokenStream {
        let krate = self.krate;
        let content = variable("content");
        let statements = statements(&content.to_token_stream());
        let tag = quote_spanned! {mixed_site()=>
            if let #krate::__private::Some(#content) = #krate::__private::Content::new(#reference).fedtrace_content() {
                #statements
            }
        };
        match cfgs {
            [] => tag,
            cfgs => quote_spanned!(mixed_site()=> #(#cfgs)* { #tag }),
        }
    }

    /// The value, in the form that its type has first.
    fn chosen(&self, reference: &TokenStream) -> TokenStream {
        let (krate, limit) = (self.krate, &self.limit);
        let argument = quote_spanned!(mixed_site()=> #krate::__private::Argument::new(#reference));
        quote_spanned!(mixed_site()=> #argument.fedtrace_value(#limit))
    }

    fn set(&self, key: &impl ToTokens, value: &impl ToTokens) -> TokenStream {
        let (ty, variable) = (self.ty(), &self.variable);
        let borrow = match self.kind {
            Kind::Span => quote_spanned!(mixed_site()=> &),
            Kind::Future => quote_spanned!(mixed_site()=> &mut),
        };
        quote_spanned!(mixed_site()=> #ty::tag(#borrow #variable, #key, #value);)
    }

    fn ty(&self) -> TokenStream {
        let krate = self.krate;
        match self.kind {
            Kind::Span => quote_spanned!(mixed_site()=> #krate::__private::Recording),
            Kind::Future => quote_spanned!(mixed_site()=> #krate::__private::EarlyTags),
        }
    }
}

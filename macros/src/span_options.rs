//! The options that `#[trace]` and `#[trace_with_opname]` share.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{Error, ExprPath, LitStr, Result, Token};

use crate::args::{Krate, set_once};
use crate::expression;
use crate::failure::Failure;
use crate::level::{Level, leveled};
use crate::returned::Returned;
use crate::token::is_ident;

#[derive(Default)]
pub(crate) struct SpanOptions {
    pub(crate) krate: Krate,
    /// The expression of the tracer.
    pub(crate) tracer: Option<TokenStream>,
    /// The expression of the parent.
    pub(crate) parent: Option<TokenStream>,
    /// The expression of the spans that caused it.
    pub(crate) follows_from: Option<TokenStream>,
    pub(crate) root: Option<Ident>,
    pub(crate) level: Option<Level>,
    /// A literal, or the path of a constant.
    pub(crate) target: Option<TokenStream>,
    pub(crate) err: Option<Failure>,
    pub(crate) ret: Option<Returned>,
}

impl SpanOptions {
    /// The names of the options.
    pub(crate) const NAMES: [&str; 9] = [
        "crate",
        "err",
        "follows_from",
        "level",
        "parent",
        "ret",
        "root",
        "target",
        "tracer",
    ];

    /// A reference to the level and its target, if there is a level.
    pub(crate) fn leveled(&self) -> Option<TokenStream> {
        let level = self.level.as_ref()?;
        Some(leveled(&self.krate, level, self.target.as_ref()))
    }

    /// Parses the value of an option. `None` if it is another option.
    pub(crate) fn parse(&mut self, key: &Ident, input: ParseStream<'_>) -> Option<Result<()>> {
        let name = key.to_string();
        let is_known = Self::NAMES.contains(&name.as_str());
        is_known.then(|| self.parse_known(&name, key, input))
    }

    fn parse_known(&mut self, name: &str, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name {
            "crate" => self.krate.parse(key, input),
            "err" => set_once(&mut self.err, key, Failure::parse(key, input)?),
            "follows_from" => {
                let causes = expression::value(key, input, "causes")?;
                set_once(&mut self.follows_from, key, causes)
            }
            "level" => set_once(&mut self.level, key, Level::parse(key, input)?),
            "parent" => self.parse_parent(key, input),
            "ret" => set_once(&mut self.ret, key, Returned::parse(key, input)?),
            "root" => self.parse_root(key, input),
            "target" => set_once(&mut self.target, key, target(key, input)?),
            _ => {
                let tracer = expression::value(key, input, "&self.tracer")?;
                set_once(&mut self.tracer, key, tracer)
            }
        }
    }

    /// `parent = None` is how others write `root`.
    fn parse_parent(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        let parent = expression::value(key, input, "&span")?;
        let mut tokens = parent.clone().into_iter();
        match (tokens.next(), tokens.next()) {
            (Some(word), None) if is_ident(&word, "None") => set_once(&mut self.root, key, key.clone()),
            _ => set_once(&mut self.parent, key, parent),
        }
    }

    fn parse_root(&mut self, key: &Ident, input: ParseStream<'_>) -> Result<()> {
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(Error::new(
                key.span(),
                "`root` takes no value: the span has no parent",
            ));
        }
        set_once(&mut self.root, key, key.clone())
    }

    /// An error if two options contradict each other.
    pub(crate) fn check(self) -> Result<Self> {
        if let (Some(root), Some(_)) = (&self.root, &self.parent) {
            return Err(Error::new(root.span(), "use either root or parent, not both"));
        }
        match (&self.target, &self.level) {
            (Some(target), None) => Err(Error::new_spanned(
                target,
                "`target` is where the minimum level is looked up; add a level: `level = \"debug\"`",
            )),
            _ => Ok(self),
        }
    }

    /// The span is not simply a child of the active one.
    pub(crate) fn has_place(&self) -> bool {
        self.parent.is_some() || self.follows_from.is_some() || self.root.is_some()
    }

    /// The options as they are written, for a function that has an outcome for `err` and a value for `ret`, or not.
    pub(crate) fn written(&self, has_outcome: bool, has_value: bool) -> Vec<TokenStream> {
        let assigned = [
            ("tracer", self.tracer.clone()),
            ("parent", self.parent.clone()),
            ("follows_from", self.follows_from.clone()),
            ("level", self.level.as_ref().map(ToTokens::to_token_stream)),
            ("target", self.target.clone()),
        ];
        let assigned = assigned.into_iter().filter_map(|(key, value)| {
            let (key, value) = (Ident::new(key, proc_macro2::Span::call_site()), value?);
            Some(quote!(#key = #value))
        });
        // `err = false` is for any type: that of an `async fn` may be a `Result` under any name.
        let is_for_all = |failure: &&Failure| has_outcome || !Failure::is_sought(Some(failure));
        let err = self.err.as_ref().filter(is_for_all);
        let ret = self.ret.as_ref().filter(|_| has_value);
        let krate = self.krate.option();
        krate
            .into_iter()
            .chain(assigned)
            .chain(self.root.is_some().then(|| quote!(root)))
            .chain(err.map(ToTokens::to_token_stream))
            .chain(ret.map(ToTokens::to_token_stream))
            .collect()
    }
}

fn target(key: &Ident, input: ParseStream<'_>) -> Result<TokenStream> {
    let value = expression::value(key, input, "\"database\"")?;
    let is_literal = syn::parse2::<LitStr>(value.clone()).is_ok();
    match is_literal || syn::parse2::<ExprPath>(value.clone()).is_ok() {
        true => Ok(value),
        false => Err(Error::new_spanned(
            value,
            "target must be a string literal or the path of a constant",
        )),
    }
}

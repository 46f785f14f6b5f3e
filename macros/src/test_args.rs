//! The arguments of `#[test]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Error, LitInt, Meta, Path, Result, Token};

use crate::args::{Krate, options, set_once, unknown_option};

#[derive(Default)]
pub(crate) struct TestArgs {
    pub(crate) krate: Krate,
    /// The attribute of another crate that runs the test, such as `tokio::test`.
    pub(crate) runner: Option<TokenStream>,
    seed: Option<LitInt>,
    allow_open_spans: Option<()>,
}

const KNOWN: [&str; 3] = ["allow_open_spans", "crate", "seed"];

impl TestArgs {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        options(Self::option).parse2(args)
    }

    fn option(input: ParseStream<'_>, parsed: &mut Self) -> Result<()> {
        let path = input.fork().call(Path::parse_mod_style);
        if path.is_ok_and(|path| path.segments.len() > 1) {
            let runner: Meta = input.parse()?;
            let key = Ident::new("test", proc_macro2::Span::call_site());
            let twice = Error::new_spanned(&runner, "one attribute runs the test");
            return set_once(&mut parsed.runner, &key, runner.into_token_stream()).map_err(|_| twice);
        }
        let key = input.call(Ident::parse_any)?;
        match key.to_string().as_str() {
            "crate" => parsed.krate.parse(&key, input),
            "allow_open_spans" => set_once(&mut parsed.allow_open_spans, &key, ()),
            "seed" => {
                let missing = || Error::new(key.span(), "expected a number: `seed = 7`");
                input.parse::<Token![=]>().map_err(|_| missing())?;
                let seed = input.parse().map_err(|_| missing())?;
                set_once(&mut parsed.seed, &key, seed)
            }
            _ => Err(unknown_option(&key, &KNOWN)),
        }
    }

    /// The expression that makes the tracer.
    pub(crate) fn tracer(&self) -> TokenStream {
        let krate = &self.krate;
        let seed = self.seed.iter();
        let allow = self.allow_open_spans.iter().map(|()| quote!(.allow_open_spans()));
        quote!(#krate::testing::TestTracer::builder() #(.seed(#seed))* #(#allow)* .build())
    }
}

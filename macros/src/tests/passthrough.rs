//! The attributes without the feature `enable`.

use super::*;
use crate::passthrough;

#[test]
fn without_the_feature_enable_an_item_is_given_back_as_it_was() {
    let given_back = |off: fn(TokenStream, TokenStream) -> Expansion, args, item: TokenStream| {
        let output = off(args, item.clone()).expect("no mistake");
        assert_eq!(output.to_string(), item.to_string());
    };
    let function = quote! {
        #[inline]
        #[tag_args(fields(b = a))]
        async fn f(mut a: A) -> Result<(), E> { not rust; }
    };
    given_back(passthrough::trace, quote!(tracer = a.tracer()), function.clone());
    given_back(passthrough::trace_with_opname, quote!("f"), function);
    given_back(
        passthrough::tag_args,
        quote!(skip(a)),
        quote!(
            fn f(a: A) {}
        ),
    );
    let block = quote! {
        impl Client {
            #![allow(unused)]
            #[trace(skip)]
            #[inline]
            fn skipped(&self) {}
            #[trace_with_opname("x")]
            fn named(&self) {}
            const N: u8 = { 1 };
        }
    };
    let output = passthrough::trace(quote!(prefix = "Client::"), block.clone()).expect("no mistake");
    let expected = block.to_string().replace("# [trace (skip)] ", "");
    assert_eq!(output.to_string(), expected);
}

#[test]
fn without_the_feature_enable_the_same_mistakes_are_errors() {
    let item = quote!(
        fn f(a: A) {}
    );
    for args in [
        quote!(skip),
        quote!(NAME),
        quote!(tracer),
        quote!(tracer = a?),
        quote!(prefix = "a"),
        quote!(skip(b)),
        quote!(fields(a)),
        quote!(only(a), skip(a)),
        quote!("a", "b"),
    ] {
        type Expand = fn(TokenStream, TokenStream) -> Expansion;
        let both: [(Expand, Expand); 3] = [
            (expand::trace, passthrough::trace),
            (expand::trace_with_opname, passthrough::trace_with_opname),
            (expand::tag_args, passthrough::tag_args),
        ];
        for (on, off) in both {
            let on = on(args.clone(), item.clone()).map_err(|error| error.to_string());
            let off = off(args.clone(), item.clone()).map_err(|error| error.to_string());
            assert_eq!(on.err(), off.err(), "{args}");
        }
    }
}

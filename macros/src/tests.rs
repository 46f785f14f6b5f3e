//! What comes out of the attributes, token by token.

mod fuzz;

use std::fs;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta};

use crate::expand::{self, Expansion};
use crate::item::Item;
use crate::off;

fn merged(expansion: Expansion) -> TokenStream {
    expansion.unwrap_or_else(|rejected| rejected)
}

fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    merged(expand::trace(args, item))
}

fn trace_with_opname(args: TokenStream, item: TokenStream) -> TokenStream {
    merged(expand::trace_with_opname(args, item))
}

fn tag_args(args: TokenStream, item: TokenStream) -> TokenStream {
    merged(expand::tag_args(args, item))
}

/// Expands the attributes of the outermost item, from the first to the last, as the compiler does.
fn expanded(source: TokenStream) -> TokenStream {
    let mut item = Item::new(source);
    let ours = |attribute: &Attribute| {
        let name = attribute.path().segments.last()?.ident.to_string();
        Some(match name.as_str() {
            "trace" => trace as fn(TokenStream, TokenStream) -> TokenStream,
            "trace_with_opname" => trace_with_opname,
            "tag_args" => tag_args,
            _ => return None,
        })
    };
    let first = item
        .attributes
        .iter()
        .enumerate()
        .find_map(|(index, attribute)| Some((index, ours(attribute)?)));
    let Some((index, expand)) = first else {
        return item.to_token_stream();
    };
    let args = match item.attributes.remove(index).meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    let output = expand(args, item.to_token_stream());
    if output.to_string().contains("compile_error") {
        return output;
    }
    expanded(output)
}

/// The message of the one error in some tokens.
fn error(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    let mut parts = text.split("compile_error ! {");
    let (_, Some(message), None) = (parts.next(), parts.next(), parts.next()) else {
        panic!("expected one error in {text}");
    };
    let message = message.split('}').next().unwrap();
    message.trim().trim_matches('"').replace("\\\"", "\"")
}

/// Tokens without the difference between `>>` and `> >`.
fn flat(tokens: TokenStream) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                all.push(format!("{:?}", group.delimiter()));
                all.extend(flat(group.stream()));
                all.push("end".to_owned());
            }
            token => all.push(token.to_string()),
        }
    }
    all
}

#[track_caller]
fn assert_same(actual: TokenStream, expected: TokenStream) {
    assert!(
        flat(actual.clone()) == flat(expected.clone()),
        "expanded to\n{actual}\nand not to\n{expected}"
    );
}

#[test]
fn the_documentation_shows_the_real_expansions() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/macros.md");
    let text = fs::read_to_string(path).unwrap();
    let blocks: Vec<&str> = text
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() >= 16, "{} blocks", blocks.len());
    for pair in blocks.chunks(2) {
        let [written, shown] = pair else {
            panic!("a block without its pair")
        };
        let parse = |source| TokenStream::from_str(source).unwrap();
        assert_same(expanded(parse(written)), parse(shown));
    }
}

#[test]
fn either_order_of_the_attributes_expands_to_the_same() {
    let function = quote! {
        #[doc = "kept"]
        pub async fn send(mut a: A, (b, _): (B, C)) -> Result<(), E> { a.b(b).await }
    };
    assert_same(
        expanded(quote!(#[trace] #[tag_args(skip(a))] #function)),
        expanded(quote!(#[tag_args(skip(a))] #[trace] #function)),
    );
    let attributes = quote!(#[inline] #[fedtrace::tag_args] #[must_use]);
    assert_same(
        expanded(quote!(#[trace_with_opname("x")] #attributes #function)),
        expanded(quote!(#[inline] #[fedtrace::tag_args] #[trace_with_opname("x")] #[must_use] #function)),
    );
}

#[test]
fn the_signature_stays_as_it_was_written() {
    let signature = quote! {
        #[cfg_attr(x, y)]
        pub(in crate::a) unsafe extern "C" fn r#match<'a, const N: usize, T: ?Sized + 'a>(
            self: &'a mut Box<Self>, #[cfg(x)] &(ref b, _): &'a (T, [u8; N])
        ) -> impl Fn(&T) -> Box<dyn Fn() + 'a> + use<'a, N, T> where for<'x> T: Trait<'x>
    };
    let expanded = expanded(quote!(#[trace] #[tag_args] #signature { body }));
    let expanded = flat(expanded);
    let expected = flat(signature);
    assert_eq!(expanded[..expected.len()], expected);
}

#[test]
fn a_body_that_is_not_rust_is_kept() {
    let body = quote!({ let = ; .. => #!x });
    for attribute in [
        quote!(#[trace]),
        quote!(#[tag_args]),
        quote!(#[trace_with_opname(NAME)]),
    ] {
        for head in [
            quote!(fn f(a: A)),
            quote!(async fn f(a: A)),
            quote!(fn f() -> Result<A, B>),
        ] {
            let expanded = expanded(quote!(#attribute #head #body)).to_string();
            assert!(expanded.contains("let = ; .. =>"), "{expanded}");
            assert!(!expanded.contains("compile_error"), "{expanded}");
        }
    }
}

#[test]
fn a_future_in_the_last_expression_is_traced() {
    let expansion = |body: TokenStream| expanded(quote!(#[trace] fn f() -> T { #body })).to_string();
    for body in [
        quote!(async {}),
        quote!(async move {}),
        quote!(Box::pin(async move {})),
        quote!(::std::boxed::Box::pin(async {},)),
        TokenStream::from_str("use a; async {}").unwrap(),
    ] {
        assert!(expansion(body.clone()).contains(":: traced ("), "{body}");
    }
    for body in [
        quote!(let x = 1; if x {} Box::pin(async {})),
        quote!(foo!(); async {}),
    ] {
        assert!(expansion(body.clone()).contains(":: carry ("), "{body}");
    }
    for body in [
        quote!(async {}.boxed()),
        quote!(|| async {}),
        quote!(f(async {})),
        quote!(Rc::pin(async {})),
        quote!(Box::pin(async {}.map())),
        quote!(Box::pin(f(), async {})),
        quote!(x = async {}),
        quote!(async {};),
        quote!(),
        quote!({}),
        quote!(move {}),
    ] {
        let expansion = expansion(body.clone());
        assert!(!expansion.contains(":: traced"), "{body}");
        assert!(!expansion.contains(":: carry"), "{body}");
    }
}

#[test]
fn a_future_in_the_return_type_is_carried() {
    let is_carried = |function: TokenStream| {
        let expanded = expanded(quote!(#[trace] #function)).to_string();
        expanded.contains("fedtrace_scope , fedtrace_future")
    };
    for output in [
        quote!(impl Future<Output = u8> + Send + 'a),
        quote!(impl ::std::future::Future<Output = impl Sized>),
        quote!(Pin<Box<dyn Future<Output = T> + 'a>>),
        quote!(::std::pin::Pin<::std::boxed::Box<(dyn core::future::Future<Output = T> + Send)>>),
        quote!(BoxFuture<'a, T>),
        quote!(futures::future::LocalBoxFuture<'_, ()>),
    ] {
        assert!(is_carried(quote!(fn f() -> #output { g(x) })), "{output}");
        assert!(!is_carried(quote!(fn f() -> #output { g(x); })), "{output}");
        assert!(!is_carried(quote!(fn f() -> #output {})), "{output}");
    }
    for output in [
        quote!(impl Future),
        quote!(impl Future<Item = u8, Error = ()>),
        quote!(impl IntoFuture<Output = u8>),
        quote!(Box<dyn Future<Output = u8>>),
        quote!(Pin<&mut dyn Future<Output = u8>>),
        quote!(Pin<Box<F>>),
        quote!(Result<BoxFuture<'a, T>, E>),
        quote!(Self::Future),
    ] {
        assert!(!is_carried(quote!(fn f() -> #output { g(x) })), "{output}");
    }
}

#[test]
fn an_opaque_future_is_not_carried_where_the_body_may_return_early() {
    let is_carried = |body: TokenStream| {
        let function = quote!(fn f() -> impl Future<Output = u8> { #body });
        expanded(quote!(#[trace] #function))
            .to_string()
            .contains(":: carry (")
    };
    for body in [
        quote!(g(x)),
        quote!(g(|x| {
            return x;
        })),
        quote!(let h = move |x| return x; g(h)),
        quote!(g(async { return 1 }, async move { return 2 })),
        quote!(assert!(x); g(vec![x])),
        quote!(g(!x, a != (b))),
    ] {
        assert!(is_carried(body.clone()), "{body}");
    }
    for body in [
        quote!(if x { return y } g(x)),
        quote!(let h = |x| x; return g(h)),
        quote!(x || return y; g(x)),
        quote!(match x {
            A => return y,
            _ => g(x),
        }),
        quote!(bail!(x); g(x)),
        quote!(vec![if x { return y }]; g(x)),
    ] {
        assert!(!is_carried(body.clone()), "{body}");
    }
}

#[test]
fn a_type_that_may_not_live_long_enough_for_a_box_is_not_carried() {
    let is_carried = |function: TokenStream| {
        expanded(quote!(#[trace] #function))
            .to_string()
            .contains("fedtrace_carry")
    };
    assert!(is_carried(quote!(
        fn f<T, U: 'static>() -> BoxFuture<'static, U> {
            g()
        }
    )));
    assert!(is_carried(quote!(
        fn f<'a, T>() -> BoxFuture<'a, T>
        where
            T: A + 'a,
        {
            g()
        }
    )));
    assert!(!is_carried(quote!(
        fn f<'a, T: A>() -> BoxFuture<'a, T>
        where
            T: B,
        {
            g()
        }
    )));
}

#[test]
fn a_result_in_any_path_is_recorded_but_not_behind_track_caller() {
    let records = |item: TokenStream| expanded(quote!(#[trace] #item)).to_string().contains("Outcome");
    assert!(records(quote!(
        fn f() -> std::io::Result<()> {}
    )));
    assert!(records(quote!(
        fn f() -> (Result<(), E>) {}
    )));
    assert!(records(quote!(
        async fn f() -> fmt::Result {}
    )));
    assert!(records(quote!(
        fn f() -> BoxFuture<'a, Result<(), E>> {
            Box::pin(async {})
        }
    )));
    assert!(!records(quote!(
        #[track_caller]
        fn f() -> Result<(), E> {}
    )));
    assert!(!records(quote!(
        fn f() -> Option<Result<(), E>> {}
    )));
    assert!(!records(quote!(
        fn f() -> Results<()> {}
    )));
}

#[test]
fn the_path_of_the_crate_is_in_everything_that_is_generated() {
    let function = quote!(
        async fn f(mut a: A) -> Result<(), E> {}
    );
    let expanded = expanded(quote! {
        #[trace_with_opname(N, crate = a::b)]
        #[tag_args(crate = a::b)]
        #function
    })
    .to_string();
    assert!(expanded.contains("a :: b :: __private"), "{expanded}");
    assert!(!expanded.contains("fedtrace ::"), "{expanded}");
}

#[test]
fn an_error_leaves_the_item_and_is_the_only_one() {
    for (source, message) in [
        (
            quote!(
                #[trace]
                #[tag_args]
                struct S;
            ),
            "#[trace] can only be applied to functions and methods",
        ),
        (
            quote!(
                #[tag_args]
                #[trace]
                trait T {
                    fn f();
                }
            ),
            "#[tag_args] cannot be applied to a trait; annotate methods that have a body",
        ),
        (
            quote!(
                #[tag_args]
                #[trace]
                #[inline]
                fn f();
            ),
            "#[tag_args] needs a function body; put it on the implementation instead",
        ),
        (
            quote!(
                #[trace]
                unsafe extern "C" fn f(a: u8, ...) {}
            ),
            "#[trace] does not support C-variadic functions",
        ),
        (
            quote!(
                #[trace]
                #[tag_args(skip(b))]
                fn f(a: u8) {}
            ),
            "no parameter named `b` in this function",
        ),
        (
            quote!(
                #[trace]
                #[fedtrace::trace_with_opname("x")]
                fn f() {}
            ),
            "this function is already traced",
        ),
        (
            quote!(
                #[trace(a = 1)]
                fn f() {}
            ),
            "unknown option `a`; expected one of `crate`, `prefix`, `tracer`",
        ),
        (
            quote!(
                #[tag_args(a)]
                fn f() {}
            ),
            "unknown option `a`; expected one of `crate`, `skip`, `only`, `reveal`, `fields`",
        ),
    ] {
        let expanded = expanded(source.clone());
        assert_eq!(error(&expanded), message);
        let text = expanded.to_string();
        let item = source.to_string();
        let item = item.rsplit(']').next().unwrap().trim();
        assert!(text.contains(item), "{text}");
    }
}

#[test]
fn attributes_of_other_crates_are_not_taken_for_ours() {
    let expanded = trace(
        TokenStream::new(),
        quote!(
            #[fastrace::trace]
            fn f() {}
        ),
    );
    assert!(!expanded.to_string().contains("compile_error"), "{expanded}");
}

#[test]
fn fragments_of_macro_rules_are_seen_through() {
    use proc_macro2::{Delimiter, Group};
    let hidden = |tokens| TokenTree::Group(Group::new(Delimiter::None, tokens));
    let visibility = hidden(quote!(pub(crate)));
    let body = hidden(quote!({ async {} }));
    let ty = hidden(quote!(Result<(), E>));
    let item = hidden(quote!(#visibility fn f() -> #ty #body));
    let expanded = trace(TokenStream::new(), item.into()).to_string();
    assert!(expanded.contains("traced_then"), "{expanded}");
    let name = hidden(quote!("name"));
    let expanded = trace_with_opname(
        name.into(),
        quote!(
            fn f() {}
        ),
    )
    .to_string();
    assert!(expanded.contains("\"name\""), "{expanded}");
}

#[test]
fn no_tokens_make_the_macros_panic() {
    const WORDS: [&str; 28] = [
        "fn", "async", "move", "f", "(", ")", "{", "}", "[", "]", "<", ">", "->", "Result", ":", "::", ",",
        ";", "#", "!", "impl", "self", "mut", "x", "pub", "const", "\"t\"", "Box::pin",
    ];
    const STARTS: [&str; 6] = [
        "",
        "fn f(x: X) -> Result<A, B> {",
        "async fn f(mut x: X, (a, _): P) {",
        "impl A { fn f(",
        "#[tag_args] fn f() {",
        "pub fn f(self: Box<Self>) { Box::pin(async move {",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    let mut parsed = 0;
    for _ in 0..4_000 {
        let mut source = STARTS[below(STARTS.len())].to_owned();
        for _ in 0..below(12) {
            source.push(' ');
            source.push_str(WORDS[below(WORDS.len())]);
        }
        let closed = source
            .matches('{')
            .count()
            .saturating_sub(source.matches('}').count());
        let open = source
            .matches('(')
            .count()
            .saturating_sub(source.matches(')').count());
        source.push_str(&")".repeat(open.min(1)));
        source.push_str(&"}".repeat(closed));
        let Ok(tokens) = TokenStream::from_str(&source) else {
            continue;
        };
        parsed += 1;
        for expand in [trace, trace_with_opname, tag_args] {
            let args = [
                "",
                "\"name\"",
                "skip(x)",
                "fields(x.y = x)",
                "prefix = \"x\", tracer = x",
                &source,
            ];
            for args in args {
                if let Ok(args) = TokenStream::from_str(args) {
                    let output = expand(args, tokens.clone()).to_string();
                    assert!(TokenStream::from_str(&output).is_ok(), "{output}");
                }
            }
        }
    }
    assert!(parsed > 300, "{parsed}");
}

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
    given_back(off::trace, quote!(tracer = a.tracer()), function.clone());
    given_back(off::trace_with_opname, quote!("f"), function);
    given_back(
        off::tag_args,
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
    let output = off::trace(quote!(prefix = "Client::"), block.clone()).expect("no mistake");
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
            (expand::trace, off::trace),
            (expand::trace_with_opname, off::trace_with_opname),
            (expand::tag_args, off::tag_args),
        ];
        for (on, off) in both {
            let on = on(args.clone(), item.clone()).map_err(|error| error.to_string());
            let off = off(args.clone(), item.clone()).map_err(|error| error.to_string());
            assert_eq!(on.err(), off.err(), "{args}");
        }
    }
}

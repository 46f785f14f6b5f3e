//! The expansions of the attributes, token by token.

mod errors;
mod futures;
mod fuzz;
mod passthrough;
mod tokens;

use std::fs;
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta};

use crate::expand::{self, Expansion};
use crate::item::Item;

fn merge(expansion: Expansion) -> TokenStream {
    expansion.unwrap_or_else(|rejected| rejected)
}

fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    merge(expand::trace(args, item))
}

fn trace_with_opname(args: TokenStream, item: TokenStream) -> TokenStream {
    merge(expand::trace_with_opname(args, item))
}

fn tag_args(args: TokenStream, item: TokenStream) -> TokenStream {
    merge(expand::tag_args(args, item))
}

/// Expands the attributes of the outermost item, from the first to the last, as the compiler does.
fn expand_all(source: TokenStream) -> TokenStream {
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
    expand_all(output)
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
fn flatten(tokens: TokenStream) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                all.push(format!("{:?}", group.delimiter()));
                all.extend(flatten(group.stream()));
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
        flatten(actual.clone()) == flatten(expected.clone()),
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
        assert_same(expand_all(parse(written)), parse(shown));
    }
}

#[test]
fn either_order_of_the_attributes_expands_to_the_same() {
    let function = quote! {
        #[doc = "kept"]
        pub async fn send(mut a: A, (b, _): (B, C)) -> Result<(), E> { a.b(b).await }
    };
    assert_same(
        expand_all(quote!(#[trace] #[tag_args(skip(a))] #function)),
        expand_all(quote!(#[tag_args(skip(a))] #[trace] #function)),
    );
    let attributes = quote!(#[inline] #[fedtrace::tag_args] #[must_use]);
    assert_same(
        expand_all(quote!(#[trace_with_opname("x")] #attributes #function)),
        expand_all(quote!(#[inline] #[fedtrace::tag_args] #[trace_with_opname("x")] #[must_use] #function)),
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
    let expanded = expand_all(quote!(#[trace] #[tag_args] #signature { body }));
    let expanded = flatten(expanded);
    let expected = flatten(signature);
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
            let expanded = expand_all(quote!(#attribute #head #body)).to_string();
            assert!(expanded.contains("let = ; .. =>"), "{expanded}");
            assert!(!expanded.contains("compile_error"), "{expanded}");
        }
    }
}

#[test]
fn a_result_in_any_path_and_under_an_alias_is_recorded_but_not_behind_track_caller() {
    let records = |item: TokenStream| expand_all(quote!(#[trace] #item)).to_string().contains("Outcome");
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
        fn f() -> error::ApiResult<Json<Event>> {}
    )));
    assert!(records(quote!(
        fn f() -> BoxFuture<'a, ApiResult<()>> {
            Box::pin(async {})
        }
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
    let expanded = expand_all(quote! {
        #[trace_with_opname(N, crate = a::b)]
        #[tag_args(crate = a::b)]
        #function
    })
    .to_string();
    assert!(expanded.contains("a :: b :: __private"), "{expanded}");
    assert!(!expanded.contains("fedtrace ::"), "{expanded}");
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
fn a_trace_with_arguments_that_are_not_ours_is_left_alone() {
    for theirs in [
        quote!(#[trace("/path")]),
        quote!(#[trace('c')]),
        quote!(#[trace(7, skip)]),
        quote!(#[trace = "/path"]),
        quote!(#[trace(short_name = true)]),
        quote!(#[trace(skip_all)]),
    ] {
        for ours in [quote!(#[trace]), quote!(#[trace_with_opname("x")])] {
            let expanded = trace(quote!(), quote!(#theirs fn f() {})).to_string();
            assert!(expanded.starts_with(&theirs.to_string()), "{expanded}");
            assert!(expanded.contains("enter"), "{expanded}");
            assert!(!expanded.contains("compile_error"), "{expanded}");
            let second = trace(quote!(), quote!(#theirs #ours fn f() {})).to_string();
            assert!(second.contains("compile_error"), "{second}");
        }
        let block = trace(quote!(prefix = "T::"), quote!(impl T { #theirs fn f(&self) {} }));
        let expected = quote!(impl T { #[::fedtrace::trace_with_opname("T::f")] #theirs fn f(&self) {} });
        assert_same(block, expected);
        let tagged = tag_args(quote!(), quote!(#theirs fn f(x: u8) { async {} })).to_string();
        assert!(tagged.starts_with(&theirs.to_string()), "{tagged}");
    }
    for ours in [
        quote!(#[trace]),
        quote!(#[trace()]),
        quote!(#[trace(tracer = &TRACER)]),
        quote!(#[trace(err)]),
        quote!(#[trace(level = "debug")]),
        quote!(#[trace(crate = a::b)]),
        quote!(#[fedtrace::trace("/path")]),
    ] {
        let expanded = trace(quote!(), quote!(#ours fn f() {})).to_string();
        assert!(expanded.contains("compile_error"), "{ours}");
    }
}

#[test]
fn a_variable_of_a_pattern_exists_only_where_the_fields_around_it_do() {
    let parameter = quote!(P { #[cfg(x)] b: Q { #[cfg(y)] mut c, .. }, .. }: P);
    let tagged = tag_args(quote!(), quote!(fn f(#parameter) {})).to_string();
    let statement = quote!(
        #[cfg(x)]
        #[cfg(y)]
    )
    .to_string();
    let statement = format!("{statement} {{ if let");
    assert!(tagged.contains(&statement), "{tagged}");
    for function in [
        quote!(fn f(#parameter) -> Result<u8, ()> { Ok(c) }),
        quote!(async fn f(#parameter) -> u8 { c }),
    ] {
        let traced = trace(quote!(), function).to_string();
        let rebinding = quote!(let mut c = c).to_string();
        let (before, _) = traced.split_once(&rebinding).expect("a rebinding");
        let attributes = before.rsplit(['{', '}', ';']).next().unwrap_or_default();
        for attribute in [quote!(#[cfg(x)]), quote!(#[cfg(y)])] {
            assert!(attributes.contains(&attribute.to_string()), "{traced}");
        }
    }
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

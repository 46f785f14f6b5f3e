//! Random functions and random tokens.

use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use syn::{ImplItemFn, ItemImpl};

use super::{expand_all, flatten, merge};
use crate::expand;

const ATTRIBUTES: [&str; 13] = [
    "#[trace]",
    "#[trace_with_opname(\"name\")]",
    "#[tag_args]",
    "#[trace] #[tag_args]",
    "#[tag_args] #[trace]",
    "#[inline] #[tag_args] #[must_use] #[trace_with_opname(NAME)]",
    "#[trace] #[inline] #[tag_args(crate = a::b)]",
    "#[trace(err = false)]",
    "#[trace(level = \"debug\", root)] #[tag_args(skip_all, fields(%x, y = ?z, late))]",
    "#[tag_args(prefix = \"\")] #[trace(parent = x, follows_from = [y])]",
    "#[trace_with_opname(\"name\", level = Level::INFO, target = \"t\", tracer = &t)]",
    "#[trace(root)] #[tag_args(only(), fields({ K } = 1))]",
    "#[tag_args(skip())] #[trace(level = 1)]",
];

const PARAMETERS: [&str; 20] = [
    "a: u8",
    "mut b: String",
    "(c, mut d): (A, B)",
    "&e: &u8",
    "Pair { f, g: mut h, .. }: Pair<'_>",
    "[i, .., j]: [T; N]",
    "k @ (l, _): (A, B)",
    "ref m: C",
    "ref mut n: C",
    "_: D",
    "_o: E",
    "r#type: impl Fn(&str) -> Box<dyn Fn() + '_>",
    "#[cfg(x)] p: Undefined",
    "#[allow(unused_mut)] mut q: &'a mut [T]",
    "(Ok(s) | Err(s)): Result<u8, u8>",
    "t: <T as Trait<'a>>::Type",
    "(mut u): for<'x> fn(&'x u8) -> &'x u8",
    "v: Vec<[u8; { 1 + 1 }]>",
    "macro_made!(w): X",
    "password: &str",
];

const HEADS: [&str; 10] = [
    "fn",
    "pub fn",
    "pub(in crate::a) fn",
    "async fn",
    "pub(crate) async unsafe fn",
    "unsafe extern \"C\" fn",
    "default fn",
    "pub default async fn",
    "extern fn",
    "async fn",
];

const RECEIVERS: [&str; 9] = [
    "",
    "",
    "self",
    "mut self",
    "&self",
    "&'a mut self",
    "self: Box<Self>",
    "mut self: Pin<&mut Self>",
    "self: &Arc<Self>",
];

const GENERICS: [&str; 5] = [
    "",
    "<'a>",
    "<'a: 'b, 'b, T: ?Sized + 'a, const N: usize>",
    "<F: for<'x> Fn(&'x str) -> &'x str>",
    "<T>",
];

const OUTPUTS: [&str; 16] = [
    "",
    "-> ()",
    "-> !",
    "-> u8",
    "-> Result<u8, Error>",
    "-> std::io::Result<Vec<Box<dyn Fn(u8) -> Result<(), ()>>>>",
    "-> Result<impl Iterator<Item = impl Display + 'a> + use<'a, T>, impl Error>",
    "-> impl Future<Output = Result<u8, ()>> + Send + 'a",
    "-> Pin<Box<dyn Future<Output = u8> + Send + '_>>",
    "-> BoxFuture<'a, Result<(), E>>",
    "-> (Result<u8, u8>)",
    "-> [Option<&'a str>; N]",
    "-> <Self as Trait>::Result",
    "-> T::Result where T: Trait<Output = u8>, for<'x> &'x T: Sized",
    "-> impl Fn() -> Box<dyn Fn() -> u8>",
    "-> type_macro!(u8)",
];

const STATEMENTS: [&str; 22] = [
    "let x = a + 1;",
    "let Some(y) = b.get(0)? else { return Err(()); };",
    "if c { return d; }",
    "'outer: loop { break 'outer; }",
    "use std::fmt::Write as _;",
    "const LIMIT: u8 = { 1 + 1 };",
    "fn inner<T>(x: T) -> T { x }",
    "impl Inner { fn f(&self) {} }",
    "#[derive(Debug)] struct Inner(u8);",
    "macro_rules! local { ($x:expr) => { $x } }",
    "local!(x);",
    "println!(\"{a} {b:?}\");",
    "match a { 0..=9 => {} _ if b => (), x @ _ => drop(x) }",
    "let f = async |x: u8| -> Result<u8, ()> { Ok(x) };",
    "let g = move |(a, b): (u8, u8)| -> u8 { a * b };",
    ";",
    "unsafe { call(&raw const a) }",
    "#[cfg(test)] let z = c\"text\";",
    "let w = const { 1 };",
    "for (i, x) in a.iter().enumerate() { continue; }",
    "a = b = c;",
    "let newer = gen { yield 1; } do yeet;",
];

const TAILS: [&str; 18] = [
    "",
    "x",
    "Ok(x?)",
    "return x",
    "async {}",
    "async move { a.await }",
    "async { #![allow(unused)] use a::b; a }",
    "Box::pin(async move { Ok(a) })",
    "::std::boxed::Box::pin(async {})",
    "async move { a }.boxed()",
    "{ x }",
    "if a { b } else { c }",
    "match a { _ => Err(()) }",
    "loop {}",
    "move || a",
    "unsafe { a() }",
    "todo!()",
    "a +",
];

fn parameters() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(PARAMETERS.to_vec(), 0..=6)
}

prop_compose! {
    fn signature()(
        head in select(HEADS.to_vec()),
        generics in select(GENERICS.to_vec()),
        receiver in select(RECEIVERS.to_vec()),
        parameters in parameters(),
        output in select(OUTPUTS.to_vec()),
    ) -> String {
        let inputs: Vec<&str> = [receiver].into_iter().filter(|receiver| !receiver.is_empty())
            .chain(parameters).collect();
        format!("{head} name{generics}({}) {output}", inputs.join(", "))
    }
}

prop_compose! {
    fn body()(
        inner in select(vec!["", "#![allow(unused)]", "//! Documented.\n"]),
        statements in prop::collection::vec(select(STATEMENTS.to_vec()), 0..6),
        tail in select(TAILS.to_vec()),
    ) -> (String, String) {
        (inner.to_owned(), format!("{} {tail}", statements.join(" ")))
    }
}

fn tokens(source: &str) -> TokenStream {
    TokenStream::from_str(source).unwrap_or_else(|error| panic!("{error}: {source}"))
}

/// The tokens of a signature without `mut` and lint levels, which the body may repeat.
fn of_signature(method: &ImplItemFn) -> Vec<String> {
    let mut signature = method.sig.clone();
    for input in &mut signature.inputs {
        if let syn::FnArg::Typed(parameter) = input {
            parameter
                .attrs
                .retain(|attribute| attribute.path().is_ident("cfg"));
        }
    }
    let words = flatten(quote::quote!(#signature));
    words.into_iter().filter(|word| word != "mut").collect()
}

/// The text contains the words in this order.
fn are_in_order(words: &[String], text: &[String]) -> bool {
    let mut rest = text.iter();
    words.iter().all(|word| rest.any(|other| other == word))
}

fn method(source: TokenStream) -> syn::Result<ImplItemFn> {
    let block: ItemImpl = syn::parse2(quote::quote!(impl X { #source }))?;
    match block.items.into_iter().next() {
        Some(syn::ImplItem::Fn(method)) => Ok(method),
        _ => Err(syn::Error::new(proc_macro2::Span::call_site(), "no function")),
    }
}

fn words() -> impl Strategy<Value = TokenStream> {
    const WORDS: [&str; 46] = [
        "fn", "async", "move", "const", "impl", "trait", "struct", "self", "mut", "x", "T", "Result", "Box",
        "pin", "->", "=>", "<", ">", ":", "::", ",", ";", ".", "#", "!", "&", "|", "=", "'a", "\"text\"",
        "1", "pub", "ref", "for", "err", "ret", "level", "root", "parent", "fields", "skip", "skip_all", "%",
        "?", "Debug", "prefix",
    ];
    let word = select(WORDS.to_vec()).prop_map(tokens);
    let word = word.boxed();
    word.prop_recursive(4, 40, 8, |inner| {
        let group = |delimiter| {
            move |content: Vec<TokenStream>| {
                let content = content.into_iter().collect();
                TokenTree::Group(proc_macro2::Group::new(delimiter, content)).into()
            }
        };
        use proc_macro2::Delimiter::{Brace, Bracket, None, Parenthesis};
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(group(Brace)),
            prop::collection::vec(inner.clone(), 0..6).prop_map(group(Parenthesis)),
            prop::collection::vec(inner.clone(), 0..6).prop_map(group(Bracket)),
            prop::collection::vec(inner.clone(), 0..6).prop_map(group(None)),
            prop::collection::vec(inner, 0..6).prop_map(|content| content.into_iter().collect()),
        ]
    })
}

fn item() -> impl Strategy<Value = TokenStream> {
    let start = select(vec![
        "",
        "fn f",
        "async fn f",
        "fn f(mut x: X) -> Result<A, B>",
        "impl A",
        "#[tag_args] fn f()",
    ]);
    (start, words(), words()).prop_map(|(start, first, second)| {
        let start = tokens(start);
        quote::quote!(#start #first #second)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_function_stays_a_function_with_its_signature_and_its_body(
        attributes in select(ATTRIBUTES.to_vec()),
        signature in signature(),
        (inner, content) in body(),
    ) {
        let source = format!("{signature} {{ {inner}\n {content} }}");
        let output = expand_all(tokens(&format!("{attributes} {source}")));
        prop_assert!(!output.to_string().contains("compile_error"), "{output}");
        let words = flatten(output.clone());
        // `Box::pin` moves around the future with the span.
        let kept = content
            .replace("::std::boxed::Box::pin(async {})", "async {}")
            .replace("Box::pin(async move { Ok(a) })", "async move { Ok(a) }");
        prop_assert!(are_in_order(&flatten(tokens(&kept)), &words), "{output}");
        // The body may not be Rust yet. The expansion without the body must be Rust.
        if let Ok(received) = method(tokens(&source)) {
            let method = method(output.clone());
            prop_assert!(method.is_ok(), "{:?}: {output}", method.err());
            prop_assert_eq!(of_signature(&method.unwrap()), of_signature(&received), "{}", output);
        } else {
            let bodiless = expand_all(tokens(&format!("{attributes} {signature} {{}}")));
            prop_assert!(method(bodiless).is_ok() , "{}", output);
        }
    }

    #[test]
    fn an_impl_block_keeps_its_members(
        methods in prop::collection::vec((signature(), body()), 0..4),
        others in subsequence(vec![
            "const A: u8 = { 1 };", "type B = [u8; { 1 }];", "const fn c() {}", "#[trace(skip)] fn d() {}",
            "made!();", "made! { x }", "fn e();", "#[tag_args] fn f(x: u8) {}", "pub async fn g(&self) {}",
        ], 0..=9),
    ) {
        let mut members: Vec<String> = methods.into_iter()
            .map(|(signature, (inner, content))| format!("{signature} {{ {inner}\n {content} }}"))
            .collect();
        members.extend(others.into_iter().map(str::to_owned));
        let content = members.join("\n");
        let item = tokens(&format!("impl<T> Trait<T> for Own<T> where T: Other {{ {content} }}"));
        let output = merge(expand::trace(TokenStream::new(), item.clone()));
        prop_assert!(!output.to_string().contains("compile_error"), "{output}");
        let kept = tokens(&content.replace("#[trace(skip)]", ""));
        prop_assert!(are_in_order(&flatten(kept), &flatten(output.clone())), "{output}");
        if syn::parse2::<ItemImpl>(item).is_ok() {
            prop_assert!(syn::parse2::<ItemImpl>(output.clone()).is_ok(), "{output}");
        }
    }

    #[test]
    fn no_item_and_no_arguments_make_the_macros_panic_or_lose_tokens(args in words(), item in item()) {
        for expand in [expand::trace, expand::trace_with_opname, expand::tag_args] {
            for args in [TokenStream::new(), tokens("\"name\""), args.clone()] {
                let output = merge(expand(args, item.clone()));
                let errors = output.to_string().matches("compile_error").count();
                prop_assert!(errors <= 1, "{output}");
                prop_assert!(TokenStream::from_str(&output.to_string()).is_ok(), "{output}");
            }
        }
    }
}

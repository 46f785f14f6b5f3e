// editions: 2018 2021 2024
// Bodies with everything that may stand in one.

use std::collections::BTreeMap;
#[allow(unused_imports)]
use std::convert::TryFrom;
use std::fmt::{Debug, Write};
use std::future::Future;
use std::ops::ControlFlow;
use std::task::Poll;

use futures::executor::block_on;

#[attributes]
fn let_else(text: Option<&str>) -> Result<usize, String> {
    let Some(text) = text else {
        return Err(String::from("none"));
    };
    let ([_, first] | [first]) = text.as_bytes() else { return Ok(0) };
    Ok(usize::from(*first))
}

#[attributes]
fn question_option(text: &str) -> Option<u32> {
    let first = text.chars().next()?;
    let digit = first.to_digit(10)?;
    Some(digit)
}

#[attributes]
async fn question_option_later(text: &str) -> Option<u32> {
    let first = text.chars().next()?;
    std::future::ready(first).await.to_digit(10)
}

#[attributes]
fn question_flow(numbers: &[i32]) -> ControlFlow<i32, usize> {
    for number in numbers {
        if *number < 0 {
            ControlFlow::Break(*number)?;
        }
    }
    ControlFlow::Continue(numbers.len())
}

#[attributes]
fn question_poll(poll: Poll<Result<u8, String>>) -> Poll<Result<u8, String>> {
    let value = poll?;
    value.map(|value| Ok(value + 1))
}

#[attributes]
fn question_poll_option(poll: Poll<Option<Result<u8, u8>>>) -> Poll<Option<Result<u8, u8>>> {
    let Poll::Ready(Some(value)) = poll? else { return Poll::Pending };
    Poll::Ready(Some(Ok(value)))
}

#[attributes]
fn question_converts(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    let number: i64 = text.parse()?;
    let small = u8::try_from(number)?;
    if small == 0 {
        Err("zero")?
    }
    Ok(small)
}

#[attributes]
async fn question_converts_later(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    let number: i64 = text.parse()?;
    let small = u8::try_from(number)?;
    if small == 0 {
        Err("zero")?
    }
    Ok(small)
}

#[attributes]
fn try_like(text: &str) -> Result<u8, String> {
    let tried: Result<u8, std::num::ParseIntError> = (|| Ok(text.parse::<u8>()? + 1))();
    let block = 'tried: {
        if text.is_empty() {
            break 'tried Err("empty");
        }
        Ok(text.len())
    };
    tried.map_err(|error| format!("{error}{block:?}"))
}

#[attributes]
fn labels(limit: usize) -> Result<usize, ()> {
    let mut steps = 0;
    'outer: while steps < limit {
        'inner: for step in 0.. {
            steps += step;
            match step {
                0 | 1 => continue 'inner,
                2 if limit > 10 => continue 'outer,
                3 => break 'outer,
                _ => {}
            }
        }
    }
    let value = loop {
        break if steps > 2 { steps } else { return Err(()) };
    };
    Ok(value)
}

#[attributes]
async fn labels_later(limit: usize) -> usize {
    let mut steps = 0;
    'outer: loop {
        loop {
            std::future::ready(()).await;
            steps += 1;
            if steps > limit {
                break 'outer steps;
            }
            if steps % 2 == 0 {
                continue 'outer;
            }
        }
    }
}

#[attributes]
fn early(number: u8) -> Result<&'static str, &'static str> {
    match number {
        0 => return Ok("zero"),
        1 => return Err("one"),
        2 => {
            if number == 2 {
                return Ok("two");
            }
        }
        _ => (),
    }
    let many = if number > 9 { "many" } else { return Ok("few") };
    Ok(many)
}

#[attributes]
fn returns_nothing(out: &mut String, number: u8) {
    if number == 0 {
        return;
    }
    let _ = write!(out, "{number}");
}

#[attributes]
async fn returns_nothing_later(out: &mut String, number: u8) {
    if number == 0 {
        return;
    }
    let _ = write!(out, "{number}");
}

#[attributes]
fn ends_with_return(x: u8) -> Result<u8, ()> {
    let _ = x;
    return Ok(x);
}

#[attributes]
fn ends_with_semicolon(out: &mut u8) -> Result<(), ()> {
    *out += 1;
    return Ok(());
}

#[attributes]
fn ends_with_loop() -> Result<u8, ()> {
    loop {
        return Ok(1);
    }
}

#[attributes]
fn ends_with_match(x: u8) -> Result<u8, ()> {
    match x {
        0 => Err(()),
        x => Ok(x),
    }
}

#[attributes]
fn ends_with_if(x: u8) -> Result<u8, ()> {
    if x == 0 { Err(()) } else { Ok(x) }
}

#[attributes]
fn ends_with_if_let(x: Option<u8>) -> Result<u8, ()> {
    if let Some(x @ 2..) = x {
        Ok(x)
    } else {
        Err(())
    }
}

#[attributes]
fn ends_with_block(x: u8) -> Result<u8, ()> {
    {
        let x = x + 1;
        Ok(x)
    }
}

#[attributes]
fn ends_with_macro(x: u8) -> Result<String, String> {
    assert!(x > 0);
    macro_rules! give {
        ($e:expr) => {
            Ok(format!("{}", $e))
        };
    }
    give!(x)
}

#[attributes]
fn ends_with_braced_macro(x: u8) -> u8 {
    macro_rules! give {
        ($e:expr) => {
            $e
        };
    }
    give! { x }
}

#[attributes]
fn ends_with_closure(x: u8) -> impl Fn(u8) -> Result<u8, ()> {
    move |y| if y > x { Ok(y) } else { Err(()) }
}

#[attributes]
fn ends_with_struct(x: u8) -> std::ops::Range<u8> {
    std::ops::Range { start: 0, end: x }
}

#[attributes]
fn ends_with_unsafe(x: &u8) -> Result<u8, ()> {
    let pointer = x as *const u8;
    #[allow(unsafe_code)]
    unsafe { Ok(*pointer) }
}

#[attributes]
fn ends_with_const_block() -> usize {
    const { 1 + 1 }
}

#[attributes]
fn ends_with_await_inside(x: u8) -> impl Future<Output = u8> {
    let future = async move { x };
    async { future.await + 1 }
}

#[attributes]
fn empty() {}

#[attributes]
async fn empty_later() {}

#[attributes]
#[allow(redundant_semicolons)]
fn only_semicolons() {
    ;;
}

#[attributes]
fn only_comment() {
    // Nothing to do.
}

#[attributes]
fn unit_tail(out: &mut Vec<u8>) {
    out.push(1)
}

#[attributes]
async fn unit_tail_later(out: &mut Vec<u8>) {
    out.push(1)
}

#[attributes]
fn items(x: u8) -> Result<String, std::fmt::Error> {
    use std::fmt::Write as _;
    const NUMBER: u8 = 3;
    static NAME: &str = "name";
    type Number = u8;
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Kind {
        Small(Number),
        #[allow(dead_code)]
        Large { number: Number },
    }
    impl Kind {
        fn number(self) -> Number {
            match self {
                Self::Small(number) | Self::Large { number } => number,
            }
        }
    }
    trait Show {
        fn show(&self) -> String;
    }
    impl Show for Kind {
        #[attributes]
        fn show(&self) -> String {
            format!("{self:?}")
        }
    }
    mod inner {
        pub(super) fn twice(x: u8) -> u8 {
            x * 2
        }
    }
    extern crate std as standard;
    #[attributes]
    fn nested(x: u8) -> Result<u8, std::fmt::Error> {
        #[attributes]
        fn deeper(x: u8) -> u8 {
            x + NUMBER
        }
        Ok(deeper(x))
    }
    struct Visitor;
    impl Visitor {
        #[attributes]
        async fn visit(&self, x: u8) -> u8 {
            x
        }
    }
    let mut text = String::new();
    write!(text, "{}{NAME}", nested(x)?)?;
    let kind = Kind::Small(inner::twice(x));
    text += &kind.show();
    text += &standard::string::ToString::to_string(&kind.number());
    text += &block_on(Visitor.visit(x)).to_string();
    Ok(text)
}

#[attributes]
async fn items_later(x: String) -> Result<String, std::fmt::Error> {
    use std::fmt::Write as _;
    const NUMBER: u8 = 3;
    #[attributes]
    async fn nested(x: u8) -> u8 {
        x + NUMBER
    }
    let mut text = x;
    write!(text, "{}", nested(1).await)?;
    Ok(text)
}

#[attributes]
fn items_at_the_end(x: u8) -> u8 {
    return add(x);

    fn add(x: u8) -> u8 {
        x + 1
    }
}

#[attributes]
fn statement_attributes(x: u8) -> Result<u8, ()> {
    #[cfg(any())]
    let x = undefined(x);
    #[cfg(all())]
    let x = x + 1;
    #[allow(unused_variables)]
    let unused = x;
    #[rustfmt::skip]
    let y   =   x;
    match y {
        #[cfg(any())]
        gone => Err(gone),
        #[cfg(all())]
        here => Ok(here),
    }
}

#[attributes]
fn documented_inside(x: u8) -> Result<u8, ()> {
    //! Documentation inside.
    //!
    //! More of it.
    #![allow(unused_variables)]
    #![cfg_attr(all(), allow(unused_mut))]
    /*! A block of it. */
    let mut y = 1;
    Ok(x)
}

#[attributes]
async fn documented_inside_later(x: u8) -> Result<u8, ()> {
    //! Documentation inside.
    #![allow(unused_variables)]
    let y = 1;
    Ok(x)
}

#[attributes]
fn documented_future(x: u8) -> impl Future<Output = u8> {
    #![allow(unused_variables)]
    let y = 1;
    async move {
        #![allow(unused_mut)]
        let mut z = x;
        z
    }
}

#[attributes]
fn closures(mut counts: Vec<u8>) -> Result<Vec<u8>, ()> {
    let mut push = |count| counts.push(count);
    push(1);
    push(2);
    let sum = |a: &u8, (b, c): (u8, u8)| -> u8 { a + b + c };
    let or = |(Ok(x) | Err(x)): Result<u8, u8>| x;
    let total = sum(&1, (2, 3)) + or(Err(1));
    let nested = move || move |x: u8| move || x + total;
    counts.push(nested()(1)());
    counts.retain(|&count| count != 2);
    Ok(counts)
}

#[attributes]
async fn async_closures(mut counts: Vec<u8>) -> Vec<u8> {
    let mut push = async |count: u8| {
        std::future::ready(()).await;
        counts.push(count);
    };
    push(1).await;
    push(2).await;
    let fallible = async |x: u8| -> Result<u8, String> {
        if x > 1 {
            return Err(x.to_string());
        }
        Ok(x)
    };
    let _ = fallible(1).await;
    let sum = async move |x: u8| counts.iter().sum::<u8>() + x;
    vec![sum(1).await]
}

#[attributes]
fn recursive(depth: u32) -> Result<u32, ()> {
    if depth == 0 { Ok(0) } else { Ok(recursive(depth - 1)? + 1) }
}

#[attributes]
fn is_even(n: u32) -> bool {
    n == 0 || is_odd(n - 1)
}

#[attributes]
fn is_odd(n: u32) -> bool {
    n != 0 && is_even(n - 1)
}

#[attributes]
async fn recursive_later(depth: u32) -> Result<u32, ()> {
    if depth == 0 {
        Ok(0)
    } else {
        Ok(Box::pin(recursive_later(depth - 1)).await? + 1)
    }
}

#[attributes]
fn recursive_boxed(depth: u32) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { if depth == 0 { 0 } else { recursive_boxed(depth - 1).await + 1 } })
}

#[attributes]
async fn mutual(depth: u32) -> u32 {
    if depth == 0 { 0 } else { mutual_other(depth - 1).await }
}

#[attributes]
fn mutual_other(depth: u32) -> std::pin::Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { mutual(depth).await + 1 })
}

#[attributes]
async fn joined(a: u8, b: u8) -> (u8, u8, u8) {
    let one = async { a };
    let two = async { b + a };
    let (one, two) = futures::join!(one, two);
    let picked = futures::future::select(Box::pin(async { 1_u8 }), futures::future::pending::<u8>()).await;
    (one, two, picked.first())
}

trait First {
    fn first(self) -> u8;
}

impl<A, B> First for futures::future::Either<(u8, A), (u8, B)> {
    fn first(self) -> u8 {
        match self {
            Self::Left((x, _)) | Self::Right((x, _)) => x,
        }
    }
}

#[attributes]
fn strings_of_every_kind(byte: u8) -> Result<String, ()> {
    let raw = r#"raw "quoted" # {byte}"#;
    let _ = byte;
    let bytes = br##"bytes"#"##;
    let text = "multi
        line \
        text \u{e9} \x41";
    Ok(format!("{raw}{bytes:?}{text}{}{}", b'\n', '\''))
}

#[attributes]
fn numbers_and_operators(a: i64) -> i64 {
    let b = 0xff_i64 + 0o7 + 0b1 + 1e3 as i64 + a.pow(2) % 7;
    let c = (a << 2) >> 1 & !3 | 4 ^ 5;
    let d = if a <= b && b >= c || a != c { -b } else { -c };
    let range = ..=a;
    let tuple = ((1, 2), 3);
    d + range.end + tuple.0.1 + tuple.0.0
}

#[attributes]
fn turbofish(text: &str) -> Result<Vec<u8>, std::num::ParseIntError> {
    text.split(',').map(str::parse::<u8>).collect::<Result<Vec<_>, _>>()
}

#[attributes]
#[allow(non_snake_case)]
fn shadows_prelude(x: u8) -> Result<u8, ()> {
    fn Some(x: u8) -> u8 {
        x
    }
    struct None;
    let _ = None;
    Result::Ok(Some(x))
}

#[attributes]
fn maps(counts: &mut BTreeMap<String, Vec<u8>>) -> Result<&mut Vec<u8>, ()> {
    let entry = counts.entry("key".into()).or_default();
    entry.push(1);
    Ok(entry)
}

#[attributes]
fn conditional_return_of_a_borrow<'m>(map: &'m mut BTreeMap<u8, String>, key: &u8) -> Result<&'m mut String, ()> {
    if map.contains_key(key) {
        return map.get_mut(key).ok_or(());
    }
    Ok(map.entry(*key).or_default())
}

#[attributes]
fn moves_conditionally(text: String, keep: bool) -> Result<Option<String>, String> {
    if keep {
        return Ok(Some(text));
    }
    drop(text);
    Ok(None)
}

#[attributes]
fn assigns_late(flag: bool) -> Result<&'static str, ()> {
    let text;
    if flag {
        text = "yes";
    } else {
        text = "no";
    }
    Ok(text)
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    let s = String::from;
    for text in [None, Some(""), Some("a")] {
        push(&let_else(text));
    }
    for text in ["", "a", "1", "0", "300", "x"] {
        push(&question_option(text));
        push(&block_on(question_option_later(text)));
        push(&question_converts(text).map_err(|error| error.to_string()));
        push(&block_on(question_converts_later(text)).map_err(|error| error.to_string()));
        push(&try_like(text));
        push(&turbofish(text));
    }
    push(&question_flow(&[1, -1]));
    push(&question_flow(&[1]));
    for poll in [Poll::Ready(Ok(1)), Poll::Pending, Poll::Ready(Err(s("e")))] {
        push(&question_poll(poll));
    }
    push(&question_poll_option(Poll::Ready(Some(Ok(1)))));
    push(&question_poll_option(Poll::Ready(Some(Err(1)))));
    push(&question_poll_option(Poll::Ready(None)));
    for x in [0, 1, 2, 3, 11] {
        push(&labels(x));
        push(&block_on(labels_later(x)));
        let x = x as u8;
        push(&early(x));
        let mut out = String::new();
        returns_nothing(&mut out, x);
        block_on(returns_nothing_later(&mut out, x));
        push(&out);
        push(&ends_with_match(x));
        push(&ends_with_if(x));
        push(&ends_with_if_let(Some(x)));
        push(&ends_with_closure(1)(x));
    }
    push(&ends_with_return(1));
    push(&ends_with_semicolon(&mut 1));
    push(&ends_with_loop());
    push(&ends_with_block(1));
    push(&ends_with_macro(1));
    push(&ends_with_braced_macro(1));
    push(&ends_with_struct(1));
    push(&ends_with_unsafe(&1));
    push(&ends_with_const_block());
    push(&block_on(ends_with_await_inside(1)));
    push(&(empty(), block_on(empty_later()), only_semicolons(), only_comment()));
    let mut out = vec![];
    unit_tail(&mut out);
    block_on(unit_tail_later(&mut out));
    push(&out);
    push(&items(1));
    push(&block_on(items_later(s("x"))));
    push(&items_at_the_end(1));
    push(&statement_attributes(1));
    push(&documented_inside(1));
    push(&block_on(documented_inside_later(1)));
    push(&block_on(documented_future(1)));
    push(&closures(vec![]));
    push(&block_on(async_closures(vec![])));
    push(&recursive(5));
    push(&is_even(5));
    push(&block_on(recursive_later(5)));
    push(&block_on(recursive_boxed(5)));
    push(&block_on(mutual(5)));
    push(&block_on(joined(1, 2)));
    push(&strings_of_every_kind(1));
    push(&numbers_and_operators(5));
    push(&shadows_prelude(1));
    push(&maps(&mut BTreeMap::new()));
    push(&conditional_return_of_a_borrow(&mut BTreeMap::new(), &1));
    push(&moves_conditionally(s("x"), true));
    push(&moves_conditionally(s("x"), false));
    push(&assigns_late(true));
    all
}

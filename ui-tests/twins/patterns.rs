// editions: 2018 2021 2024
// Parameters of every pattern, `mut`, unused, configured and named like anything.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use futures::executor::block_on;

struct Pair {
    left: String,
    right: u8,
}

struct Tuple(String, u8, [u8; 3]);

struct Generic<T> {
    inner: T,
}

enum One {
    Only { value: u8 },
}

mod nested {
    pub struct Inner {
        pub field: u8,
    }
    pub const LIMIT: u8 = 3;
}

#[allow(non_upper_case_globals)]
mod lower {
    #[allow(non_camel_case_types)]
    pub struct unit;
}

#[attributes]
fn structs(Pair { left, right: renamed }: Pair, nested::Inner { field }: nested::Inner) -> Result<String, ()> {
    Ok(format!("{left}{renamed}{field}"))
}

#[attributes]
fn shorthand(Pair { mut left, ref right }: Pair) -> Result<String, ()> {
    left.push('s');
    Ok(format!("{left}{right}"))
}

#[attributes]
fn rest(Pair { left, .. }: Pair, Tuple(first, ..): Tuple, (.., last): (u8, u8, u8)) -> Result<String, ()> {
    Ok(format!("{left}{first}{last}"))
}

#[attributes]
fn indexed(Tuple { 0: text, 2: [a, b, c], .. }: Tuple) -> String {
    format!("{text}{a}{b}{c}")
}

#[attributes]
fn generic<T: Debug>(Generic::<T> { inner }: Generic<T>, Generic { inner: Generic { inner: deep } }: Generic<Generic<T>>) -> Result<String, ()> {
    Ok(format!("{inner:?}{deep:?}"))
}

#[attributes]
fn single_variant(One::Only { value }: One) -> Result<u8, ()> {
    Ok(value)
}

#[attributes]
fn slices([a, rest @ ..]: [u8; 3], [.., last]: &[u8; 2], [first, mid @ .., end]: &mut [u8; 4]) -> Result<usize, ()> {
    *first += 1;
    *end += *first;
    Ok(usize::from(a + last + *end) + rest.len() + mid.len())
}

#[attributes]
fn references(&a: &u8, &(b, ref c): &(u8, String), &mut ref mut d: &mut u8, &&e: &&u8) -> Result<String, ()> {
    *d += a;
    Ok(format!("{a}{b}{c}{d}{e}"))
}

#[attributes]
fn at(whole @ (x, y): (u8, u8), ref second @ Pair { right: ref inner, .. }: Pair, mut third @ _: u8) -> Result<String, ()> {
    third += 1;
    Ok(format!("{whole:?}{x}{y}{}{inner}{third}", second.left))
}

#[attributes]
fn or((Ok(either) | Err(either)): Result<u8, u8>) -> u8 {
    either
}

#[attributes]
fn or_nested((Ok((mut a, mut b)) | Err((mut b, mut a))): Result<(u8, u8), (u8, u8)>) -> Result<u8, ()> {
    a += 1;
    b += 1;
    Ok(a * 10 + b)
}

#[attributes]
fn empty((): (), []: [u8; 0], _: (), (_, _): (u8, u8), (..): (u8,)) -> Result<(), ()> {
    Ok(())
}

#[attributes]
fn by_reference(ref a: String, ref mut b: String) -> Result<usize, ()> {
    b.push_str(a);
    Ok(b.len())
}

#[attributes]
#[allow(unused_parens)]
fn parenthesised((a): u8, (mut b): u8, ((c, (d))): (u8, u8)) -> Result<u8, ()> {
    b += a;
    Ok(b + c + d)
}

#[attributes]
fn unit_struct(lower::unit: lower::unit) -> Result<(), ()> {
    Ok(())
}

#[attributes]
fn mutable(mut a: u8, mut b: String, mut c: Vec<u8>, mut d: &mut Vec<u8>, mut e: &str) -> Result<String, String> {
    a += 1;
    b.push('b');
    c.push(a);
    d.append(&mut c);
    if a > 100 {
        d = Box::leak(Box::default());
    }
    e = &e[1..];
    if a == 7 {
        return Err(b);
    }
    d.push(a);
    Ok(format!("{a}{b}{e}"))
}

#[attributes]
async fn mutable_later(mut a: u8, mut b: String, (mut c, ref mut d): (Vec<u8>, String), mut e: &str) -> Result<String, String> {
    a += 1;
    b.push('b');
    std::future::ready(()).await;
    c.push(a);
    d.push_str(&b);
    e = &e[1..];
    if a == 7 {
        return Err(b);
    }
    Ok(format!("{a}{b}{c:?}{d}{e}"))
}

#[attributes]
fn mutable_future(mut a: String, (mut b, _): (u8, String)) -> impl Future<Output = Result<String, ()>> {
    a.push('a');
    b += 1;
    async move {
        a.push('z');
        b += 1;
        Ok(format!("{a}{b}"))
    }
}

#[attributes]
async fn patterns_later(
    Pair { mut left, right }: Pair,
    [a, .., b]: [String; 3],
    &(c, ref d): &(u8, String),
    whole @ (..): (u8, u8),
    _: String,
    (_, _): (String, String),
) -> Result<String, ()> {
    left.push('l');
    std::future::ready(()).await;
    Ok(format!("{left}{right}{a}{b}{c}{d}{whole:?}"))
}

#[attributes]
fn underscores(_: u8, _a: String, __: u8, _b: &mut u8, (_c, d): (u8, u8)) -> Result<u8, ()> {
    Ok(d)
}

#[attributes]
async fn underscores_later(_: u8, _a: String, __: u8, _b: &mut u8, (_c, d): (u8, u8)) -> u8 {
    d
}

#[attributes]
#[allow(unused_variables, unused_mut)]
fn unused(a: u8, mut b: String, (c, d): (u8, String), e: &str) -> Result<(), ()> {
    Ok(())
}

#[attributes]
#[allow(unused_variables, unused_mut)]
async fn unused_later(a: u8, mut b: String, (c, d): (u8, String), e: &str) {}

#[attributes]
fn shadowed(a: u8, b: String) -> Result<String, ()> {
    let a = a.to_string();
    let b = b + &a;
    let a = 1;
    Ok(format!("{b}{a}"))
}

#[attributes]
async fn shadowed_later(a: u8, b: String) -> Result<String, ()> {
    let a = a.to_string();
    let b = b + &a;
    let a = 1;
    Ok(format!("{b}{a}"))
}

#[attributes]
#[allow(non_snake_case)]
fn capitals(A: u8, (B, Cc): (u8, String), mut D: u8, É: u8) -> Result<String, ()> {
    D += 1;
    Ok(format!("{A}{B}{Cc}{D}{É}"))
}

#[attributes]
#[allow(non_snake_case)]
async fn capitals_later(A: String, (B, mut Cc): (u8, String)) -> String {
    Cc.push('c');
    format!("{A}{B}{Cc}")
}

#[attributes]
fn raw(r#type: u8, (r#match, mut r#fn): (u8, u8), Generic { inner: r#impl }: Generic<u8>) -> Result<u8, ()> {
    r#fn += 1;
    Ok(r#type + r#match + r#fn + r#impl)
}

#[attributes]
async fn raw_later(r#type: u8, (r#match, mut r#fn): (u8, String), r#in: String) -> String {
    r#fn.push('f');
    format!("{type}{match}{fn}{in}", r#type = r#type, r#match = r#match, r#fn = r#fn, r#in = r#in)
}

#[attributes]
fn r#loop(r#loop: u8) -> Result<u8, ()> {
    if r#loop == 0 { Ok(0) } else { crate_loop(r#loop - 1) }
}

fn crate_loop(by: u8) -> Result<u8, ()> {
    r#loop(by)
}

#[attributes]
#[allow(non_snake_case)]
fn named_as_types(u8: u8, str: &str, String: String, Vec: Vec<u8>) -> Result<String, ()> {
    Ok(format!("{u8}{str}{String}{Vec:?}"))
}

#[attributes]
fn named_as_ours(
    scope: u8,
    site: u8,
    recording: u8,
    limit: u8,
    output: u8,
    fedtrace: u8,
    fedtrace_scope: u8,
    fedtrace_output: u8,
    fedtrace_recording: u8,
    fedtrace_limit: u8,
    fedtrace_tags: u8,
    _fedtrace_scope: u8,
) -> Result<u8, ()> {
    let sum = scope + site + recording + limit + output + fedtrace + fedtrace_scope;
    Ok(sum + fedtrace_output + fedtrace_recording + fedtrace_limit + fedtrace_tags + _fedtrace_scope)
}

#[attributes]
async fn named_as_ours_later(mut fedtrace_output: u8, fedtrace_recording: String, fedtrace_limit: u8, fedtrace_tags: u8) -> u8 {
    fedtrace_output += 1;
    fedtrace_output + fedtrace_recording.len() as u8 + fedtrace_limit + fedtrace_tags
}

#[attributes]
fn configured(
    #[cfg(any())] (gone, also_gone): Undefined,
    #[cfg(not(any()))] (here, mut there): (u8, u8),
    #[cfg_attr(all(), cfg(any()))] neither: Undefined,
    #[cfg_attr(all(), allow(unused_variables))] allowed: u8,
    #[allow(unused_mut)] mut fine: u8,
    #[expect(unused_mut)] mut not_changed: u8,
) -> Result<u8, ()> {
    let _ = not_changed;
    there += here;
    Ok(there + fine)
}

#[attributes]
async fn configured_later(
    #[cfg(any())] (gone, mut also_gone): Undefined,
    #[cfg(not(any()))] (here, mut there): (String, String),
    #[cfg_attr(all(), cfg(any()))] mut neither: Undefined,
    #[allow(unused_variables)] allowed: u8,
    #[allow(unused_variables, unused_mut)] mut also_allowed: String,
    #[expect(unused_mut)] mut not_changed: u8,
) -> String {
    let _ = not_changed;
    there.push_str(&here);
    there
}

#[attributes]
fn configured_future(
    #[cfg(any())] gone: Undefined,
    #[cfg(all())] here: String,
) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move { here.len() })
}

#[attributes]
fn configured_twice(#[cfg(any())] value: Undefined, #[cfg(all())] value: u8) -> Result<u8, ()> {
    Ok(value)
}

#[attributes]
async fn configured_twice_later(#[cfg(any())] mut value: Undefined, #[cfg(all())] mut value: String) -> String {
    value.push('!');
    value
}

#[attributes]
fn many_arguments(a: u8, b: u16, c: u32, d: u64, e: u128, f: i8, g: i16, h: i32, i: i64, j: i128, k: usize, l: isize, m: f32, n: f64, o: bool, p: char) -> Result<String, ()> {
    Ok(format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}"))
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    let s = String::from;
    let pair = || Pair { left: s("left"), right: 2 };
    push(&structs(pair(), nested::Inner { field: nested::LIMIT }));
    push(&shorthand(pair()));
    push(&rest(pair(), Tuple(s("t"), 1, [1; 3]), (1, 2, 3)));
    push(&indexed(Tuple(s("t"), 1, [1, 2, 3])));
    push(&Tuple(s("t"), 1, [1, 2, 3]).1);
    push(&generic(Generic { inner: 1 }, Generic { inner: Generic { inner: 2 } }));
    push(&single_variant(One::Only { value: 1 }));
    push(&slices([1, 2, 3], &[1, 2], &mut [1, 2, 3, 4]));
    push(&references(&1, &(2, s("3")), &mut 4, &&5));
    push(&at((1, 2), pair(), 3));
    push(&or(Ok(1)));
    push(&or_nested(Ok((1, 2))));
    push(&or_nested(Err((1, 2))));
    push(&empty((), [], (), (1, 2), (1,)));
    push(&by_reference(s("a"), s("b")));
    push(&parenthesised(1, 2, (3, 4)));
    push(&unit_struct(lower::unit));
    push(&mutable(1, s("b"), vec![], &mut vec![], "ee"));
    push(&mutable(6, s("b"), vec![], &mut vec![], "ee"));
    push(&block_on(mutable_later(1, s("b"), (vec![], s("d")), "ee")));
    push(&block_on(mutable_later(6, s("b"), (vec![], s("d")), "ee")));
    push(&block_on(mutable_future(s("a"), (1, s("b")))));
    push(&block_on(patterns_later(pair(), [s("a"), s("x"), s("b")], &(1, s("d")), (1, 2), s(""), (s(""), s("")))));
    push(&underscores(1, s("a"), 2, &mut 3, (4, 5)));
    push(&block_on(underscores_later(1, s("a"), 2, &mut 3, (4, 5))));
    push(&unused(1, s("b"), (2, s("d")), "e"));
    push(&block_on(unused_later(1, s("b"), (2, s("d")), "e")));
    push(&shadowed(1, s("b")));
    push(&block_on(shadowed_later(1, s("b"))));
    push(&capitals(1, (2, s("c")), 3, 4));
    push(&block_on(capitals_later(s("a"), (1, s("c")))));
    push(&raw(1, (2, 3), Generic { inner: 4 }));
    push(&block_on(raw_later(1, (2, s("f")), s("in"))));
    push(&r#loop(3));
    push(&named_as_types(1, "str", s("String"), vec![2]));
    push(&named_as_ours(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
    push(&block_on(named_as_ours_later(1, s("b"), 2, 3)));
    push(&configured((1, 2), 3, 4, 5));
    push(&block_on(configured_later((s("a"), s("b")), 1, s(""), 2)));
    push(&block_on(configured_future(s("here"))));
    push(&configured_twice(1));
    push(&block_on(configured_twice_later(s("v"))));
    push(&many_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0.5, 1.5, true, 'p'));
    all
}

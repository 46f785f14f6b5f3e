// editions: 2018 2021 2024
// Fields of struct patterns that are configured away, or not.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use futures::executor::block_on;

#[derive(Clone, Debug, Default)]
struct Pair {
    a: u8,
    #[cfg(any())]
    b: u8,
    #[cfg(all())]
    c: Text,
}

#[derive(Clone, Debug, Default)]
struct Outer {
    pair: Pair,
    #[cfg(any())]
    gone: Pair,
    password: Text,
}

#[derive(Debug)]
enum Either {
    Left { a: u8, text: Text },
    Right { a: u8, text: Text },
}

#[derive(Clone, Debug, Default)]
struct Text(String);

impl Drop for Text {
    fn drop(&mut self) {
        DROPPED.with(|dropped| dropped.borrow_mut().push(self.0.clone()));
    }
}

thread_local! {
    static DROPPED: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[attributes]
fn plain(Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair) -> u8 {
    a + c.0.len() as u8
}

#[attributes]
fn fallible(Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair) -> Result<u8, ()> {
    Ok(a + c.0.len() as u8)
}

#[attributes]
async fn later(Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair) -> u8 {
    a + c.0.len() as u8
}

#[attributes]
async fn fallible_later(Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair) -> Result<u8, ()> {
    Ok(a + c.0.len() as u8)
}

#[attributes]
fn mutable(Pair { mut a, #[cfg(any())] mut b, #[cfg(all())] mut c }: Pair) -> u8 {
    a += 1;
    c.0.push('x');
    a + c.0.len() as u8
}

#[attributes]
fn mutable_fallible(Pair { mut a, #[cfg(any())] mut b, #[cfg(all())] mut c }: Pair) -> Result<u8, ()> {
    a += 1;
    c.0.push('x');
    Ok(a + c.0.len() as u8)
}

#[attributes]
async fn mutable_later(Pair { mut a, #[cfg(any())] mut b, #[cfg(all())] mut c }: Pair) -> u8 {
    a += 1;
    c.0.push('x');
    a + c.0.len() as u8
}

#[attributes]
async fn mutable_fallible_later(Pair { mut a, #[cfg(any())] mut b, #[cfg(all())] mut c }: Pair) -> Result<u8, ()> {
    a += 1;
    c.0.push('x');
    Ok(a + c.0.len() as u8)
}

#[attributes]
fn written(Pair { #[cfg(all())] mut c, .. }: Pair) -> Result<u8, ()> {
    c.0 = String::from("written");
    Ok(1)
}

#[attributes]
async fn written_later(Pair { #[cfg(all())] mut c, .. }: Pair) -> u8 {
    c.0 = String::from("written");
    1
}

#[attributes]
fn borrowed(&Pair { ref a, #[cfg(any())] ref b, #[cfg(all())] ref c }: &Pair) -> Result<(&u8, &str), ()> {
    Ok((a, &c.0))
}

#[attributes]
fn only_gone(Pair { #[cfg(any())] b, .. }: Pair) -> Result<u8, ()> {
    Ok(1)
}

#[attributes]
fn only_gone_and_no_result(Pair { #[cfg(any())] b, .. }: Pair) {}

#[attributes]
async fn only_gone_later(Pair { #[cfg(any())] mut b, .. }: Pair) -> u8 {
    1
}

#[attributes]
fn only_a_parameter_that_is_gone(#[cfg(any())] b: u8) -> u8 {
    1
}

#[attributes]
fn only_gone_from_a_future(Pair { #[cfg(any())] b, .. }: Pair) -> impl Future<Output = u8> {
    async { 1 }
}

#[attributes]
fn nested(
    Outer {
        pair: Pair { a, #[cfg(any())] b: (b, _), #[cfg_attr(all(), cfg(all()))] c: Text(ref text) },
        #[cfg(any())] gone: Pair { a: other, .. },
        #[cfg(all())] password,
    }: Outer,
) -> Result<String, ()> {
    Ok(format!("{}{}{}", a, text, password.0))
}

#[attributes]
async fn nested_later(
    Outer {
        pair: Pair { a, #[cfg(any())] b: (mut b, _), #[cfg_attr(all(), cfg(all()))] c: mut text },
        #[cfg_attr(all(), cfg(any()))] gone: Pair { a: mut other, .. },
        #[cfg(all())] mut password,
    }: Outer,
) -> Result<String, ()> {
    text.0.push('t');
    password.0.push('p');
    Ok(format!("{}{}{}", a, text.0, password.0))
}

#[attributes]
fn either_of_two(Pair { #[cfg(any())] b: x, #[cfg(all())] a: x, .. }: Pair) -> Result<u8, ()> {
    Ok(x)
}

#[attributes]
async fn either_of_two_later(Pair { #[cfg(any())] b: mut x, #[cfg(all())] a: mut x, .. }: Pair) -> u8 {
    x += 1;
    x
}

#[attributes]
fn alternatives(
    (Either::Left { a, #[cfg(all())] text, .. } | Either::Right { #[cfg(all())] a, #[cfg(any())] gone, text }): Either,
) -> Result<String, ()> {
    Ok(format!("{}{}", a, text.0))
}

#[attributes]
async fn alternatives_later(
    (Either::Left { #[cfg(all())] mut a, text } | Either::Right { mut a, #[cfg(any())] gone, text }): Either,
) -> Result<String, ()> {
    a += 1;
    Ok(format!("{}{}", a, text.0))
}

#[attributes]
fn dropped_in_order(
    first: Text,
    Pair { #[cfg(all())] c, .. }: Pair,
    #[cfg(all())] third: Text,
    #[cfg(any())] gone: Text,
    fourth: Text,
) -> Result<usize, ()> {
    Ok(first.0.len() + c.0.len() + third.0.len() + fourth.0.len())
}

#[attributes]
async fn dropped_in_order_later(
    first: Text,
    Pair { #[cfg(all())] mut c, .. }: Pair,
    #[cfg(all())] third: Text,
    #[cfg(any())] gone: Text,
    fourth: Text,
) -> usize {
    c.0.push('c');
    first.0.len() + c.0.len() + third.0.len() + fourth.0.len()
}

#[attributes]
fn dropped_unused(
    _first: Text,
    Pair { #[cfg(all())] c: _second, .. }: Pair,
    #[cfg(all())] _third: Text,
    _fourth: Text,
) -> Result<usize, ()> {
    Ok(1)
}

#[attributes]
fn temporaries_of_the_end(#[cfg(all())] cell: std::cell::RefCell<String>) -> Result<usize, ()> {
    let cell = std::rc::Rc::new(cell);
    let length = cell.borrow().len();
    Ok(length)
}

#[attributes]
fn boxed<'a>(Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair, text: &'a str) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
    Box::pin(async move { usize::from(a) + c.0.len() + text.len() })
}

#[attributes]
fn after_statements(Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair) -> impl Future<Output = usize> {
    let a = usize::from(a);
    async move { a + c.0.len() }
}

struct Server;

#[async_trait::async_trait]
trait Handle {
    async fn handle(&self, pair: Pair) -> Result<usize, ()>;
}

#[async_trait::async_trait]
impl Handle for Server {
    #[attributes]
    async fn handle(&self, Pair { a, #[cfg(any())] b, #[cfg(all())] c }: Pair) -> Result<usize, ()> {
        Ok(usize::from(a) + c.0.len())
    }
}

fn said<T: Debug>(value: T) -> String {
    format!("{:?} {:?}", value, DROPPED.with(|dropped| std::mem::take(&mut *dropped.borrow_mut())))
}

pub fn run() -> Vec<String> {
    let text = |text: &str| Text(text.to_owned());
    let pair = || Pair { a: 3, c: text("c") };
    let outer = || Outer { pair: pair(), password: text("pw") };
    let left = || Either::Left { a: 1, text: text("left") };
    let right = || Either::Right { a: 2, text: text("right") };
    let shared = pair();
    let mut all = vec![
        said(plain(pair())),
        said(fallible(pair())),
        said(block_on(later(pair()))),
        said(block_on(fallible_later(pair()))),
        said(mutable(pair())),
        said(mutable_fallible(pair())),
        said(block_on(mutable_later(pair()))),
        said(block_on(mutable_fallible_later(pair()))),
        said(written(pair())),
        said(block_on(written_later(pair()))),
        said(borrowed(&shared)),
        said(drop(shared)),
        said(only_gone(pair())),
        said(only_gone_and_no_result(pair())),
        said(block_on(only_gone_later(pair()))),
        said(only_a_parameter_that_is_gone()),
        said(block_on(only_gone_from_a_future(pair()))),
        said(nested(outer())),
        said(block_on(nested_later(outer()))),
        said(either_of_two(pair())),
        said(block_on(either_of_two_later(pair()))),
        said(alternatives(left())),
        said(alternatives(right())),
        said(block_on(alternatives_later(left()))),
        said(block_on(alternatives_later(right()))),
    ];
    all.extend(vec![
        said(dropped_in_order(text("1"), pair(), text("3"), text("4"))),
        said(block_on(dropped_in_order_later(text("1"), pair(), text("3"), text("4")))),
        said(dropped_unused(text("1"), pair(), text("3"), text("4"))),
        said(temporaries_of_the_end(Default::default())),
        said(block_on(boxed(pair(), "text"))),
        said(block_on(after_statements(pair()))),
        said(block_on(Server.handle(pair()))),
    ]);
    all
}

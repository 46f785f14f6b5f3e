// editions: 2018 2021 2024
// Bodies that do not end normally, in functions of every shape.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::executor::block_on;

struct Gate(u8);

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn stop(message: &str) -> ! {
    panic!("{}", message)
}

#[attributes]
fn loops(mut n: u8) -> u8 {
    loop {
        n += 1;
        if n > 9 {
            return n;
        }
    }
}

#[attributes]
fn loops_fallible(mut n: u8) -> Result<u8, String> {
    loop {
        n += 1;
        if n > 9 {
            return Ok(n);
        }
    }
}

#[attributes]
async fn loops_later(mut n: u8) {
    loop {
        n += 1;
        if n > 9 {
            return;
        }
    }
}

#[attributes]
async fn loops_fallible_later(mut n: u8) -> Result<u8, String> {
    loop {
        n += 1;
        if n > 9 {
            return Err(n.to_string());
        }
    }
}

#[attributes]
async fn loops_with_owned(mut text: String, other: String) -> String {
    loop {
        text.push('x');
        if text.len() > other.len() {
            return text;
        }
    }
}

#[attributes]
async fn loops_with_pattern((mut a, b): (u8, String)) -> usize {
    loop {
        a += 1;
        if a > 7 {
            return b.len() + usize::from(a);
        }
    }
}

#[attributes]
fn panics(mut n: u8) -> u8 {
    n += 1;
    panic!("{}", n)
}

#[attributes]
fn panics_fallible(mut n: u8) -> Result<u8, String> {
    n += 1;
    panic!("{}", n)
}

#[attributes]
async fn panics_later(mut n: u8) -> u8 {
    n += 1;
    panic!("{}", n)
}

#[attributes]
async fn panics_fallible_later(mut n: u8) -> Result<u8, String> {
    n += 1;
    panic!("{}", n);
}

#[attributes]
async fn panics_without_value(mut n: u8, text: String) {
    n += 1;
    panic!("{}{}", n, text);
}

#[attributes]
async fn to_do(mut n: u8) -> Result<u8, String> {
    n += 1;
    todo!("{}", n)
}

#[attributes]
async fn not_implemented(mut n: String) -> Option<String> {
    n.push('x');
    unimplemented!("{}", n)
}

#[attributes]
async fn not_reached(mut n: u8) -> Vec<u8> {
    n += 1;
    unreachable!("{}", n)
}

#[attributes]
async fn calls_what_stops(mut text: String) -> u8 {
    text.push('s');
    stop(&text)
}

#[attributes]
async fn calls_what_stops_and_has_a_semicolon(mut text: String) -> Result<u8, ()> {
    text.push('s');
    stop(&text);
}

#[attributes]
fn calls_what_stops_fallible(mut text: String) -> Result<u8, ()> {
    text.push('s');
    stop(&text)
}

#[attributes]
fn returns(mut n: u8) -> u8 {
    n += 1;
    return n;
}

#[attributes]
fn returns_fallible(mut n: u8) -> Result<u8, String> {
    n += 1;
    return Ok(n);
}

#[attributes]
async fn returns_later(mut n: u8) -> u8 {
    n += 1;
    return n;
}

#[attributes]
async fn returns_without_semicolon(mut n: u8) -> u8 {
    n += 1;
    return n
}

#[attributes]
async fn returns_fallible_later(mut n: u8) -> Result<u8, String> {
    n += 1;
    return Err(n.to_string());
}

#[attributes]
async fn returns_a_borrow(mut text: &str) -> &str {
    text = text.trim();
    return text;
}

#[attributes]
async fn returns_nothing(mut text: String) {
    text.push('x');
    drop(text);
    return;
}

#[attributes]
async fn returns_in_each_branch(mut n: u8) -> u8 {
    n += 1;
    if n > 3 {
        return n;
    } else {
        return 3;
    }
}

#[attributes]
async fn stops_in_each_arm(mut n: u8) -> Result<u8, String> {
    n += 1;
    match n {
        1 => return Ok(1),
        2 => panic!("{}", n),
        _ => return Err(n.to_string()),
    }
}

#[attributes]
async fn returns_a_closure(mut n: u8) -> impl Fn(&str) -> usize {
    n += 1;
    return move |text: &str| text.len() + usize::from(n);
}

#[attributes]
async fn returns_a_closure_after_a_block(n: u8) -> impl Fn(&str) -> usize {
    if n > 200 {
        panic!("{}", n);
    }
    return move |text: &str| text.len() + usize::from(n)
}

#[attributes]
async fn loops_to_a_closure(n: u8) -> impl Fn(&str) -> usize {
    loop {
        if n < 200 {
            return move |text: &str| text.len() + usize::from(n);
        }
    }
}

#[attributes]
async fn panics_after_a_closure(n: u8) -> impl Fn(&str) -> usize {
    if n < 200 {
        return move |text: &str| text.len() + usize::from(n);
    }
    panic!("{}", n)
}

#[attributes]
async fn never_later(mut text: String) -> ! {
    text.push('n');
    stop(&text)
}

#[attributes]
fn never(text: String) -> ! {
    panic!("{}", text)
}

#[attributes]
async fn only_stops() -> u8 {
    stop("only")
}

#[attributes]
fn future_of_a_stop(mut n: u8) -> impl Future<Output = u8> {
    n += 1;
    async move { stop(&n.to_string()) }
}

#[attributes]
fn future_of_a_loop(mut n: u8) -> impl Future<Output = u8> {
    async move {
        loop {
            n += 1;
            if n > 3 {
                return n;
            }
        }
    }
}

#[attributes]
fn boxed_future_of_a_return(mut n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    n += 1;
    Box::pin(async move {
        return Ok(n);
    })
}

#[attributes]
fn returns_a_boxed_future(mut n: u8) -> BoxFuture<'static, u8> {
    n += 1;
    return Box::pin(async move { n });
}

#[attributes]
fn panics_before_a_boxed_future(mut n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    n += 1;
    panic!("{}", n)
}

#[attributes]
fn stops_before_a_boxed_future(mut n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    n += 1;
    stop(&n.to_string())
}

#[attributes]
fn loops_before_a_boxed_future(mut n: u8) -> BoxFuture<'static, u8> {
    loop {
        n += 1;
        if n > 3 {
            return Box::pin(async move { n });
        }
    }
}

impl Gate {
    #[attributes]
    async fn loops(mut self, mut n: u8) -> u8 {
        loop {
            self.0 += 1;
            n += 1;
            if self.0 > n {
                return self.0;
            }
        }
    }

    #[attributes]
    async fn panics(&mut self, mut n: u8) -> Result<(), String> {
        n += 1;
        self.0 = n;
        panic!("{}", self.0)
    }

    #[attributes]
    fn returns(mut self) -> Result<u8, String> {
        self.0 += 1;
        return Ok(self.0);
    }
}

fn caught<T: std::fmt::Debug>(call: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(value) => format!("{:?}", value),
        Err(panic) => format!("panic: {:?}", panic.downcast_ref::<String>()),
    }
}

fn later<F: Future>(future: F) -> String
where
    F::Output: std::fmt::Debug,
{
    caught(|| block_on(future))
}

pub fn run() -> Vec<String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let text = || String::from("text");
    let mut said = vec![
        caught(|| loops(1)),
        caught(|| loops_fallible(1)),
        later(loops_later(1)),
        later(loops_fallible_later(1)),
        later(loops_with_owned(text(), text())),
        later(loops_with_pattern((1, text()))),
        caught(|| panics(1)),
        caught(|| panics_fallible(1)),
        later(panics_later(1)),
        later(panics_fallible_later(1)),
        later(panics_without_value(1, text())),
        later(to_do(1)),
        later(not_implemented(text())),
        later(not_reached(1)),
        later(calls_what_stops(text())),
        later(calls_what_stops_and_has_a_semicolon(text())),
        caught(|| calls_what_stops_fallible(text())),
        caught(|| returns(1)),
        caught(|| returns_fallible(1)),
        later(returns_later(1)),
        later(returns_without_semicolon(1)),
        later(returns_fallible_later(1)),
        later(returns_a_borrow(" x ")),
        later(returns_nothing(text())),
        later(returns_in_each_branch(1)),
    ];
    said.extend(vec![
        later(stops_in_each_arm(0)),
        later(stops_in_each_arm(1)),
        caught(|| block_on(returns_a_closure(1))("abc")),
        caught(|| block_on(returns_a_closure_after_a_block(1))("abc")),
        caught(|| block_on(loops_to_a_closure(1))("abc")),
        caught(|| block_on(panics_after_a_closure(1))("abc")),
        caught(|| if false { block_on(never_later(text())) }),
        caught(|| if false { never(text()) }),
        later(only_stops()),
        later(future_of_a_stop(1)),
        later(future_of_a_loop(1)),
        later(boxed_future_of_a_return(1)),
        later(returns_a_boxed_future(1)),
        caught(|| block_on(panics_before_a_boxed_future(1))),
        caught(|| block_on(stops_before_a_boxed_future(1))),
        later(loops_before_a_boxed_future(1)),
        later(Gate(1).loops(3)),
        later(Gate(1).panics(3)),
        caught(|| Gate(1).returns()),
    ]);
    std::panic::set_hook(hook);
    said
}

// editions: 2021 2024
// Functions that other attributes rewrite too, before and after ours.

use std::cell::Cell;
use std::fmt::Debug;
use std::rc::Rc;

use async_recursion::async_recursion;
use async_trait::async_trait;
use futures::executor::block_on;
use tracing::instrument;
use tracing::instrument as trace;

#[attributes]
#[async_recursion]
async fn recursion_below(depth: u8, mut text: String) -> Result<String, ()> {
    if depth == 0 {
        return Ok(text);
    }
    text.push('r');
    recursion_below(depth - 1, text).await
}

#[async_recursion]
#[attributes]
async fn recursion_above(depth: u8, mut text: String) -> Result<String, ()> {
    if depth == 0 {
        return Ok(text);
    }
    text.push('r');
    recursion_above(depth - 1, text).await
}

#[async_recursion(?Send)]
#[attributes]
async fn recursion_not_send<'a>(depth: u8, text: &'a str, shared: Rc<u8>) -> (&'a str, u8) {
    if depth == 0 { (text, *shared) } else { recursion_not_send(depth - 1, &text[1..], shared).await }
}

#[attributes]
#[async_recursion(?Send)]
async fn recursion_not_send_below<'a>(depth: u8, text: &'a str, shared: Rc<u8>) -> (&'a str, u8) {
    if depth == 0 { (text, *shared) } else { recursion_not_send_below(depth - 1, &text[1..], shared).await }
}

#[attributes]
#[instrument]
fn instrumented_below(x: u8, text: &str) -> Result<u8, std::fmt::Error> {
    if text.is_empty() {
        return Err(std::fmt::Error);
    }
    Ok(x)
}

#[attributes]
#[trace("/path")]
fn traced_by_others(x: u8, text: &str) -> Result<u8, std::fmt::Error> {
    if text.is_empty() {
        return Err(std::fmt::Error);
    }
    Ok(x)
}

#[attributes]
#[trace(skip_all, level = "debug")]
async fn traced_by_others_later(x: u8, mut text: String) -> usize {
    text.push('t');
    text.len() + usize::from(x)
}

#[instrument(ret, err)]
#[attributes]
fn instrumented_above(x: u8, text: &str) -> Result<u8, std::fmt::Error> {
    if text.is_empty() {
        return Err(std::fmt::Error);
    }
    Ok(x)
}

#[attributes]
#[instrument(skip_all, fields(x), err(Debug))]
async fn instrumented_later_below(x: u8, mut text: String) -> Result<String, std::fmt::Error> {
    text.push('i');
    if x == 0 {
        return Err(std::fmt::Error);
    }
    Ok(text)
}

#[instrument(level = "debug", skip(text), ret)]
#[attributes]
async fn instrumented_later_above(x: u8, mut text: String) -> Result<String, std::fmt::Error> {
    text.push('i');
    if x == 0 {
        return Err(std::fmt::Error);
    }
    Ok(text)
}

pub struct Plain;

#[async_trait]
pub trait Service {
    type Error;
    const NAME: &'static str;

    async fn required(&self, x: u8) -> Result<u8, Self::Error>;

    #[attributes]
    async fn provided(&self, (a, mut b): (u8, String), Wrapped(c): Wrapped, _: String) -> Result<String, Self::Error> {
        b.push_str(Self::NAME);
        self.required(a).await?;
        Ok(format!("{b}{c}"))
    }

    #[attributes]
    async fn owned(self, mut text: String) -> Self
    where
        Self: Sized + Send + 'async_trait,
        Self::Error: Send,
    {
        text.push('o');
        self
    }

    #[attributes]
    async fn generic<'a, T: Debug + Send + Sync + 'a, const N: usize>(&'a mut self, values: &'a [T; N]) -> &'a [T]
    where
        Self::Error: 'a,
        Self: Send,
    {
        &values[..]
    }

    #[attributes]
    fn not_async(&self, x: u8) -> Result<u8, String> {
        Ok(x)
    }

    #[attributes]
    async fn without_self(x: u8) -> Result<u8, String> {
        if x == 0 { Err(x.to_string()) } else { Ok(x) }
    }
}

pub struct Wrapped(u8);

#[async_trait]
impl Service for Plain {
    type Error = String;
    const NAME: &'static str = "plain";

    #[attributes]
    async fn required(&self, x: u8) -> Result<u8, String> {
        if x == 0 {
            return Err("zero".into());
        }
        let _ = self.not_async(x)?;
        Ok(x)
    }
}

#[async_trait(?Send)]
trait Local {
    async fn local(&self, shared: Rc<Cell<u8>>) -> u8;

    #[attributes]
    async fn boxed(self: Box<Self>, mut list: Vec<Rc<u8>>) -> usize {
        list.push(Rc::new(1));
        std::future::ready(()).await;
        list.len()
    }
}

#[async_trait(?Send)]
impl<T: Clone + Into<u8>> Local for Vec<T> {
    #[attributes]
    async fn local(&self, shared: Rc<Cell<u8>>) -> u8 {
        for item in self {
            shared.set(shared.get() + item.clone().into());
            std::future::ready(()).await;
        }
        shared.get()
    }
}

#[async_trait]
trait Object: Send + Sync {
    async fn call(&self, x: &str) -> Result<Box<dyn Debug + Send>, Box<dyn std::error::Error + Send + Sync>>;

    #[attributes]
    async fn default_of_object(&self, x: u8) -> u8 {
        x
    }
}

#[async_trait]
impl Object for Plain {
    #[attributes]
    async fn call(&self, x: &str) -> Result<Box<dyn Debug + Send>, Box<dyn std::error::Error + Send + Sync>> {
        if x.is_empty() {
            return Err("empty".into());
        }
        Ok(Box::new(x.len()))
    }
}

mod tokio_attributes {
    #[tokio::main(flavor = "current_thread")]
    #[attributes]
    pub async fn main_above(mut x: u8) -> Result<u8, ()> {
        x += 1;
        tokio::task::yield_now().await;
        Ok(x)
    }

    #[attributes]
    #[tokio::main(flavor = "current_thread")]
    pub async fn main_below(mut x: u8) -> Result<u8, ()> {
        x += 1;
        tokio::task::yield_now().await;
        Ok(x)
    }

    #[attributes]
    #[tokio::test]
    async fn test_below() {
        tokio::task::yield_now().await;
    }

    #[tokio::test]
    #[attributes]
    async fn test_above() -> Result<(), String> {
        tokio::task::yield_now().await;
        Ok(())
    }

    #[attributes]
    #[test]
    fn plain_test_below() {}

    #[test]
    #[attributes]
    #[should_panic(expected = "yes")]
    fn plain_test_above() {
        panic!("yes");
    }
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    let s = String::from;
    push(&block_on(recursion_below(3, s("a"))));
    push(&block_on(recursion_above(3, s("a"))));
    push(&block_on(recursion_not_send(2, "abc", Rc::new(1))));
    push(&block_on(recursion_not_send_below(2, "abc", Rc::new(1))));
    push(&instrumented_below(1, "x"));
    push(&traced_by_others(1, "x"));
    push(&block_on(traced_by_others_later(1, "x".to_owned())));
    push(&instrumented_below(1, ""));
    push(&instrumented_above(1, "x"));
    push(&instrumented_above(1, ""));
    for x in [0, 1] {
        push(&block_on(instrumented_later_below(x, s("a"))));
        push(&block_on(instrumented_later_above(x, s("a"))));
        push(&block_on(Plain.provided((x, s("b")), Wrapped(2), s(""))));
        push(&block_on(Plain::without_self(x)));
    }
    let _ = block_on(Plain.owned(s("x")));
    push(&block_on(Plain.generic(&[1, 2])));
    push(&block_on(vec![1_u8, 2].local(Rc::new(Cell::new(3)))));
    push(&block_on(Box::new(vec![1_u8]).boxed(vec![])));
    let object: &dyn Object = &Plain;
    push(&block_on(object.call("")).map_err(|error| error.to_string()));
    push(&block_on(object.call("x")).map_err(|error| error.to_string()));
    push(&block_on(object.default_of_object(1)));
    push(&tokio_attributes::main_above(1));
    push(&tokio_attributes::main_below(1));
    all
}

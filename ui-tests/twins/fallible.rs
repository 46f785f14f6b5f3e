// What `err` looks at: functions that return a `Result`, whatever its type is called.
// with: ret err debug

use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt as _};

type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

type Later<'a, T> = Pin<Box<dyn Future<Output = Answer<T>> + 'a>>;

#[derive(Debug)]
struct OnlyDebug;

#[attributes]
fn alias(text: &str) -> Answer<u32> {
    if text.is_empty() {
        return Err("empty".into());
    }
    Ok(text.parse()?)
}

#[attributes]
fn unnamed(mut number: u32) -> std::result::Result<u32, OnlyDebug> {
    number += 1;
    if number > 2 { Err(OnlyDebug) } else { Ok(number) }
}

#[attributes]
async fn asynchronous(mut text: String) -> Answer<String> {
    text.push('1');
    let number: u32 = text.parse()?;
    Ok(number.to_string())
}

#[attributes]
async fn nothing(fine: bool) -> Result<(), fmt::Error> {
    if fine {
        return Ok(());
    }
    Err(fmt::Error)
}

#[attributes]
fn later(text: &str) -> Later<'_, usize> {
    Box::pin(async move {
        if text.is_empty() {
            return Err("empty".into());
        }
        Ok(text.len())
    })
}

#[attributes]
fn open(fine: bool) -> impl Future<Output = Result<u8, OnlyDebug>> {
    let value = 1;
    async move { if fine { Ok(value) } else { Err(OnlyDebug) } }
}

#[attributes]
fn passed_on(fine: bool) -> BoxFuture<'static, Answer<u8>> {
    ready(if fine { Ok(1) } else { Err("wrong".into()) }).boxed()
}

struct Store;

impl Store {
    #[attributes]
    fn find<'a>(&self, texts: &'a [&'a str], wanted: &str) -> Answer<&'a str> {
        let found = texts.iter().find(|text| **text == wanted);
        found.copied().ok_or_else(|| wanted.into())
    }
}

pub fn run() -> Vec<String> {
    vec![
        format!("{:?} {:?}", alias("1"), alias("")),
        format!("{:?} {:?}", unnamed(1), unnamed(2)),
        format!("{:?}", block_on(asynchronous("2".to_owned()))),
        format!("{:?}", block_on(asynchronous("x".to_owned()))),
        format!("{:?} {:?}", block_on(nothing(true)), block_on(nothing(false))),
        format!("{:?} {:?}", block_on(later("abc")), block_on(later(""))),
        format!("{:?} {:?}", block_on(open(true)), block_on(open(false))),
        format!("{:?} {:?}", block_on(passed_on(true)), block_on(passed_on(false))),
        format!("{:?} {:?}", Store.find(&["a", "b"], "b"), Store.find(&[], "b")),
    ]
}

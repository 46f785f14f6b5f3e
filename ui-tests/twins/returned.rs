// What `ret` looks at: functions whose return type can be named in the body.
// with: ret

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use futures::executor::block_on;

struct NotShown(u32);

struct Pair<'a, T> {
    text: &'a str,
    value: T,
}

impl<'a, T: Copy> Pair<'a, T> {
    #[attributes]
    fn text(&self) -> &'a str {
        self.text
    }

    #[attributes]
    fn value(self) -> T {
        self.value
    }

    #[attributes]
    fn change(&mut self, mut by: impl FnMut(T) -> T) -> &mut Self {
        self.value = by(self.value);
        self
    }
}

#[attributes]
fn early(mut number: u32) -> u32 {
    number += 1;
    if number > 2 {
        return number * 2;
    }
    number
}

#[attributes]
fn nothing(number: u32) {
    if number > 2 {
        return;
    }
    assert!(number < 3);
}

#[attributes]
fn borrowed<'a>(text: &'a str, _other: &str) -> Cow<'a, str> {
    match text.is_empty() {
        true => Cow::Owned("empty".to_owned()),
        false => text.into(),
    }
}

#[attributes]
fn maybe(text: Option<&str>) -> Option<NotShown> {
    let text = text?;
    Some(NotShown(text.parse().ok()?))
}

#[attributes]
fn fallible(text: &str) -> Result<NotShown, std::num::ParseIntError> {
    Ok(NotShown(text.parse()?))
}

#[attributes]
fn generic<T: Default>(value: Option<T>) -> T {
    value.unwrap_or_default()
}

#[attributes]
fn closure() -> Box<dyn Fn(u32) -> u32> {
    Box::new(|number| number + 1)
}

#[attributes]
fn shown(number: u32) -> impl fmt::Display {
    if number > 2 {
        return number * 2;
    }
    number
}

#[attributes]
fn items<'a>(texts: &'a [&str]) -> impl Iterator<Item = usize> + use<'a> {
    let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
    lengths.into_iter()
}

#[attributes]
fn in_tuple<const N: usize>(bytes: [u8; N]) -> ([u8; N], usize) {
    (bytes, N)
}

#[attributes]
async fn asynchronous(mut text: String) -> Option<String> {
    text.push('!');
    if text.len() > 3 {
        return None;
    }
    Some(text)
}

#[attributes]
async fn opaque(number: u32) -> impl fmt::Display {
    number + 1
}

#[attributes]
fn block(number: u32) -> impl Future<Output = NotShown> {
    async move { NotShown(number) }
}

#[attributes]
fn value(number: u32) -> impl Future<Output = u32> {
    ready(number)
}

#[attributes]
fn boxed(text: &str) -> Pin<Box<dyn Future<Output = usize> + '_>> {
    let length = text.len();
    Box::pin(async move { length })
}

pub fn run() -> Vec<String> {
    let mut pair = Pair {
        text: "text",
        value: 1,
    };
    nothing(1);
    vec![
        pair.text().to_owned(),
        pair.change(|value| value + 1).value.to_string(),
        pair.value().to_string(),
        format!("{} {}", early(1), early(2)),
        format!("{} {}", borrowed("", "a"), borrowed("b", "a")),
        format!("{:?}", maybe(Some("1")).map(|found| found.0)),
        format!("{:?}", maybe(None).map(|found| found.0)),
        format!("{:?}", fallible("1").map(|found| found.0)),
        format!("{:?}", fallible("x").map(|found| found.0)),
        generic::<u32>(None).to_string(),
        closure()(1).to_string(),
        format!("{} {}", shown(1), shown(3)),
        items(&["a", "bc"]).sum::<usize>().to_string(),
        format!("{:?}", in_tuple([1, 2])),
        format!("{:?}", block_on(asynchronous("a".to_owned()))),
        format!("{:?}", block_on(asynchronous("abcd".to_owned()))),
        block_on(opaque(1)).to_string(),
        block_on(block(1)).0.to_string(),
        block_on(value(1)).to_string(),
        block_on(boxed("abc")).to_string(),
    ]
}

// editions: 2021 2024
// Functions that return streams, in each form that the attribute knows, and in some that it does not.

use std::pin::Pin;

use futures::executor::block_on;
use futures::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt as _};

type Numbers<'a> = Pin<Box<dyn Stream<Item = u32> + 'a>>;

#[attributes]
fn opaque(from: u32, until: u32) -> impl Stream<Item = u32> + Send + Unpin {
    stream::iter(from..until)
}

#[attributes]
fn borrowed<'a>(texts: &'a [String], prefix: &'a str) -> impl Stream<Item = &'a str> + 'a {
    let texts = texts.iter().map(String::as_str);
    stream::iter(texts).filter(move |text| std::future::ready(text.starts_with(prefix)))
}

#[attributes]
fn early(is_short: bool) -> impl Stream<Item = u32> {
    if is_short {
        return stream::iter(0..1);
    }
    stream::iter(0..3)
}

#[attributes]
fn boxed(mut until: u32) -> Pin<Box<dyn Stream<Item = u32> + Send>> {
    until += 1;
    Box::pin(stream::iter(0..until))
}

#[attributes]
fn coerced(is_empty: bool) -> Pin<Box<dyn Stream<Item = u32>>> {
    if is_empty {
        return Box::pin(stream::empty());
    }
    Box::pin(stream::iter([1, 2]))
}

#[attributes]
fn alias<'a, T: Copy + Send + Sync + 'a>(values: &'a [T]) -> BoxStream<'a, T> {
    stream::iter(values.iter().copied()).boxed()
}

#[attributes]
fn local(values: Vec<Option<u8>>) -> LocalBoxStream<'static, Option<u8>> {
    stream::iter(values).boxed_local()
}

#[attributes]
fn unknown(values: &[u32]) -> Numbers<'_> {
    stream::iter(values.iter().copied()).boxed_local()
}

#[attributes]
fn cloned(value: u32) -> impl Stream<Item = u32> + Clone {
    stream::iter([value])
}

#[attributes]
async fn asynchronous(value: u32) -> impl Stream<Item = u32> {
    stream::iter([value])
}

struct Room {
    events: Vec<u32>,
}

impl Room {
    #[attributes]
    fn events(&self) -> impl Stream<Item = u32> + '_ {
        stream::iter(self.events.iter().copied())
    }

    #[attributes]
    fn into_events(self) -> BoxStream<'static, u32> {
        stream::iter(self.events).boxed()
    }
}

fn all<T: std::fmt::Debug>(stream: impl Stream<Item = T>) -> String {
    format!("{:?}", block_on(stream.collect::<Vec<T>>()))
}

pub fn run() -> Vec<String> {
    let texts = ["ab".to_owned(), "b".to_owned()];
    let room = Room { events: vec![1, 2] };
    let mut hints = opaque(1, 3);
    let before = hints.size_hint();
    let first = block_on(hints.next());
    vec![
        format!("{before:?} {first:?} {:?}", hints.size_hint()),
        all(hints),
        all(borrowed(&texts, "a")),
        all(early(true)) + &all(early(false)),
        all(boxed(1)),
        all(coerced(true)) + &all(coerced(false)),
        all(alias(&[1, 2])),
        all(local(vec![None])),
        all(unknown(&[3])),
        all(cloned(4).clone()),
        all(block_on(asynchronous(5))),
        all(room.events()),
        all(room.into_events()),
    ]
}

// Compiled without the feature `enable`, with the lines below `//@` and without them.

use std::fmt::{Display, Error};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

//@ fn parent() -> Option<fedtrace::SpanContext> { None }

pub struct Client {
    pub name: String,
    pub sent: u64,
}

//@ #[fedtrace::trace]
//@ #[fedtrace::tag_args(fields(double = number * 2))]
#[inline(never)]
pub fn sync(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

//@ #[fedtrace::trace]
//@ #[fedtrace::tag_args]
#[inline(never)]
pub fn fallible(text: &str, mut base: u32) -> Result<u32, Error> {
    for letter in text.chars() {
        base += letter.to_digit(10).ok_or(Error)?;
    }
    Ok(base)
}

//@ #[fedtrace::trace(level = "debug", root, ret, err = |error| *error == Error)]
//@ #[fedtrace::tag_args(skip_all, prefix = "", fields(%text, declared))]
#[inline(never)]
pub fn judged(text: &str, base: u32) -> Result<u32, Error> {
    match text.is_empty() {
        true => Err(Error),
        false => Ok(base.rotate_left(5)),
    }
}

//@ #[fedtrace::trace(prefix = "Client::", level = "trace", follows_from = parent())]
impl Client {
    #[inline(never)]
    pub fn send(&mut self, by: u64) -> u64 {
        self.sent += by;
        self.sent
    }

    //@ #[fedtrace::tag_args(skip(room))]
    #[inline(never)]
    pub async fn join(&mut self, room: String) -> Result<usize, Error> {
        self.sent += 1;
        pause().await;
        if room.is_empty() { Err(Error) } else { Ok(room.len()) }
    }

    //@ #[fedtrace::trace(skip)]
    #[inline(never)]
    pub fn skipped(&self) -> &str {
        &self.name
    }
}

//@ #[fedtrace::trace_with_opname("fetch")]
//@ #[fedtrace::tag_args]
#[inline(never)]
pub fn fetch(mut limit: usize) -> Pin<Box<dyn Future<Output = usize>>> {
    limit += 1;
    Box::pin(async move {
        pause().await;
        limit
    })
}

async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut paused, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

#[inline(never)]

pub fn poll(client: &mut Client, context: &mut Context<'_>) -> Poll<Result<usize, Error>> {
    let room = client.name.clone();
    let future = client.join(room);
    pin!(future).poll(context)
}

#[inline(never)]

pub fn by_hand(client: &mut Client, value: &dyn Display) -> u64 {
    //@ let scope = fedtrace::start_active_span("by hand");
    //@ fedtrace::set_tag("value", client.sent);
    //@ fedtrace::log_kv([("event", "by hand")]);
    //@ scope.span().set_tag("more", 1);
    //@ fedtrace::set_operation_name("other name");
    //@ fedtrace::force_tracing();
    client.sent += 1;
    //@ if let Some(span) = fedtrace::active_span() { span.finish(); }
    //@ if fedtrace::trace_id().is_some() { client.sent += 1; }
    //@ fedtrace::build_span("built").tag("a", 1).ignore_active_span().start().finish();
    //@ let _inner = fedtrace::build_span("inner").finish_on_close(false).start_active();
    //@ let _ = fedtrace::__private::recording().is_some();
    let text = value.to_string();
    client.sent += text.len() as u64;
    //@ drop(scope);
    client.sent
}

#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]

use ::fedtrace::Tracer;
use ::std::boxed::Box;
use ::std::clone::Clone;
use ::std::future::Future;
use ::std::pin::Pin;
use ::std::result::Result::{self, Err};
use ::std::string::String;

mod reexport {
    pub use ::fedtrace as tracing;
}

struct Client {
    tracer: Tracer,
}

impl Client {
    fn tracer(&self) -> Tracer {
        Clone::clone(&self.tracer)
    }
}

#[::fedtrace::trace(prefix = "Client::", crate = crate::reexport::tracing, tracer = &self.tracer())]
impl Client {
    fn sync(&mut self) -> &mut Tracer {
        &mut self.tracer
    }

    #[::fedtrace::tag_args(crate = crate::reexport::tracing, skip(is_on), fields(a.b = !is_on, "c d" = 1 + 1))]
    fn fallible(self, is_on: bool) -> Result<bool, String> {
        if is_on {
            return Err(String::new());
        }
        Err(String::new())
    }

    async fn asynchronous(&self, mut number: u32) -> u32 {
        number += 1;
        number
    }

    #[::fedtrace::trace_with_opname("boxed", tracer = self.tracer.borrow())]
    fn boxed<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = usize> + ::std::marker::Send + 'a>> {
        use ::std::borrow::Borrow;
        Box::pin(async move { text.len() })
    }

    #[::fedtrace::tag_args(fields(
        struct_literal = Client { ..self }.tracer().stats().reported_spans,
        closure = (|number: u32| number + 1)(1),
        r#match = match 1 { 1 => "one", _ => "more" },
        r#async = *&0,
    ))]
    #[::fedtrace::trace(skip)]
    fn many(self) {}
}

const KEY: &str = "key";

fn is_fatal(_: &String) -> bool {
    true
}

#[::fedtrace::trace(level = "debug", target = "client", root, ret, crate = crate::reexport::tracing)]
#[::fedtrace::tag_args(skip_all, fields({ KEY } = number, %number, ?shown, late), crate = crate::reexport::tracing)]
fn with_a_level(number: u32, shown: u32) -> u32 {
    number + shown
}

#[::fedtrace::trace(parent = parent, follows_from = [parent], err = is_fatal, level = "trace")]
#[::fedtrace::tag_args(skip(parent), prefix = "")]
async fn below(parent: &::fedtrace::Span, mut number: u32) -> Result<u32, String> {
    number += 1;
    if number > 1 {
        return Err(String::new());
    }
    ::std::result::Result::Ok(number)
}

#[::fedtrace::trace(err(Debug), ret(Debug))]
fn explicit(number: u32) -> Result<u32, String> {
    ::std::result::Result::Ok(number)
}

#[::fedtrace::trace(level = "info", err)]
#[::fedtrace::tag_args(prefix = "a.")]
fn later(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    let sum = number + 1;
    Box::pin(async move { ::std::result::Result::Ok(sum) })
}

#[::fedtrace::trace(root)]
fn stream(until: u32) -> impl ::futures::Stream<Item = u32> {
    ::futures::stream::iter(0..until)
}

fn is_send<T: ::std::marker::Send>(_: &T) {}

fn main() {
    let mut client = Client {
        tracer: Tracer::noop(),
    };
    is_send(&client.asynchronous(1));
    is_send(&client.boxed("text"));
    is_send(&below(&::fedtrace::build_span("parent").start(), 1));
    is_send(&stream(1));
    client.sync();
    with_a_level(1, 2);
    let _ = explicit(1);
    ::std::mem::drop(later(1));
    let _ = client.fallible(true);
    Client {
        tracer: Tracer::noop(),
    }
    .many();
}

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

fn is_send<T: ::std::marker::Send>(_: &T) {}

fn main() {
    let mut client = Client {
        tracer: Tracer::noop(),
    };
    is_send(&client.asynchronous(1));
    is_send(&client.boxed("text"));
    client.sync();
    let _ = client.fallible(true);
    Client {
        tracer: Tracer::noop(),
    }
    .many();
}

//! The span of a function that returns a future: it begins with the call if the function does something before, and
//! ends with the future.

use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use fedtrace::{active_span, set_tag, start_active_span, tag_args, trace, trace_with_opname};
use fedtrace_tests::{pause, poll_once, record};
use futures::FutureExt as _;
use futures::executor::block_on;
use futures::future::{BoxFuture, LocalBoxFuture};

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[trace]
fn inner() {}

async fn other(number: u8) -> u8 {
    pause().await;
    inner();
    number
}

async fn refuse(number: u8) -> Result<u8, String> {
    pause().await;
    Err(format!("refused {number}"))
}

/// Runs a function that returns a future in a span, and polls the future outside of it.
fn call<F: Future>(function: impl FnOnce() -> F) -> F::Output {
    let future = {
        let _caller = start_active_span("caller");
        function()
    };
    assert!(active_span().is_none(), "the call leaves nothing on the stack");
    block_on(future)
}

#[test]
fn an_early_return_of_a_future_has_a_span_of_the_call() {
    #[trace]
    fn early(now: bool) -> Boxed<u8> {
        if now {
            return Box::pin(async {
                inner();
                1
            });
        }
        Box::pin(async {
            inner();
            2
        })
    }
    let spans = record(|| assert_eq!(call(|| early(true)), 1));
    assert_eq!(spans.names(), ["early", "caller", "inner"]);
    assert!(spans.is_parent("caller", "early"));
    let spans = record(|| assert_eq!(call(|| early(false)), 2));
    assert_eq!(spans.names(), ["caller", "inner", "early"]);
    assert!(spans.is_parent("caller", "early"));
    assert!(spans.is_parent("early", "inner"));
}

#[test]
fn a_panic_before_the_future_is_recorded() {
    #[trace]
    fn above() -> Boxed<u8> {
        if active_span().is_some() {
            panic!("on purpose");
        }
        Box::pin(async { 2 })
    }
    #[trace]
    fn in_the_call(fail: bool) -> BoxFuture<'static, u8> {
        assert!(!fail, "on purpose");
        Box::pin(other(1))
    }
    let spans = record(|| {
        let _caller = start_active_span("caller");
        for function in [|| drop(above()), || drop(in_the_call(true))] {
            assert!(catch_unwind(AssertUnwindSafe(function)).is_err());
        }
    });
    for name in ["above", "in_the_call"] {
        assert_eq!(spans.error(name).expect(name).0, "panic");
        assert!(spans.is_parent("caller", name));
    }
    assert_eq!(spans.error("caller"), None);
}

#[test]
fn what_is_tagged_before_the_future_is_on_the_span_of_the_function() {
    struct TagsWhenDropped;
    impl Drop for TagsWhenDropped {
        fn drop(&mut self) {
            set_tag("dropped", true);
        }
    }
    #[trace]
    fn tags() -> Boxed<u8> {
        let _tags = TagsWhenDropped;
        set_tag("before", true);
        inner();
        Box::pin(async {
            set_tag("inside", true);
            2
        })
    }
    let spans = record(|| assert_eq!(call(tags), 2));
    assert_eq!(spans.names(), ["inner", "caller", "tags"]);
    assert!(spans.is_parent("tags", "inner"));
    for key in ["before", "dropped", "inside"] {
        assert!(spans.tag("tags", key).is_some(), "{key}");
        assert!(spans.tag("caller", key).is_none(), "{key}");
    }
}

#[test]
fn a_scope_opened_before_the_future_is_closed_by_the_function() {
    #[trace]
    fn prepares() -> impl Future<Output = u8> {
        let _prepare = start_active_span("prepare");
        inner();
        async move { 1 }
    }
    let spans = record(|| assert_eq!(call(prepares), 1));
    assert_eq!(spans.names(), ["inner", "prepare", "caller", "prepares"]);
    assert!(spans.is_parent("prepares", "prepare"));
    assert!(spans.is_parent("prepare", "inner"));
}

/// The helpers of Synapse's tests call a function that gives another function's awaitable.
#[test]
fn a_call_that_gives_the_future_of_another_function_keeps_its_span_open_until_that_is_done() {
    #[trace_with_opname("fixture_awaitable_return_func")]
    fn fixture() -> impl Future<Output = u8> {
        other(1)
    }
    #[trace]
    fn boxed() -> Pin<Box<dyn Future<Output = u8> + Send + 'static>> {
        Box::pin(other(2))
    }
    #[trace]
    fn by_method(number: u8) -> BoxFuture<'static, u8> {
        let number = number + 1;
        other(number).boxed()
    }
    #[trace]
    fn local(number: &u8) -> LocalBoxFuture<'_, u8> {
        async move { other(*number).await }.boxed_local()
    }
    #[trace]
    fn chosen(first: bool) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        match first {
            true => Box::pin(other(5)),
            false => Box::pin(ready(6)),
        }
    }
    for (name, run) in [
        ("fixture_awaitable_return_func", (|| call(fixture)) as fn() -> u8),
        ("boxed", || call(boxed)),
        ("by_method", || call(|| by_method(2))),
        ("local", || call(|| local(&4))),
        ("chosen", || call(|| chosen(true))),
    ] {
        let spans = record(|| {
            run();
        });
        assert_eq!(spans.names(), ["caller", "inner", name]);
        assert!(spans.is_parent("caller", name));
        assert!(spans.is_parent(name, "inner"));
    }
}

#[test]
fn the_span_is_active_in_each_poll_and_not_between_polls() {
    #[trace]
    fn returns() -> impl Future<Output = u8> {
        other(1)
    }
    let spans = record(|| {
        let mut future = std::pin::pin!(returns());
        assert!(active_span().is_none());
        assert!(!poll_once(future.as_mut()));
        assert!(active_span().is_none());
        assert!(poll_once(future.as_mut()));
    });
    assert_eq!(spans.names(), ["inner", "returns"]);
    assert_eq!(spans.tag("returns", "cancelled"), None);
}

#[test]
fn a_future_that_is_dropped_before_it_is_polled_is_cancelled_if_the_function_did_something() {
    #[trace]
    fn something() -> Boxed<()> {
        inner();
        Box::pin(async {})
    }
    #[trace]
    fn by_call() -> impl Future<Output = u8> {
        other(1)
    }
    #[trace]
    fn only_the_future() -> Boxed<()> {
        const NOTHING: () = ();
        Box::pin(async { NOTHING })
    }
    let spans = record(|| {
        drop(something());
        drop(by_call());
        drop(only_the_future());
    });
    assert_eq!(spans.names(), ["inner", "something", "by_call"]);
    for name in ["something", "by_call"] {
        assert!(spans.tag(name, "cancelled").is_some(), "{name}");
    }
}

#[test]
fn an_err_of_the_future_is_recorded_whatever_gave_the_future() {
    #[trace]
    fn above(number: u8) -> impl Future<Output = Result<u8, String>> {
        let number = number + 1;
        async move { refuse(number).await }
    }
    #[trace]
    fn opaque(number: u8) -> impl Future<Output = Result<u8, String>> + Send {
        refuse(number)
    }
    #[trace]
    fn boxed(number: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
        Box::pin(refuse(number))
    }
    #[trace]
    fn alias(number: u8) -> BoxFuture<'static, Result<u8, String>> {
        refuse(number).boxed()
    }
    #[trace]
    fn local(number: &u8) -> LocalBoxFuture<'_, Result<u8, String>> {
        refuse(*number).boxed_local()
    }
    let spans = record(|| {
        assert!(call(|| above(1)).is_err());
        assert!(call(|| opaque(2)).is_err());
        assert!(call(|| boxed(2)).is_err());
        assert!(call(|| alias(2)).is_err());
        assert!(call(|| local(&2)).is_err());
    });
    for name in ["above", "opaque", "boxed", "alias", "local"] {
        assert_eq!(spans.error(name).expect(name).1, "refused 2", "{name}");
    }
}

#[test]
fn arguments_are_tagged_at_the_call_on_the_span_that_is_open_then() {
    #[trace]
    #[tag_args]
    fn changes(mut number: u8, access_token: &str) -> Boxed<u8> {
        number += access_token.len() as u8;
        Box::pin(async move { number })
    }
    #[tag_args]
    #[trace]
    fn by_call(number: u8) -> impl Future<Output = u8> {
        other(number)
    }
    #[trace]
    #[tag_args]
    fn early(now: bool) -> Boxed<u8> {
        if now {
            return Box::pin(ready(1));
        }
        Box::pin(async move { u8::from(now) })
    }
    #[trace]
    #[tag_args]
    fn only_the_future(text: &str, number: u8) -> Boxed<u8> {
        Box::pin(async move { number })
    }
    let spans = record(|| {
        assert_eq!(call(|| changes(1, "four")), 5);
        call(|| by_call(1));
        call(|| early(true));
        drop(only_the_future("dropped", 1));
        block_on(only_the_future("text", 1));
    });
    assert_eq!(
        spans.arguments("changes"),
        ["number=1", "access_token=<redacted>"]
    );
    assert_eq!(spans.arguments("by_call"), ["number=1"]);
    assert_eq!(spans.arguments("early"), ["now=true"]);
    assert_eq!(spans.arguments("only_the_future"), ["text=text", "number=1"]);
}

#[test]
fn an_opaque_future_of_several_returns_is_left_as_it_is() {
    macro_rules! give {
        ($number:expr) => {
            return ready($number)
        };
    }
    #[trace]
    fn by_return(first: bool) -> impl Future<Output = u8> {
        if first {
            return ready(1);
        }
        ready(2)
    }
    #[trace]
    fn by_macro(first: bool) -> impl Future<Output = u8> {
        if first {
            give!(1);
        }
        ready(2)
    }
    let spans = record(|| {
        assert_eq!(call(|| by_return(true)), 1);
        assert_eq!(call(|| by_macro(false)), 2);
    });
    assert_eq!(spans.names(), ["by_return", "caller", "by_macro", "caller"]);
}

#[test]
fn what_is_called_a_box_of_a_future_may_be_something_else() {
    mod other {
        pub(super) struct BoxFuture<T>(pub(super) T);
    }
    #[trace]
    fn something_else() -> other::BoxFuture<Result<u8, String>> {
        inner();
        other::BoxFuture(Ok(1))
    }
    let spans = record(|| assert_eq!(something_else().0, Ok(1)));
    assert_eq!(spans.names(), ["inner", "something_else"]);
}

#[test]
fn the_caller_is_still_seen_behind_track_caller() {
    #[trace]
    #[track_caller]
    fn line() -> impl Future<Output = u32> {
        ready(std::panic::Location::caller().line())
    }
    record(|| assert_eq!(block_on(line()), line!()));
}

#[test]
fn without_a_tracer_there_is_only_the_future() {
    #[trace]
    #[tag_args]
    fn returns(number: u8) -> Boxed<u8> {
        inner();
        Box::pin(async move { number })
    }
    assert_eq!(block_on(returns(1)), 1);
    drop(returns(2));
}

#[test]
fn a_future_may_be_done_on_another_thread_also_if_the_function_took_a_handle() {
    #[trace]
    fn returns(keep: &mut Option<fedtrace::Span>) -> Boxed<()> {
        *keep = active_span();
        Box::pin(async {
            pause().await;
            inner();
        })
    }
    let spans = record(|| {
        let mut handle = None;
        let mut future = {
            let _caller = start_active_span("caller");
            returns(&mut handle)
        };
        assert!(!poll_once(future.as_mut()));
        std::thread::spawn(move || block_on(future))
            .join()
            .expect("no panic");
        handle.expect("a span is active").set_tag("late", true);
    });
    assert_eq!(spans.names().len(), 3);
    assert!(spans.is_parent("caller", "returns"));
    assert!(spans.is_parent("returns", "inner"));
    assert_eq!(spans.tag("returns", "late"), None, "it is over");
    assert_eq!(spans.tag("returns", "cancelled"), None);
}

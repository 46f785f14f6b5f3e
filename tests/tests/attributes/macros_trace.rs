//! `#[trace]` and `#[trace_with_opname]`: which spans there are, when they begin and end, what they record.

use std::cell::RefCell;
use std::future::Future;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use fedtrace::{active_span, trace, trace_with_opname};
use fedtrace_tests::record;
use futures::executor::block_on;

/// Pending at its first poll.
#[derive(Default)]
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn poll_once(future: Pin<&mut impl Future>) -> bool {
    let mut cx = Context::from_waker(std::task::Waker::noop());
    future.poll(&mut cx).is_ready()
}

#[trace]
fn inner() {}

const OPERATION: &str = "named by a constant";

struct Server;

impl Server {
    const OPERATION: &'static str = "named by an associated constant";

    #[trace]
    fn by_reference(&self) {
        inner();
    }

    #[trace_with_opname(Self::OPERATION)]
    fn by_value(self) {}

    #[trace]
    async fn asynchronous(&mut self) {
        Yield::default().await;
        inner();
    }
}

#[test]
fn a_span_is_named_after_its_function_and_is_the_parent_of_what_the_function_calls() {
    let spans = record(|| Server.by_reference());
    assert_eq!(spans.names(), ["inner", "by_reference"]);
    assert!(spans.is_parent("by_reference", "inner"));
}

#[test]
fn the_name_is_a_literal_or_a_constant() {
    #[trace_with_opname("named by a literal")]
    fn literal() {}
    #[trace_with_opname(OPERATION)]
    fn constant() {}
    #[trace]
    fn r#match() {}
    let spans = record(|| {
        literal();
        constant();
        Server.by_value();
        r#match();
    });
    let names = [
        "named by a literal",
        "named by a constant",
        "named by an associated constant",
        "match",
    ];
    assert_eq!(spans.names(), names);
}

#[test]
fn an_async_function_is_active_in_each_poll_and_not_between_polls() {
    let spans = record(|| {
        let mut server = Server;
        let mut future = std::pin::pin!(server.asynchronous());
        assert!(!poll_once(future.as_mut()));
        assert!(active_span().is_none());
        assert!(poll_once(future.as_mut()));
    });
    assert_eq!(spans.names(), ["inner", "asynchronous"]);
    assert!(spans.is_parent("asynchronous", "inner"));
}

#[test]
fn a_future_that_is_never_polled_makes_no_span() {
    #[trace]
    async fn asynchronous() {}
    #[trace]
    fn returning() -> impl Future<Output = ()> {
        async {}
    }
    let spans = record(|| {
        drop(asynchronous());
        drop(returning());
    });
    assert!(spans.names().is_empty());
}

#[test]
fn a_cancelled_future_finishes_its_span_after_dropping_its_variables() {
    struct SeesSpan;
    impl Drop for SeesSpan {
        fn drop(&mut self) {
            inner();
        }
    }
    #[trace]
    async fn cancelled(_seen: SeesSpan) {
        Yield::default().await;
    }
    let spans = record(|| {
        let mut future = Box::pin(cancelled(SeesSpan));
        assert!(!poll_once(future.as_mut()));
        drop(future);
    });
    assert_eq!(spans.names(), ["inner", "cancelled"]);
    assert!(spans.is_parent("cancelled", "inner"));
    assert!(spans.tag("cancelled", "cancelled").is_some());
}

#[test]
fn a_function_that_returns_a_future_has_the_span_of_the_future_and_keeps_earlier_statements() {
    thread_local!(static CALLS: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });
    fn called(name: &'static str) {
        assert!(active_span().is_some(), "{name} runs inside of the span");
        CALLS.with_borrow_mut(|calls| calls.push(name));
    }
    #[trace]
    fn boxed(number: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        called("boxed");
        let number = number + 1;
        Box::pin(async move {
            Yield::default().await;
            inner();
            number
        })
    }
    #[trace]
    fn opaque(number: &u32) -> impl Future<Output = u32> + '_ {
        called("opaque");
        async {
            inner();
            *number
        }
    }
    #[trace]
    fn with_path() -> Pin<Box<dyn Future<Output = ()>>> {
        if CALLS.with_borrow(Vec::is_empty) {
            return Box::pin(async {});
        }
        ::std::boxed::Box::pin(async move { inner() })
    }
    for (name, run) in [
        ("boxed", (|| assert_eq!(block_on(boxed(1)), 2)) as fn()),
        ("opaque", || assert_eq!(block_on(opaque(&2)), 2)),
        ("with_path", || block_on(with_path())),
    ] {
        let spans = record(run);
        assert_eq!(spans.names(), ["inner", name]);
        assert!(spans.is_parent(name, "inner"));
    }
    assert_eq!(CALLS.take(), ["boxed", "opaque"]);
}

#[derive(Debug, PartialEq)]
struct Refused(u32);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "refused with {}", self.0)
    }
}

#[derive(Debug)]
struct OnlyDebug;

struct Opaque;

fn refuse(number: u32) -> Result<(), Refused> {
    Err(Refused(number))
}

#[test]
fn an_err_is_recorded_with_its_type_and_its_text_and_no_bound() {
    #[trace]
    fn early(number: u32) -> Result<u32, Refused> {
        refuse(number)?;
        Ok(number)
    }
    #[trace]
    fn path() -> std::fmt::Result {
        Err(std::fmt::Error)
    }
    #[trace]
    fn only_debug() -> Result<(), OnlyDebug> {
        Err(OnlyDebug)
    }
    #[trace]
    fn opaque() -> Result<impl Sized, Opaque> {
        if active_span().is_some() {
            return Err(Opaque);
        }
        Ok(())
    }
    #[trace]
    async fn asynchronous() -> Result<(), Refused> {
        Yield::default().await;
        refuse(3)?;
        Ok(())
    }
    type ApiResult<T> = Result<T, Refused>;
    #[trace]
    fn alias() -> ApiResult<()> {
        refuse(5)
    }
    #[trace]
    async fn alias_later() -> ApiResult<()> {
        refuse(6)
    }
    #[trace]
    fn returning<'a>() -> Pin<Box<dyn Future<Output = Result<(), Refused>> + 'a>> {
        Box::pin(async move { refuse(4) })
    }
    let spans = record(|| {
        assert_eq!(early(1), Err(Refused(1)));
        assert!(path().is_err());
        assert!(only_debug().is_err());
        assert!(opaque().is_err());
        assert!(block_on(asynchronous()).is_err());
        assert!(block_on(returning()).is_err());
        assert!(alias().is_err());
        assert!(block_on(alias_later()).is_err());
    });
    let error = |name| spans.error(name).expect(name);
    let refused = std::any::type_name::<Refused>().to_owned();
    assert_eq!(error("early"), (refused.clone(), "refused with 1".to_owned()));
    assert_eq!(error("path").0, "core::fmt::Error");
    assert_eq!(error("only_debug").1, "OnlyDebug");
    let opaque = std::any::type_name::<Opaque>().to_owned();
    assert_eq!(error("opaque"), (opaque.clone(), opaque));
    assert_eq!(
        error("asynchronous"),
        (refused.clone(), "refused with 3".to_owned())
    );
    assert_eq!(error("alias"), (refused.clone(), "refused with 5".to_owned()));
    assert_eq!(
        error("alias_later"),
        (refused.clone(), "refused with 6".to_owned())
    );
    assert_eq!(error("returning"), (refused, "refused with 4".to_owned()));
}

#[test]
fn an_ok_and_a_look_alike_of_result_record_no_error() {
    mod other {
        pub(super) enum Result<T> {
            Fine(T),
        }
    }
    #[trace]
    fn fine() -> Result<u32, Refused> {
        Ok(1)
    }
    #[trace]
    fn look_alike() -> other::Result<u32> {
        other::Result::Fine(1)
    }
    #[trace]
    async fn look_alike_async() -> other::Result<u32> {
        other::Result::Fine(1)
    }
    let spans = record(|| {
        assert!(fine().is_ok());
        let other::Result::Fine(one) = look_alike();
        let other::Result::Fine(also_one) = block_on(look_alike_async());
        assert_eq!(one, also_one);
    });
    for name in spans.names() {
        assert_eq!(spans.error(name), None, "{name}");
    }
}

#[test]
fn a_panic_marks_the_span_and_the_caller_sees_its_own_span_again() {
    #[trace]
    fn panics() -> Result<(), Refused> {
        panic!("on purpose")
    }
    #[trace]
    async fn panics_async() {
        panic!("on purpose")
    }
    #[trace]
    fn caller() {
        let before = fedtrace::active_span()
            .and_then(|span| span.context())
            .map(|context| context.span_id());
        assert!(catch_unwind(|| drop(panics())).is_err());
        assert!(catch_unwind(|| block_on(panics_async())).is_err());
        assert_eq!(
            fedtrace::active_span()
                .and_then(|span| span.context())
                .map(|context| context.span_id()),
            before
        );
    }
    let spans = record(caller);
    for name in ["panics", "panics_async"] {
        assert_eq!(spans.error(name).expect(name).0, "panic");
        assert!(spans.is_parent("caller", name));
    }
    assert_eq!(spans.error("caller"), None);
}

#[test]
fn a_function_with_track_caller_still_sees_its_caller() {
    #[trace]
    #[track_caller]
    fn plain() -> u32 {
        std::panic::Location::caller().line()
    }
    #[track_caller]
    #[trace]
    fn fallible() -> Result<u32, Refused> {
        Ok(std::panic::Location::caller().line())
    }
    let here = line!() + 2;
    record(|| {
        assert_eq!(plain(), here);
        assert_eq!(fallible(), Ok(here + 1));
    });
}

#[test]
fn an_impl_block_traces_the_methods_that_have_a_body() {
    trait Federation {
        async fn first(&self) -> Result<(), Refused>;
        fn second(&self) {}
    }
    struct Server;
    #[trace]
    impl Federation for Server {
        async fn first(&self) -> Result<(), Refused> {
            refuse(1)
        }
        fn second(&self) {
            Self::third();
        }
    }
    #[trace]
    impl Server {
        const LIMIT: u32 = { 7 };

        /// A method in between.
        const fn cannot_be_traced() -> u32 {
            Self::LIMIT
        }

        fn third() {
            Self::left_out();
            Self::renamed(Self::cannot_be_traced());
        }

        #[trace(skip)]
        fn left_out() {}

        #[fedtrace::tag_args]
        #[trace_with_opname("own name")]
        fn renamed(limit: u32) {
            assert_eq!(limit, 7);
        }
    }
    let spans = record(|| {
        assert!(block_on(Server.first()).is_err());
        Server.second();
    });
    assert_eq!(spans.names(), ["first", "own name", "third", "second"]);
    assert!(spans.error("first").is_some());
    assert_eq!(spans.arguments("own name"), ["limit=7"]);
}

#[test]
fn async_trait_works_inside_above_and_below_the_attribute_of_the_block() {
    #[async_trait::async_trait]
    trait Client: Sync {
        async fn inside(&self) -> Result<(), Refused>;
        async fn block(&self) {}
    }
    struct Above;
    struct Below;
    #[trace]
    #[async_trait::async_trait]
    impl Client for Above {
        #[trace]
        async fn inside(&self) -> Result<(), Refused> {
            Yield::default().await;
            refuse(1)
        }
        async fn block(&self) {
            Yield::default().await;
            inner();
        }
    }
    #[async_trait::async_trait]
    #[trace]
    impl Client for Below {
        async fn inside(&self) -> Result<(), Refused> {
            Yield::default().await;
            refuse(1)
        }
        async fn block(&self) {
            Yield::default().await;
            inner();
        }
    }
    for client in [Box::new(Above) as Box<dyn Client>, Box::new(Below)] {
        let spans = record(|| {
            assert!(block_on(client.inside()).is_err());
            block_on(client.block());
        });
        assert_eq!(spans.names(), ["inside", "inner", "block"]);
        assert!(spans.error("inside").is_some());
        assert!(spans.is_parent("block", "inner"));
    }
}

#[test]
fn the_crate_may_have_another_name() {
    mod renamed {
        pub(super) use ::fedtrace as tracing;
    }
    #[renamed::tracing::trace(crate = renamed::tracing)]
    #[renamed::tracing::tag_args(crate = renamed::tracing)]
    fn with_path(number: u32) {
        let _ = number;
    }
    let spans = record(|| with_path(1));
    assert_eq!(spans.arguments("with_path"), ["number=1"]);
}

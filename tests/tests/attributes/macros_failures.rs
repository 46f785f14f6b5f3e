//! Which `Err` is a failure of a traced function: by its type, its name, the option `err` and the configuration.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use fedtrace::{Failure, TagValue, Tracer, trace, trace_with_opname};
use fedtrace_tests::{record, record_with};
use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt as _};

/// Does not end with `Result`.
type Answer = Result<u32, fmt::Error>;

type Later<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

#[derive(Debug)]
enum StoreError {
    NotFound,
    Disk,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store: {self:?}")
    }
}

impl Failure for StoreError {
    fn is_failure(&self) -> bool {
        !matches!(self, Self::NotFound)
    }
}

fn failed(spans: &fedtrace_tests::Spans, name: &str) -> bool {
    let is_marked = spans.tag(name, "error") == Some(&TagValue::Bool(true));
    assert_eq!(
        is_marked,
        spans.error(name).is_some(),
        "{name}: tag and log record"
    );
    is_marked
}

#[test]
fn an_err_of_a_future_is_known_by_its_type_whatever_the_alias_is_called() {
    #[trace]
    async fn asynchronous() -> Answer {
        Err(fmt::Error)
    }
    #[trace]
    fn block() -> impl Future<Output = Answer> {
        async move { Err(fmt::Error) }
    }
    #[trace]
    fn opaque() -> impl Future<Output = Answer> {
        std::future::ready(Err(fmt::Error))
    }
    #[trace]
    fn boxed() -> Pin<Box<dyn Future<Output = Answer>>> {
        let error = fmt::Error;
        Box::pin(async move { Err(error) })
    }
    #[trace]
    fn alias() -> Later<'static> {
        Box::pin(async { Err(fmt::Error) })
    }
    #[trace]
    fn known_alias() -> BoxFuture<'static, Answer> {
        std::future::ready(Err(fmt::Error)).boxed()
    }
    #[trace]
    async fn fine() -> Answer {
        Ok(1)
    }
    let spans = record(|| {
        for future in [
            asynchronous().boxed_local(),
            block().boxed_local(),
            opaque().boxed_local(),
            boxed(),
            alias(),
            known_alias(),
        ] {
            block_on(future).expect_err("it fails");
        }
        block_on(fine()).expect("it is fine");
    });
    for name in ["asynchronous", "block", "opaque", "boxed", "alias", "known_alias"] {
        assert!(failed(&spans, name), "{name}");
    }
    assert!(!failed(&spans, "fine"));
}

#[test]
fn an_err_of_a_function_is_known_by_the_name_of_its_type_or_by_the_option() {
    #[trace]
    fn unnamed() -> Answer {
        Err(fmt::Error)
    }
    #[trace(err)]
    fn explicit(mut number: u32) -> Answer {
        number += 1;
        if number > 1 {
            return Err(fmt::Error);
        }
        Ok(number)
    }
    let spans = record(|| {
        unnamed().expect_err("it fails");
        explicit(1).expect_err("it fails");
    });
    assert!(!failed(&spans, "unnamed"), "documented: the name does not say it");
    assert!(failed(&spans, "explicit"));
}

#[test]
fn with_err_false_an_err_is_no_failure() {
    #[trace(err = false)]
    fn sync() -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }
    #[trace_with_opname("asynchronous", err = false)]
    async fn named() -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }
    #[trace(err = false)]
    fn boxed() -> Pin<Box<dyn Future<Output = Result<u32, fmt::Error>>>> {
        Box::pin(async { Err(fmt::Error) })
    }
    struct Store;
    #[trace(err = false)]
    impl Store {
        fn get(&self) -> Result<u32, fmt::Error> {
            Err(fmt::Error)
        }
        async fn list(&self) -> Answer {
            Err(fmt::Error)
        }
        #[trace]
        fn put(&self) -> Result<u32, fmt::Error> {
            Err(fmt::Error)
        }
    }
    let spans = record(|| {
        sync().expect_err("it fails");
        block_on(named()).expect_err("it fails");
        block_on(boxed()).expect_err("it fails");
        Store.get().expect_err("it fails");
        block_on(Store.list()).expect_err("it fails");
        Store.put().expect_err("it fails");
    });
    for name in ["sync", "asynchronous", "boxed", "get", "list"] {
        assert!(!failed(&spans, name), "{name}");
    }
    assert!(failed(&spans, "put"), "its own attribute decides");
}

#[test]
fn a_closure_looks_at_the_error() {
    fn is_fatal(error: &StoreError) -> bool {
        matches!(error, StoreError::Disk)
    }
    #[trace(err = |error| error.0 >= 500)]
    fn sync(code: u16) -> Result<(), Code> {
        Err(Code(code))
    }
    #[trace(err = |error: &Code| error.0 >= 500)]
    async fn asynchronous(code: u16) -> Result<(), Code> {
        Err(Code(code))
    }
    struct Store;
    #[trace(prefix = "Store::", err = is_fatal)]
    impl Store {
        fn get(&self, error: StoreError) -> Result<u32, StoreError> {
            Err(error)
        }
        fn name(&self) -> &str {
            "store"
        }
    }
    #[trace(err = |_| panic!("looked at"))]
    fn panics() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
    struct Code(u16);
    for (code, error, is_failure) in [(404, StoreError::NotFound, false), (500, StoreError::Disk, true)] {
        let spans = record(|| {
            let _ = sync(code);
            let _ = block_on(asynchronous(code));
            let _ = Store.get(error);
            Store.name();
            let _ = panics();
        });
        for name in ["sync", "asynchronous", "Store::get"] {
            assert_eq!(failed(&spans, name), is_failure, "{name} {code}");
        }
        assert!(failed(&spans, "panics"), "a closure that panics has not said no");
    }
    panics().expect_err("without a span the closure is not asked");
}

#[test]
fn an_error_type_says_itself_what_a_failure_is() {
    #[trace]
    fn sync(error: StoreError) -> Result<u32, StoreError> {
        Err(error)
    }
    #[trace]
    async fn asynchronous(error: StoreError) -> Result<u32, Box<StoreError>> {
        Err(Box::new(error))
    }
    #[trace(err = |_| true)]
    fn overruled(error: StoreError) -> Result<u32, StoreError> {
        Err(error)
    }
    let spans = record(|| {
        let _ = sync(StoreError::NotFound);
        let _ = block_on(asynchronous(StoreError::NotFound));
    });
    assert!(!failed(&spans, "sync") && !failed(&spans, "asynchronous"));
    let spans = record(|| {
        let _ = sync(StoreError::Disk);
        let _ = block_on(asynchronous(StoreError::Disk));
        let _ = overruled(StoreError::Disk);
    });
    for name in ["sync", "asynchronous", "overruled"] {
        let (_, message) = spans.error(name).expect("a failure");
        assert_eq!(message, "store: Disk", "{name}");
    }
}

#[test]
fn err_debug_shows_the_error_as_debug_does() {
    #[trace(err(Debug))]
    fn sync() -> Answer {
        Err(fmt::Error)
    }
    #[trace(err(Debug))]
    async fn asynchronous() -> Result<(), StoreError> {
        Err(StoreError::Disk)
    }
    let spans = record(|| {
        let _ = sync();
        let _ = block_on(asynchronous());
    });
    assert_eq!(spans.error("sync").expect("a failure").1, "Error");
    assert_eq!(spans.error("asynchronous").expect("a failure").1, "Disk");
}

#[test]
fn the_configuration_says_what_an_err_is_of_which_nothing_else_does() {
    #[trace]
    fn unsaid() -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }
    #[trace]
    async fn unsaid_later() -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }
    #[trace(err)]
    fn explicit() -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }
    #[trace(err = |_| true)]
    fn judged() -> Result<u32, fmt::Error> {
        Err(fmt::Error)
    }
    #[trace]
    fn typed() -> Result<u32, StoreError> {
        Err(StoreError::Disk)
    }
    let builder = Tracer::builder("lenient").errors_are_failures(false);
    let spans = record_with(builder, || {
        let _ = (unsaid(), block_on(unsaid_later()), explicit(), judged());
        let _ = typed();
    });
    assert!(!failed(&spans, "unsaid") && !failed(&spans, "unsaid_later"));
    for name in ["explicit", "judged", "typed"] {
        assert!(failed(&spans, name), "{name}");
    }
}

//! The options `prefix`, `tracer` and `fields` of the attributes.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use fedtrace::testing::TestTracer;
use fedtrace::{TagValue, Tracer, start_active_span, tag_args, trace, trace_with_opname, with_tracer};
use fedtrace_tests::record;
use futures::executor::block_on;

struct Server {
    tracer: Tracer,
    asked: Cell<u32>,
}

impl Server {
    fn new(test: &TestTracer) -> Self {
        Self {
            tracer: test.tracer().clone(),
            asked: Cell::new(0),
        }
    }

    fn tracer(&self) -> &Tracer {
        self.asked.set(self.asked.get() + 1);
        &self.tracer
    }

    fn own_tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    #[trace(tracer = self.tracer())]
    fn sync(&self) -> u32 {
        self.asked.get()
    }

    #[trace(tracer = &self.own_tracer())]
    fn fallible(&mut self, by: u32) -> Result<u32, fmt::Error> {
        self.asked.set(self.asked.get() + by);
        Err(fmt::Error)
    }

    #[trace_with_opname("asynchronous", tracer = self.tracer())]
    #[tag_args]
    async fn asynchronous(self, mut number: u32) -> Result<u32, fmt::Error> {
        number += 1;
        Ok(number)
    }

    #[trace(tracer = self.tracer())]
    fn boxed(&self) -> Pin<Box<dyn Future<Output = u32>>> {
        let asked = self.asked.get();
        Box::pin(async move { asked })
    }
}

#[test]
fn the_tracer_option_decides_for_a_span_without_a_parent() {
    let (test, other) = (TestTracer::new(), TestTracer::new());
    let mut server = Server::new(&test);
    with_tracer(other.tracer(), || {
        server.sync();
        server.fallible(1).expect_err("it fails");
        block_on(server.boxed());
        block_on(server.asynchronous(1)).expect("it is fine");
    });
    test.tree().with_tags(["error", "ARG.number"]).assert_eq(
        "
        sync
        fallible error=true
        boxed
        asynchronous ARG.number=1
        ",
    );
    assert!(other.finished_spans().is_empty());
}

#[test]
fn a_child_keeps_the_tracer_of_its_parent_whatever_the_option_says() {
    let (test, other) = (TestTracer::new(), TestTracer::new());
    let server = Server::new(&test);
    with_tracer(other.tracer(), || {
        let _parent = start_active_span("parent");
        server.sync();
        block_on(server.boxed());
    });
    assert!(test.finished_spans().is_empty());
    other.tree().assert_eq("parent\n  sync\n  boxed");
}

#[test]
fn the_tracer_of_a_function_is_evaluated_once_when_it_is_called() {
    let test = TestTracer::new();
    let server = Server::new(&test);
    assert_eq!(server.sync(), 1);
    let future = server.boxed();
    assert_eq!(server.asked.get(), 2);
    assert_eq!(block_on(future), 2);
    assert_eq!(server.asked.get(), 2);
}

#[test]
fn the_tracer_of_an_async_fn_is_evaluated_once_at_the_first_poll() {
    async fn pause() {
        let mut paused = false;
        std::future::poll_fn(|_| match std::mem::replace(&mut paused, true) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        })
        .await;
    }
    #[trace(tracer = server.tracer())]
    async fn ask(server: &Server) {
        pause().await;
    }
    let test = TestTracer::new();
    let server = Server::new(&test);
    let mut future = pin!(ask(&server));
    assert_eq!(server.asked.get(), 0);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        let _ = future.as_mut().poll(&mut context);
        assert_eq!(server.asked.get(), 1);
    }
    test.tree().assert_eq("ask");
}

#[test]
fn a_prefix_precedes_the_names_of_all_traced_methods_of_a_block() {
    struct Client;
    #[trace(prefix = "Client::")]
    impl Client {
        fn plain(&self) {}

        #[tag_args]
        async fn tagged(&self, r#type: u32) {}

        #[trace]
        fn with_its_own_attribute(&self) {}

        #[trace_with_opname("named")]
        fn with_its_own_name(&self) {}

        #[trace(skip)]
        fn skipped(&self) {}

        fn r#match() {}
    }
    let spans = record(|| {
        Client.plain();
        block_on(Client.tagged(1));
        Client.with_its_own_attribute();
        Client.with_its_own_name();
        Client.skipped();
        Client::r#match();
    });
    assert_eq!(
        spans.names(),
        [
            "Client::plain",
            "Client::tagged",
            "Client::with_its_own_attribute",
            "named",
            "Client::match",
        ]
    );
    assert_eq!(spans.arguments("Client::tagged"), ["type=1"]);
}

#[test]
fn a_prefixed_block_gives_its_tracer_to_all_methods() {
    struct Client(Tracer);
    #[trace(prefix = "Client::", tracer = &self.0)]
    impl Client {
        fn sync(&self) {}
        async fn asynchronous(&self) {}
    }
    let test = TestTracer::new();
    let client = Client(test.tracer().clone());
    client.sync();
    block_on(client.asynchronous());
    test.tree().assert_eq("Client::sync\nClient::asynchronous");
}

#[test]
fn fields_are_tags_with_the_name_as_it_is_written() {
    struct Room {
        id: &'static str,
        events: Vec<u64>,
    }
    #[trace]
    #[tag_args(skip(room), fields(room.id = room.id, "event count" = room.events.len(), r#type = "m." .to_owned() + kind))]
    fn store(room: Room, kind: &str) {
        drop(room);
    }
    let spans = record(|| {
        store(
            Room {
                id: "!a:example.org",
                events: vec![1, 2],
            },
            "room",
        );
    });
    let span = spans.get("store");
    assert_eq!(span.tag("room.id"), Some(&TagValue::from("!a:example.org")));
    assert_eq!(span.tag("event count"), Some(&TagValue::Long(2)));
    assert_eq!(span.tag("type"), Some(&TagValue::from("m.room")));
    assert_eq!(spans.arguments("store"), ["kind=room"]);
}

#[test]
fn fields_are_evaluated_before_the_body_changes_or_moves_an_argument() {
    #[trace]
    #[tag_args(skip(events), fields(events = events.len()))]
    fn sync(mut events: Vec<u32>) -> Result<usize, fmt::Error> {
        events.clear();
        Ok(events.len())
    }
    #[tag_args(skip(events), fields(events = events.len()))]
    #[trace]
    async fn asynchronous(mut events: Vec<u32>) -> usize {
        events.clear();
        events.len()
    }
    #[trace]
    #[tag_args(skip(events), fields(events = events.len()))]
    fn boxed(mut events: Vec<u32>) -> Pin<Box<dyn Future<Output = usize>>> {
        events.clear();
        Box::pin(async move { events.len() })
    }
    let spans = record(|| {
        sync(vec![1, 2]).expect("it is fine");
        block_on(asynchronous(vec![1, 2]));
        block_on(boxed(vec![1, 2]));
    });
    for name in ["sync", "asynchronous", "boxed"] {
        assert_eq!(spans.tag(name, "events"), Some(&TagValue::Long(2)), "{name}");
    }
}

#[test]
fn fields_see_what_async_trait_has_moved_into_the_future() {
    #[async_trait::async_trait]
    trait Store {
        async fn store(&self, pair: (u32, u32)) -> u32;
    }
    struct Memory;
    #[async_trait::async_trait]
    impl Store for Memory {
        #[trace_with_opname("memory")]
        #[tag_args(skip(a, b), fields(sum = a + b))]
        async fn store(&self, (a, b): (u32, u32)) -> u32 {
            a * b
        }
    }
    struct Named(u32);
    #[async_trait::async_trait]
    impl Store for Named {
        #[trace_with_opname("named")]
        #[tag_args(skip(pair), fields(own = self.0))]
        async fn store(&self, pair: (u32, u32)) -> u32 {
            pair.0
        }
    }
    let spans = record(|| {
        block_on(Memory.store((1, 2)));
        block_on(Named(7).store((1, 2)));
    });
    assert_eq!(spans.tag("memory", "sum"), Some(&TagValue::Long(3)));
    assert_eq!(spans.tag("named", "own"), Some(&TagValue::Long(7)));
}

#[test]
fn fields_are_not_evaluated_where_nothing_is_recorded() {
    fn evaluated() -> u32 {
        panic!("evaluated")
    }
    #[trace]
    #[tag_args(fields(a = evaluated()))]
    fn sync() {}
    #[trace]
    #[tag_args(fields(a = evaluated()))]
    async fn asynchronous() {}
    #[tag_args(fields(a = evaluated()))]
    fn boxed() -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async move {})
    }
    let test = TestTracer::with_sampler(fedtrace::sampler::ConstSampler::new(false));
    with_tracer(test.tracer(), || {
        let _unsampled = start_active_span("unsampled");
        sync();
        block_on(asynchronous());
        block_on(boxed());
    });
}

#[test]
fn a_panic_in_an_expression_is_one_of_the_function() {
    #[trace]
    #[tag_args(fields(first = numbers[0]))]
    fn first(numbers: &[u32]) -> usize {
        numbers.len()
    }
    let spans = record(|| {
        let panic = std::panic::catch_unwind(|| first(&[]));
        assert!(panic.is_err());
    });
    assert_eq!(spans.tag("first", "error"), Some(&TagValue::Bool(true)));
}

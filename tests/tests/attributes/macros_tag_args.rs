//! `#[tag_args]`: which tags there are, on which span, and what they say.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::sampler::ConstSampler;
use fedtrace::{TagValue, Tracer, start_active_span, tag_args, trace, trace_with_opname, with_tracer};
use fedtrace_tests::{record, record_with};
use futures::executor::block_on;

#[test]
fn tags_are_on_the_span_of_the_function_in_either_order_of_the_attributes() {
    #[trace]
    #[tag_args]
    fn trace_above(number: u32) -> u32 {
        number
    }
    #[tag_args]
    #[trace]
    fn trace_below(number: u32) -> u32 {
        number
    }
    #[trace_with_opname("opname_above")]
    #[cfg_attr(all(), tag_args)]
    async fn opname_above(number: u32) -> Result<u32, fmt::Error> {
        Ok(number)
    }
    #[tag_args]
    #[cfg_attr(all(), fedtrace::trace_with_opname("opname_below"))]
    async fn opname_below(number: u32) -> u32 {
        number
    }
    #[trace]
    #[tag_args]
    fn fallible(number: u32) -> Result<u32, fmt::Error> {
        Ok(number)
    }
    let spans = record(|| {
        let _outer = start_active_span("outer");
        trace_above(1);
        trace_below(1);
        block_on(opname_above(1)).expect("it is fine");
        block_on(opname_below(1));
        fallible(1).expect("it is fine");
    });
    for name in [
        "trace_above",
        "trace_below",
        "opname_above",
        "opname_below",
        "fallible",
    ] {
        assert_eq!(spans.arguments(name), ["number=1"], "{name}");
    }
    assert!(spans.arguments("outer").is_empty());
}

#[test]
fn alone_it_tags_the_span_of_the_caller_or_does_nothing() {
    #[tag_args]
    fn alone(number: u32) -> u32 {
        number
    }
    let spans = record(|| {
        alone(1);
        let _outer = start_active_span("outer");
        alone(2);
    });
    assert_eq!(spans.arguments("outer"), ["number=2"]);
}

#[test]
fn values_keep_their_type() {
    #[trace]
    #[tag_args]
    fn kinds(flag: bool, count: &u64, ratio: f32, name: &str, list: &[u8], big: u128) {
        let _ = (flag, count, ratio, name, list, big);
    }
    let spans = record(|| kinds(true, &7, 0.5, "room", &[1, 2], u128::MAX));
    let tag = |key| spans.tag("kinds", key);
    assert_eq!(tag("ARG.flag"), Some(&TagValue::Bool(true)));
    assert_eq!(tag("ARG.count"), Some(&TagValue::Long(7)));
    assert_eq!(tag("ARG.ratio"), Some(&TagValue::Double(0.5)));
    assert_eq!(tag("ARG.name"), Some(&"room".into()));
    assert_eq!(tag("ARG.list"), Some(&"[1, 2]".into()));
    assert_eq!(tag("ARG.big"), Some(&u128::MAX.to_string().into()));
}

#[test]
fn every_binding_of_a_pattern_is_a_tag_and_self_is_not() {
    struct Point {
        x: i32,
        y: i32,
    }
    struct Server;
    impl Server {
        #[trace]
        #[tag_args]
        #[allow(clippy::too_many_arguments)]
        fn patterns(
            &self,
            (a, mut b): (u8, u8),
            Point { x, y: renamed }: Point,
            [first, .., last]: [u8; 3],
            whole @ (_, part): (u8, u8),
            _: String,
            &c: &char,
            r#type: &str,
            _ignored: u8,
        ) -> u8 {
            b += a + first + last + whole.0 + part;
            assert_eq!((x, renamed, c, r#type), (1, 2, 'c', "t"));
            b
        }
    }
    let spans = record(|| {
        let point = Point { x: 1, y: 2 };
        Server.patterns((3, 4), point, [5, 6, 7], (8, 9), String::new(), &'c', "t", 0);
    });
    let expected = [
        "a=3",
        "b=4",
        "x=1",
        "renamed=2",
        "first=5",
        "last=7",
        "whole=(8, 9)",
        "part=9",
        "c=c",
        "type=t",
        "_ignored=0",
    ];
    assert_eq!(spans.arguments("patterns"), expected);
}

#[test]
fn arguments_named_like_a_secret_are_redacted_and_not_formatted_unless_revealed() {
    struct Secret;
    impl fmt::Display for Secret {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("a secret was formatted")
        }
    }
    #[trace]
    #[tag_args]
    #[allow(non_snake_case)]
    fn secrets(access_token: Secret, tokenize: bool, (user, refreshToken): (&str, Secret)) {
        let _ = (access_token, tokenize, user, refreshToken);
    }
    #[trace]
    #[tag_args(reveal(page_token))]
    fn revealed(page_token: &str, token: &str) {
        let _ = (page_token, token);
    }
    let spans = record(|| {
        secrets(Secret, true, ("@a:b", Secret));
        revealed("next", "secret");
    });
    let expected = [
        "access_token=<redacted>",
        "tokenize=true",
        "user=@a:b",
        "refreshToken=<redacted>",
    ];
    assert_eq!(spans.arguments("secrets"), expected);
    assert_eq!(
        spans.arguments("revealed"),
        ["page_token=next", "token=<redacted>"]
    );
}

#[test]
fn skip_and_only_choose_the_arguments() {
    #[trace]
    #[tag_args(skip(b))]
    fn skips(a: u8, b: u8, c: u8) -> u8 {
        a + b + c
    }
    #[trace]
    #[tag_args(only(b))]
    fn takes(a: u8, b: u8, c: u8) -> u8 {
        a + b + c
    }
    let spans = record(|| {
        skips(1, 2, 3);
        takes(1, 2, 3);
    });
    assert_eq!(spans.arguments("skips"), ["a=1", "c=3"]);
    assert_eq!(spans.arguments("takes"), ["b=2"]);
}

/// Counts how often it is formatted.
#[derive(Clone, Copy)]
struct Counted<'a>(&'a AtomicU32);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Relaxed);
        f.write_str("formatted")
    }
}

#[trace]
#[tag_args]
fn sync(argument: Counted<'_>) {
    let _ = argument;
}

#[trace]
#[tag_args]
async fn asynchronous(argument: Counted<'_>) {
    let _ = argument;
}

#[trace]
#[tag_args]
fn returning<'a>(argument: Counted<'a>) -> impl Future<Output = ()> + 'a {
    async move {
        let _ = (argument,);
    }
}

#[test]
fn an_argument_is_formatted_once_and_only_for_a_sampled_span() {
    let count = AtomicU32::new(0);
    let all = || {
        sync(Counted(&count));
        block_on(asynchronous(Counted(&count)));
        block_on(returning(Counted(&count)));
    };
    all();
    let unsampled = Tracer::builder("test").sampler(ConstSampler::new(false));
    assert!(record_with(unsampled, all).names().is_empty());
    assert_eq!(count.load(Relaxed), 0);
    let spans = record(all);
    assert_eq!(count.load(Relaxed), 3);
    for name in spans.names() {
        assert_eq!(spans.arguments(name), ["argument=formatted"], "{name}");
    }
}

#[test]
fn an_argument_is_formatted_before_the_body_changes_or_moves_it() {
    #[trace]
    #[tag_args]
    fn changes(mut text: String, moved: String) -> Result<String, fmt::Error> {
        text.push_str(" changed");
        drop(moved);
        Ok(text)
    }
    #[trace]
    #[tag_args]
    async fn changes_async(mut text: String, moved: String) -> String {
        text.push_str(" changed");
        drop(moved);
        text
    }
    let spans = record(|| {
        assert_eq!(
            changes("a".to_owned(), "b".to_owned()).as_deref(),
            Ok("a changed")
        );
        assert_eq!(
            block_on(changes_async("a".to_owned(), "b".to_owned())),
            "a changed"
        );
    });
    for name in spans.names() {
        assert_eq!(spans.arguments(name), ["text=a", "moved=b"], "{name}");
    }
}

#[test]
fn a_future_is_tagged_with_arguments_that_it_does_not_keep_without_keeping_them() {
    #[trace]
    #[tag_args]
    fn returning(
        name: &str,
        shared: Rc<u8>,
        moved: String,
        kept: String,
        _unused: &u8,
    ) -> Pin<Box<dyn Future<Output = usize> + Send + 'static>> {
        let length = name.len() + usize::from(*shared);
        drop(moved);
        Box::pin(async move { length + kept.len() })
    }
    #[trace]
    #[tag_args]
    fn borrowing(name: &str, number: u32) -> impl Future<Output = usize> + '_ {
        let number = number as usize;
        async { name.len() + usize::from(!name.is_empty()) }.tap(number)
    }
    #[trace]
    #[tag_args]
    fn not_moving(name: &str) -> impl Future<Output = usize> + '_ {
        async { name.len() }
    }
    let spans = record(|| {
        let future = returning("room", Rc::new(1), "m".to_owned(), "kept".to_owned(), &0);
        assert_eq!(block_on(future), 9);
        assert_eq!(block_on(not_moving("abc")), 3);
        let _outer = start_active_span("outer");
        assert_eq!(block_on(borrowing("abc", 1)), 4);
    });
    let mut tags = spans.arguments("returning");
    tags.sort();
    assert_eq!(
        tags,
        ["_unused=0", "kept=kept", "moved=m", "name=room", "shared=1"]
    );
    assert_eq!(spans.arguments("not_moving"), ["name=abc"]);
    assert_eq!(spans.arguments("borrowing"), ["name=abc", "number=1"]);
}

trait Tap: Sized {
    fn tap(self, _: usize) -> Self {
        self
    }
}

impl<T> Tap for T {}

#[test]
fn a_parameter_that_is_configured_out_is_not_tagged() {
    #[trace]
    #[tag_args]
    fn sync(#[cfg(not(test))] gone: Undefined, #[cfg(test)] here: u8) -> Result<u8, fmt::Error> {
        Ok(here)
    }
    #[trace]
    #[tag_args]
    async fn asynchronous(#[cfg(not(test))] mut gone: Undefined, #[cfg(test)] mut here: String) -> usize {
        here.push('b');
        here.len()
    }
    let spans = record(|| {
        assert_eq!(sync(1), Ok(1));
        assert_eq!(block_on(asynchronous("a".to_owned())), 2);
    });
    assert_eq!(spans.arguments("sync"), ["here=1"]);
    assert_eq!(spans.arguments("asynchronous"), ["here=a"]);
}

#[test]
fn under_async_trait_the_tags_are_on_the_span_of_the_method() {
    #[async_trait::async_trait]
    trait Client: Sync {
        async fn send(
            &self,
            destination: &str,
            access_token: String,
            pair: (u8, u8),
            _: u8,
            counted: Counted<'static>,
        ) -> usize;
    }
    struct Real;
    #[async_trait::async_trait]
    impl Client for Real {
        #[trace]
        #[tag_args]
        async fn send(
            &self,
            destination: &str,
            access_token: String,
            (mut a, secret): (u8, u8),
            _: u8,
            counted: Counted<'static>,
        ) -> usize {
            a += secret;
            let _ = counted;
            destination.len() + access_token.len() + usize::from(a)
        }
    }
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let call = || {
        assert_eq!(
            block_on(Real.send("abc", "t".to_owned(), (1, 2), 3, Counted(&COUNT))),
            7
        )
    };
    let unsampled = Tracer::builder("test").sampler(ConstSampler::new(false));
    record_with(unsampled, call);
    assert_eq!(COUNT.load(Relaxed), 0);
    let tags = [
        "destination=abc",
        "access_token=<redacted>",
        "a=1",
        "secret=<redacted>",
        "counted=formatted",
    ];
    assert_eq!(record(call).arguments("send"), tags);
}

#[test]
fn parts_of_what_is_named_like_a_secret_are_redacted_under_any_name() {
    struct Login {
        password: String,
        user: String,
        keys: Keys,
    }
    struct Keys {
        session_key: (u8, u8),
    }
    struct AccessToken(u8);
    #[trace]
    #[tag_args]
    fn fields(
        Login {
            password: p,
            user,
            keys: Keys { session_key: (a, b) },
        }: Login,
        AccessToken(inner): AccessToken,
        cookie @ (c, _): (u8, u8),
    ) {
        let _ = (p, user, a, b, inner, cookie, c);
    }
    #[trace]
    #[tag_args(reveal(p))]
    async fn revealed(
        Login {
            password: p, user: u, ..
        }: &Login,
    ) {
        let _ = (p, u);
    }
    let login = || Login {
        password: "hunter2".to_owned(),
        user: "user".to_owned(),
        keys: Keys { session_key: (1, 2) },
    };
    let spans = record(|| {
        fields(login(), AccessToken(1), (3, 4));
        block_on(revealed(&login()));
    });
    assert_eq!(
        spans.arguments("fields"),
        [
            "p=<redacted>",
            "user=user",
            "a=<redacted>",
            "b=<redacted>",
            "inner=<redacted>",
            "cookie=<redacted>",
            "c=<redacted>",
        ]
    );
    assert_eq!(spans.arguments("revealed"), ["p=hunter2", "u=user"]);
}

#[test]
fn a_field_named_like_a_secret_is_redacted_in_what_async_trait_moved() {
    struct Login {
        password: u8,
    }
    #[async_trait::async_trait]
    trait Client {
        async fn login(&self, login: Login) -> u8;
    }
    struct Real;
    #[async_trait::async_trait]
    impl Client for Real {
        #[trace]
        #[tag_args]
        async fn login(&self, Login { password: p }: Login) -> u8 {
            p
        }
    }
    let spans = record(|| assert_eq!(block_on(Real.login(Login { password: 1 })), 1));
    assert_eq!(spans.arguments("login"), ["p=<redacted>"]);
}

struct Unseen;

impl fmt::Display for Unseen {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a secret was formatted")
    }
}

#[test]
fn arguments_that_the_attribute_redacts_are_redacted_and_not_formatted() {
    #[trace]
    #[tag_args(redact(email, p), only(email, p, limit))]
    fn function(email: Unseen, (p, q): (Unseen, u8), limit: u8) {
        let _ = (email, p, q, limit);
    }
    #[trace]
    #[tag_args(redact(email))]
    async fn future(email: Unseen, limit: u8) {
        let _ = (email, limit);
    }
    let spans = record(|| {
        function(Unseen, (Unseen, 1), 2);
        block_on(future(Unseen, 3));
    });
    assert_eq!(
        spans.arguments("function"),
        ["email=<redacted>", "p=<redacted>", "limit=2"]
    );
    assert_eq!(spans.arguments("future"), ["email=<redacted>", "limit=3"]);
}

#[trace]
#[tag_args]
fn redacted_function(user_email: Unseen, mailbox: u8) {
    let _ = (user_email, mailbox);
}

#[trace]
#[tag_args(reveal(recoveryEmails), fields(email = mailbox))]
#[allow(non_snake_case)]
async fn redacted_async(recoveryEmails: Unseen, mailbox: u8) {
    let _ = (recoveryEmails, mailbox);
}

#[trace]
#[tag_args]
fn redacted_future<'a>(email: &'a Unseen, mailbox: &'a u8) -> impl Future<Output = ()> + 'a {
    let _ = email;
    async move {
        let _ = mailbox;
    }
}

#[test]
fn arguments_that_the_tracer_redacts_are_redacted_and_not_formatted_even_if_revealed() {
    let memory = MemoryReporter::new();
    let (tracer, guard) = Tracer::builder("test")
        .redacted_arguments(["email"])
        .reporter(memory.clone())
        .build()
        .unwrap();
    with_tracer(&tracer, || {
        redacted_function(Unseen, 1);
        block_on(redacted_async(Unseen, 2));
        block_on(redacted_future(&Unseen, &3));
        let _scope = start_active_span("outer");
        block_on(redacted_future(&Unseen, &4));
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let tags: Vec<String> = memory
        .finished_spans()
        .iter()
        .flat_map(|span| span.tags.clone())
        .filter(|tag| tag.key.contains("ail"))
        .map(|tag| format!("{}={}", tag.key, tag.value))
        .collect();
    let expected = [
        "ARG.user_email=<redacted>",
        "ARG.mailbox=1",
        "ARG.recoveryEmails=<redacted>",
        "ARG.mailbox=2",
        "email=2",
        "ARG.email=<redacted>",
        "ARG.mailbox=3",
        "ARG.email=<redacted>",
        "ARG.mailbox=4",
    ];
    assert_eq!(tags, expected);
}

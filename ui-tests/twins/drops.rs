// editions: 2018 2021 2024
// When things are dropped: a log of it must be the same. What `docs/macros.md` excepts is not here: what a pattern
// does not bind, in functions with `Result` and in `async fn`.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;

thread_local!(static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

fn log(text: &str) {
    LOG.with(|log| log.borrow_mut().push(text.to_owned()));
}

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        log(self.0);
    }
}

impl Noisy {
    fn length(&self) -> usize {
        self.0.len()
    }

    #[attributes]
    fn by_value(self, other: Noisy) -> Result<usize, ()> {
        log("body");
        Ok(self.length() + other.length())
    }

    #[attributes]
    fn unused(self, _other: Noisy) {
        log("body");
    }

    #[attributes]
    async fn later(self, other: Noisy) -> Result<usize, ()> {
        std::future::ready(()).await;
        log("body");
        Ok(self.length() + other.length())
    }

    #[attributes]
    async fn unused_later(self, _other: Noisy) {
        log("body");
    }
}

struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[attributes]
fn arguments(first: Noisy, second: Noisy, third: Noisy) -> usize {
    log("body");
    first.length() + second.length() + third.length()
}

#[attributes]
fn arguments_fallible(first: Noisy, mut second: Noisy, third: Noisy) -> Result<usize, ()> {
    log("body");
    second.0 = "changed";
    Ok(first.length() + third.length())
}

#[attributes]
async fn arguments_later(first: Noisy, mut second: Noisy, third: Noisy) -> usize {
    log("body");
    std::future::ready(()).await;
    second.0 = "changed";
    first.length() + third.length()
}

#[attributes]
#[allow(unused_variables)]
fn unused(first: Noisy, _second: Noisy, third: Noisy) -> Result<(), ()> {
    log("body");
    Ok(())
}

#[attributes]
#[allow(unused_variables)]
async fn unused_later(first: Noisy, _second: Noisy, third: Noisy) {
    log("body");
}

#[attributes]
fn ignored(_: Noisy, used: Noisy, _: Noisy) {
    log("body");
    let _ = used.length();
}

#[attributes]
fn moved(first: Noisy, second: Noisy, third: Noisy) -> Result<(), ()> {
    drop(second);
    let moved = first;
    log("body");
    let _ = (moved.length(), &third);
    Ok(())
}

#[attributes]
async fn moved_later(first: Noisy, second: Noisy, third: Noisy) {
    drop(second);
    let moved = first;
    log("body");
    std::future::ready(()).await;
    let _ = (moved.length(), &third);
}

#[attributes]
fn conditionally_moved(first: Noisy, second: Noisy, flag: bool) -> Result<Option<Noisy>, ()> {
    log("body");
    if flag {
        return Ok(Some(first));
    }
    drop(second);
    Ok(None)
}

#[attributes]
fn partly_moved((first, second): (Noisy, Noisy), third: [Noisy; 2]) -> Result<(), ()> {
    drop(first);
    let [_, last] = third;
    log("body");
    let _ = (second.length(), last.length());
    Ok(())
}

#[attributes]
async fn partly_moved_later((first, second): (Noisy, Noisy), third: (Noisy, Noisy)) {
    drop(first);
    let last = third.1;
    log("body");
    let _ = (second.length(), last.length());
}

#[attributes]
fn returned(first: Noisy, second: Noisy) -> Result<Noisy, Noisy> {
    let local = Noisy("local");
    log("body");
    if second.length() > 100 { Err(local) } else { Ok(first) }
}

#[attributes]
fn locals_and_temporaries(list: RefCell<Vec<Noisy>>) -> usize {
    let _first = Noisy("first local");
    let _ = Noisy("at once");
    let _second = Noisy("second local");
    list.borrow_mut().push(Noisy("pushed"));
    Noisy("in statement").length();
    match Noisy("scrutinee").length() {
        0 => log("never"),
        _ => log("arm"),
    }
    if Noisy("condition").length() > 0 {
        log("then");
    }
    list.borrow().len()
}

#[attributes]
fn locals_and_temporaries_fallible(list: RefCell<Vec<Noisy>>) -> Result<usize, ()> {
    let _first = Noisy("first local");
    let _ = Noisy("at once");
    list.borrow_mut().push(Noisy("pushed"));
    Ok(list.borrow().len() + Noisy("tail").length())
}

#[attributes]
async fn locals_and_temporaries_later(list: RefCell<Vec<Noisy>>) -> usize {
    let _first = Noisy("first local");
    let _ = Noisy("at once");
    list.borrow_mut().push(Noisy("pushed"));
    std::future::ready(Noisy("awaited")).await;
    list.borrow().len() + Noisy("tail").length()
}

#[attributes]
fn tail_temporary(used: Noisy) -> usize {
    let _local = Noisy("local");
    Noisy("tail").length() + used.length()
}

#[attributes]
fn tail_temporary_fallible(used: Noisy) -> Result<usize, ()> {
    let _local = Noisy("local");
    Ok(Noisy("tail").length() + used.length())
}

#[attributes]
async fn tail_temporary_later(used: Noisy) -> Result<usize, ()> {
    let _local = Noisy("local");
    Ok(Noisy("tail").length() + used.length())
}

#[attributes]
async fn tail_temporary_of_bound_again(mut used: Noisy) -> usize {
    used.0 = "changed";
    Noisy("tail").length() + used.length()
}

#[attributes]
fn tail_lock(shared: &Mutex<Vec<Noisy>>, extra: Noisy) -> Result<usize, ()> {
    let _ = &extra;
    Ok(shared.lock().map_err(|_| ())?.len())
}

#[attributes]
fn tail_match(noisy: Option<Noisy>) -> Result<usize, ()> {
    match noisy.as_ref().map(Noisy::length) {
        Some(length) => {
            log("arm");
            Ok(length)
        }
        None => Err(()),
    }
}

#[attributes]
fn tail_if_let(list: &RefCell<Vec<Noisy>>) -> Result<usize, ()> {
    if let Some(noisy) = list.borrow().first() {
        log("then");
        Ok(noisy.length())
    } else {
        log("else");
        Err(())
    }
}

#[attributes]
fn tail_else(list: &RefCell<Vec<Noisy>>) -> usize {
    if let Some(noisy) = Some(Noisy("scrutinee")).filter(|_| list.borrow().len() > 9) {
        noisy.length()
    } else {
        log("else");
        0
    }
}

#[attributes]
fn early(first: Noisy, which: u8) -> Result<usize, &'static str> {
    let _local = Noisy("local");
    match which {
        0 => return Err("zero"),
        1 => return Ok(Noisy("returned from").length()),
        _ => {}
    }
    let _inner = Noisy("inner");
    Err("question")?;
    Ok(first.length())
}

#[attributes]
async fn early_later(first: Noisy, which: u8) -> Result<usize, &'static str> {
    let _local = Noisy("local");
    match which {
        0 => return Err("zero"),
        1 => return Ok(Noisy("returned from").length()),
        _ => {}
    }
    let _inner = Noisy("inner");
    Err("question")?;
    Ok(first.length())
}

#[attributes]
fn panics(first: Noisy, _second: Noisy, mut third: Noisy) -> Result<(), ()> {
    let _local = Noisy("local");
    third.0 = "changed";
    if first.length() > 0 {
        std::panic::resume_unwind(Box::new(()));
    }
    Ok(())
}

#[attributes]
async fn panics_later(first: Noisy, _second: Noisy, mut third: Noisy) {
    let _local = Noisy("local");
    third.0 = "changed";
    std::future::ready(()).await;
    if first.length() > 0 {
        std::panic::resume_unwind(Box::new(()));
    }
}

#[attributes]
async fn waits(first: Noisy, _second: Noisy, mut third: Noisy) -> usize {
    let _local = Noisy("local");
    third.0 = "changed";
    Yield(false).await;
    log("resumed");
    first.length()
}

#[attributes]
fn future(first: Noisy, _second: Noisy) -> impl Future<Output = usize> {
    log("called");
    let _local = Noisy("local");
    async move {
        Yield(false).await;
        log("future");
        first.length()
    }
}

#[attributes]
fn boxed_future(first: Noisy, second: Noisy) -> Pin<Box<dyn Future<Output = Result<usize, ()>>>> {
    drop(second);
    log("called");
    Box::pin(async move {
        let first = first;
        Yield(false).await;
        log("future");
        Ok(first.length())
    })
}

#[attributes]
fn shared(count: Rc<()>, other: &Rc<()>) -> Result<usize, ()> {
    let _ = &count;
    Ok(Rc::strong_count(other))
}

#[attributes]
fn closure(first: Noisy, second: Noisy) -> impl Fn() -> usize {
    let _ = second.length();
    move || first.length()
}

fn poll_once<F: Future>(future: F) {
    let mut future = Box::pin(future);
    let poll = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    log(if poll.is_ready() { "ready" } else { "pending" });
    drop(future);
    log("dropped");
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |name: &str, result: &dyn Debug| {
        let log = LOG.take().join(", ");
        all.push(format!("{name}: {log} -> {result:?}"));
    };
    let n = Noisy;
    push("by_value", &n("self").by_value(n("other")));
    push("unused", &n("self").unused(n("other")));
    push("later", &block_on(n("self").later(n("other"))));
    push("unused_later", &block_on(n("self").unused_later(n("other"))));
    push("arguments", &arguments(n("1"), n("2"), n("3")));
    push("arguments_fallible", &arguments_fallible(n("1"), n("2"), n("3")));
    push("arguments_later", &block_on(arguments_later(n("1"), n("2"), n("3"))));
    push("unused", &unused(n("1"), n("2"), n("3")));
    push("unused_later", &block_on(unused_later(n("1"), n("2"), n("3"))));
    push("ignored", &ignored(n("1"), n("2"), n("3")));
    push("moved", &moved(n("1"), n("2"), n("3")));
    push("moved_later", &block_on(moved_later(n("1"), n("2"), n("3"))));
    for flag in [true, false] {
        push("conditionally_moved", &conditionally_moved(n("1"), n("2"), flag).map(|kept| kept.is_some()));
    }
    push("partly_moved", &partly_moved((n("1"), n("2")), [n("3"), n("4")]));
    push("partly_moved_later", &block_on(partly_moved_later((n("1"), n("2")), (n("3"), n("4")))));
    push("returned", &returned(n("1"), n("2")).is_ok());
    push("locals_and_temporaries", &locals_and_temporaries(RefCell::default()));
    push("locals_and_temporaries_fallible", &locals_and_temporaries_fallible(RefCell::default()));
    push("locals_and_temporaries_later", &block_on(locals_and_temporaries_later(RefCell::default())));
    push("tail_temporary", &tail_temporary(n("1")));
    push("tail_temporary_fallible", &tail_temporary_fallible(n("1")));
    push("tail_temporary_later", &block_on(tail_temporary_later(n("1"))));
    push("tail_temporary_of_bound_again", &block_on(tail_temporary_of_bound_again(n("1"))));
    push("tail_lock", &tail_lock(&Mutex::new(vec![n("1")]), n("2")));
    push("tail_match", &tail_match(Some(n("1"))));
    push("tail_if_let", &tail_if_let(&RefCell::new(vec![n("1")])));
    push("tail_if_let", &tail_if_let(&RefCell::new(vec![])));
    push("tail_else", &tail_else(&RefCell::new(vec![])));
    for which in 0..3 {
        push("early", &early(n("1"), which));
        push("early_later", &block_on(early_later(n("1"), which)));
    }
    let caught = std::panic::catch_unwind(|| panics(n("1"), n("2"), n("3")));
    push("panics", &caught.is_err());
    let caught = std::panic::catch_unwind(|| block_on(panics_later(n("1"), n("2"), n("3"))));
    push("panics_later", &caught.is_err());
    push("waits", &poll_once(waits(n("1"), n("2"), n("3"))));
    drop(waits(n("1"), n("2"), n("3")));
    push("waits, never polled", &());
    push("future", &poll_once(future(n("1"), n("2"))));
    drop(future(n("1"), n("2")));
    push("future, never polled", &());
    push("boxed_future", &poll_once(boxed_future(n("1"), n("2"))));
    push("shared", &shared(Rc::new(()), &Rc::new(())));
    let closure = closure(n("1"), n("2"))();
    push("closure", &closure);
    all
}

// editions: 2018 2021 2024
// Functions that return a future, and do something before.

use std::cell::RefCell;
use std::fmt::{self, Debug, Display};
use std::future::{Future, Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;

use futures::executor::block_on;
use futures::future::{BoxFuture, Either, FusedFuture, FutureExt as _, LocalBoxFuture};

type Log = Rc<RefCell<Vec<&'static str>>>;

struct Noisy(Log, &'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.0.borrow_mut().push(self.1);
    }
}

impl Noisy {
    fn name(&self) -> &'static str {
        self.1
    }
}

/// Neither `Debug` nor `Display`.
struct NotShown;

async fn other<T>(x: T) -> T {
    ready(()).await;
    x
}

async fn other_fallible(x: u8) -> Result<u8, NotShown> {
    if x == 0 {
        return Err(NotShown);
    }
    Ok(x)
}

#[attributes]
fn drops_above(first: Noisy, _second: Noisy, third: Noisy) -> Pin<Box<dyn Future<Output = usize>>> {
    let local = Noisy(Rc::clone(&first.0), "local");
    let length = local.name().len();
    let _ = Noisy(Rc::clone(&first.0), "temporary").name();
    Box::pin(async move { third.name().len() + length })
}

#[attributes]
fn drops_in_the_call(first: Noisy, second: Noisy, _: Noisy) -> Pin<Box<dyn Future<Output = usize>>> {
    let _local = Noisy(Rc::clone(&first.0), "local");
    Box::pin(other(Noisy(Rc::clone(&second.0), "temporary").name().len()))
}

#[attributes]
fn drops_of_an_opaque_one(first: Noisy, second: Noisy) -> impl Future<Output = usize> {
    let _local = Noisy(Rc::clone(&first.0), "local");
    other(second).map(|second| second.name().len())
}

#[attributes]
fn drops_after_an_early_return(first: Noisy, second: Noisy, now: bool) -> BoxFuture<'static, u8> {
    let _local = Noisy(Rc::clone(&first.0), "local");
    if now {
        return ready(1).boxed();
    }
    drop(second);
    ready(2).boxed()
}

#[attributes]
fn temporary_in_the_tail(cell: &RefCell<Vec<u8>>) -> impl Future<Output = u8> + Unpin + Send + Sync + 'static {
    ready(cell.borrow().len() as u8)
}

#[attributes]
fn one_line(x: u8) -> impl Future<Output = u8> { other(x) }

#[attributes]
fn one_line_boxed(x: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> { Box::pin(other(x)) }

#[attributes]
fn one_line_alias(x: u8) -> BoxFuture<'static, u8> { other(x).boxed() }

#[attributes]
fn chosen(x: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    match x {
        0 => Box::pin(ready(1)),
        1 => Box::pin(async { 2 }),
        x => Box::pin(other(x)),
    }
}

#[attributes]
fn conditional(x: u8) -> impl Future<Output = u8> {
    if x == 0 {
        Either::Left(ready(1))
    } else {
        Either::Right(other(x))
    }
}

#[attributes]
fn all_auto_traits(x: u8) -> Pin<Box<dyn Future<Output = u8> + Send + Sync + Unpin + 'static>> {
    Box::pin(ready(x))
}

#[attributes]
fn elided(text: &str) -> Pin<Box<dyn Future<Output = &str> + Send + '_>> {
    let text = text.trim();
    other(text).boxed()
}

#[attributes]
fn elided_alias(text: &str) -> LocalBoxFuture<'_, Result<&str, NotShown>> {
    let text = Rc::new(text.trim());
    async move { Ok(*text) }.boxed_local()
}

#[attributes]
fn opaque_with_a_lifetime<'a>(text: &'a str, _cell: Rc<u8>) -> impl Future<Output = Result<&'a str, NotShown>> + Send + 'a {
    other(text).map(Ok)
}

#[attributes]
fn opaque_output(text: &str) -> impl Future<Output = impl Display + '_> + '_ {
    other(text)
}

#[attributes]
fn boxed_opaque_output(text: String) -> Pin<Box<dyn Future<Output = Result<String, Box<dyn Debug + Send>>> + Send>> {
    Box::pin(async move { if text.is_empty() { Err(Box::new(1) as Box<dyn Debug + Send>) } else { Ok(text) } })
}

#[attributes]
fn inferred(x: u8) -> impl Future<Output = Result<Vec<u8>, NotShown>> {
    ready(Ok((0..x).collect()))
}

#[attributes]
fn inferred_boxed(x: u8) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, NotShown>> + Send>> {
    Box::pin(ready(Ok((0..x).collect())))
}

#[attributes]
fn fallible(x: u8) -> BoxFuture<'static, Result<u8, NotShown>> {
    other_fallible(x).boxed()
}

#[attributes]
fn passed_on<'a, T>(future: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    future
}

#[attributes]
fn passed_on_unbounded<'a, T: Debug>(future: Pin<Box<dyn Future<Output = T> + 'a>>) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    future
}

#[attributes]
fn bounded<'a, T>(x: T) -> BoxFuture<'a, T>
where
    T: Send + 'a,
{
    other(x).boxed()
}

#[attributes]
fn returns_early(x: u8) -> impl Future<Output = u8> {
    if x == 0 {
        return ready(1);
    }
    ready(x)
}

macro_rules! give {
    ($x:expr) => {
        return ready($x)
    };
}

#[attributes]
fn returns_in_a_macro(x: u8) -> impl Future<Output = u8> {
    if x == 0 {
        give!(7);
    }
    ready(x)
}

#[attributes]
fn returns_in_a_closure(list: &[u8]) -> impl Future<Output = usize> {
    let chosen = list.iter().filter(|x| {
        if **x == 0 {
            return false;
        }
        **x != 9
    });
    ready(chosen.count())
}

#[attributes]
fn labelled(list: &[u8]) -> impl Future<Output = u8> {
    let found = 'outer: loop {
        for x in list {
            if *x > 3 {
                break 'outer *x;
            }
        }
        break 0;
    };
    ready(found)
}

#[attributes]
fn unfinished(x: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    todo!("{}", x)
}

#[attributes]
fn unfinished_later(x: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    if x > 1 {
        unimplemented!()
    }
    Box::pin(async move { x })
}

#[attributes]
fn other_names(x: u8) -> Pin<Box<dyn Future<Output = Result<u8, fmt::Error>>>> {
    use std::boxed::Box as Heap;
    #[allow(dead_code)]
    enum Result {
        Ok,
    }
    let x = x + Result::Ok as u8;
    Heap::pin(ready(Ok(x)))
}

#[attributes]
fn items_first(x: u8) -> impl Future<Output = u8> {
    const LIMIT: u8 = 9;
    fn add(x: u8) -> u8 {
        if x > LIMIT {
            return LIMIT;
        }
        x + 1
    }
    ready(add(x))
}

#[attributes]
fn name_of_an_import(x: u8) -> ::std::pin::Pin<::std::boxed::Box<dyn Future<Output = u8>>> {
    struct Local;
    impl Local {
        fn pin<F>(future: F) -> ::std::pin::Pin<::std::boxed::Box<F>> {
            ::std::boxed::Box::pin(future)
        }
    }
    use Local as Box;
    let x = x + 1;
    Box::pin(async move { x })
}

#[attributes]
fn shared(log: &Mutex<Vec<u8>>, x: u8) -> impl Future<Output = usize> + '_ {
    log.lock().unwrap().push(x);
    async move { log.lock().unwrap().len() }
}

#[attributes]
#[track_caller]
fn caller_line() -> BoxFuture<'static, u32> {
    ready(std::panic::Location::caller().line()).boxed()
}

#[attributes]
fn recursive(depth: u8) -> BoxFuture<'static, u8> {
    if depth == 0 {
        return ready(0).boxed();
    }
    recursive(depth - 1).map(|depth| depth + 1).boxed()
}

mod another {
    pub struct BoxFuture<T>(pub T);
    pub trait Future {}
    impl Future for u8 {}
}

#[attributes]
fn no_box(x: u8) -> another::BoxFuture<Result<u8, NotShown>> {
    if x == 0 {
        return another::BoxFuture(Err(NotShown));
    }
    another::BoxFuture(Ok(x))
}

#[attributes]
fn no_future(x: u8) -> impl another::Future + Into<u64> {
    x
}

struct Client {
    name: String,
}

impl Client {
    #[attributes]
    fn get(&self, path: &str) -> impl Future<Output = String> + Send + 'static {
        let path = format!("{}{}", self.name, path);
        other(path)
    }

    #[attributes]
    fn put<'a>(&'a mut self, path: &'a str) -> BoxFuture<'a, &'a mut String> {
        self.name.push_str(path);
        async move { &mut self.name }.boxed()
    }

    #[attributes]
    fn consume(self, path: String) -> Pin<Box<dyn Future<Output = String>>> {
        Box::pin(other(self.name + &path))
    }
}

trait Service {
    type Future: Future<Output = u8>;

    fn call(&self, x: u8) -> Self::Future;
}

impl Service for Client {
    type Future = BoxFuture<'static, u8>;

    #[attributes]
    fn call(&self, x: u8) -> Self::Future {
        let x = x + 1;
        Box::pin(async move { x })
    }
}

struct Boxes<Response> {
    make: Box<dyn Fn() -> BoxFuture<'static, Response>>,
}

trait Calls<'a, Request, Response> {
    fn call(&'a self, request: Request) -> BoxFuture<'a, Response>;
}

/// Nothing here says that the types outlive the boxes, and what is passed on need not.
impl<Response> Boxes<Response> {
    #[attributes]
    fn call(&self) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        (self.make)()
    }

    #[attributes]
    fn call_alias(&self) -> BoxFuture<'static, Option<Response>>
    where
        Self: Sized,
        Response: 'static,
    {
        (self.make)().map(Some).boxed()
    }

    #[attributes]
    fn call_without_self(this: &Boxes<Response>) -> BoxFuture<'static, Response> {
        (this.make)()
    }

    #[attributes]
    fn call_this(this: &Self) -> BoxFuture<'static, Response> {
        (this.make)()
    }
}

impl<'a, Inner, Request, Response> Calls<'a, Request, Response> for (Inner,)
where
    Inner: Calls<'a, Request, Response>,
{
    #[attributes]
    fn call(&'a self, request: Request) -> BoxFuture<'a, Response> {
        self.0.call(request)
    }
}

impl<'a, Request> Calls<'a, Request, u8> for Boxes<u8> {
    #[attributes]
    fn call(&'a self, _request: Request) -> BoxFuture<'a, u8> {
        (self.make)()
    }
}

#[attributes]
fn two_lifetimes<'a, 'b>(
    make: &'a dyn Fn() -> BoxFuture<'a, &'b str>,
    _name: &'b str,
) -> BoxFuture<'a, &'b str> {
    make()
}

#[attributes]
fn other_bound<'a, 'b, T: 'b>(
    make: &'a dyn Fn() -> Pin<Box<dyn Future<Output = T> + 'a>>,
    _name: &'b T,
) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    make()
}

#[attributes]
fn item_of<T: Iterator>(make: &dyn Fn() -> BoxFuture<'static, Option<T::Item>>) -> BoxFuture<'static, Option<T::Item>> {
    make()
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn is_static<T: 'static>(value: T) -> T {
    value
}

fn is_unpin<T: Unpin + Sync>(value: T) -> T {
    value
}

#[attributes]
async fn gives_a_future(x: u8) -> Ready<u8> {
    ready(x)
}

#[attributes]
async fn gives_an_opaque_future(mut x: u8) -> impl Future<Output = u8> {
    ready(()).await;
    x += 1;
    ready(x)
}

#[attributes]
fn can_be_cloned(x: u8) -> impl Future<Output = u8> + Clone {
    ready(x)
}

#[attributes]
fn is_fused(x: u8) -> impl FusedFuture + Future<Output = u8> + Unpin {
    futures::future::ready(x)
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let log = Log::default();
    let noisy = |name| Noisy(Rc::clone(&log), name);
    let mut push = |text: &dyn Debug| all.push(format!("{:?} {:?}", text, log.take()));
    push(&block_on(drops_above(noisy("a"), noisy("b"), noisy("c"))));
    drop(drops_above(noisy("a"), noisy("b"), noisy("c")));
    push(&"not polled");
    push(&block_on(drops_in_the_call(noisy("a"), noisy("b"), noisy("c"))));
    drop(drops_in_the_call(noisy("a"), noisy("b"), noisy("c")));
    push(&"not polled");
    push(&block_on(drops_of_an_opaque_one(noisy("a"), noisy("b"))));
    drop(drops_of_an_opaque_one(noisy("a"), noisy("b")));
    push(&"not polled");
    for now in [false, true].iter() {
        push(&block_on(drops_after_an_early_return(noisy("a"), noisy("b"), *now)));
    }
    push(&block_on(is_unpin(is_send(is_static(temporary_in_the_tail(&RefCell::new(vec![1])))))));
    push(&block_on(is_send(one_line(1))));
    push(&block_on(is_send(one_line_boxed(1))));
    push(&block_on(is_send(one_line_alias(1))));
    for x in 0..3 {
        push(&block_on(chosen(x)));
        push(&block_on(is_send(conditional(x))));
        push(&block_on(returns_early(x)));
        push(&block_on(returns_in_a_macro(x)));
        push(&block_on(is_send(fallible(x))).is_ok());
        push(&no_box(x).0.is_ok());
    }
    push(&block_on(is_unpin(is_send(is_static(all_auto_traits(1))))));
    push(&block_on(is_send(elided(" a "))));
    push(&block_on(elided_alias(" a ")).ok());
    push(&block_on(is_send(opaque_with_a_lifetime("a", Rc::new(1)))).ok());
    push(&block_on(is_send(opaque_output("a"))).to_string());
    push(&block_on(is_send(boxed_opaque_output(String::new()))).is_ok());
    push(&block_on(is_send(inferred(3))).ok());
    push(&block_on(is_send(inferred_boxed(3))).ok());
    push(&block_on(is_send(passed_on(ready(1).boxed()))));
    push(&block_on(passed_on_unbounded(ready(1).boxed_local())));
    push(&block_on(is_send(bounded(1))));
    let boxes = Boxes { make: Box::new(|| ready(1).boxed()) };
    push(&block_on(boxes.call()));
    push(&block_on(boxes.call_alias()));
    push(&block_on(Boxes::call_without_self(&boxes)));
    push(&block_on(Boxes::call_this(&boxes)));
    push(&block_on(Calls::<u8, u8>::call(&(boxes,), 1)));
    push(&block_on(two_lifetimes(&|| ready("b").boxed(), "a")));
    push(&block_on(other_bound(&|| ready(1).boxed_local(), &1)));
    push(&block_on(item_of::<std::ops::Range<u8>>(&|| ready(Some(1)).boxed())));
    push(&block_on(returns_in_a_closure(&[0, 1, 9])));
    push(&block_on(labelled(&[1, 5])));
    push(&catch_unwind(AssertUnwindSafe(|| drop(unfinished(1)))).is_err());
    push(&catch_unwind(AssertUnwindSafe(|| drop(unfinished_later(2)))).is_err());
    push(&block_on(unfinished_later(1)));
    push(&block_on(other_names(1)));
    push(&block_on(items_first(1)));
    push(&block_on(name_of_an_import(1)));
    let shared_log = Mutex::new(Vec::new());
    push(&block_on(is_send(shared(&shared_log, 1))));
    push(&(block_on(caller_line()) > 0));
    push(&block_on(is_send(recursive(3))));
    push(&Into::<u64>::into(no_future(1)));
    let mut client = Client { name: "client".to_owned() };
    push(&block_on(is_send(is_static(client.get("/")))));
    push(&block_on(is_send(client.put("!"))));
    push(&block_on(client.call(1)));
    push(&block_on(client.consume("?".to_owned())));
    push(&block_on(async { gives_a_future(1).await.await }));
    push(&block_on(async { gives_an_opaque_future(1).await.await }));
    let future = can_be_cloned(2);
    push(&(block_on(future.clone()), block_on(future)));
    push(&is_fused(3).is_terminated());
    all
}

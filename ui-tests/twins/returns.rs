// editions: 2021 2024
// What functions return: coercions, opaque types, futures, `!`, and types that only look like `Result`.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::{Future, IntoFuture, Ready, ready};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt as _, LocalBoxFuture};

type BoxError = Box<dyn Error + Send + Sync>;
type Answer<T> = Result<T, BoxError>;
type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, NotShown>> + 'a>>;

/// Neither `Debug` nor `Display`.
struct NotShown;

#[derive(Debug)]
struct OnlyDebug;

trait Shape {
    fn area(&self) -> u32;
}

impl Shape for u32 {
    fn area(&self) -> u32 {
        *self
    }
}

impl Shape for [u32; 2] {
    fn area(&self) -> u32 {
        self[0] * self[1]
    }
}

#[attributes]
fn boxed(two: bool) -> Box<dyn Shape> {
    if two {
        return Box::new([2, 3]);
    }
    Box::new(7)
}

#[attributes]
fn in_result(two: bool) -> Result<Box<dyn Shape>, Box<dyn Error>> {
    if two {
        return Ok(Box::new([2, 3]));
    }
    match two {
        true => Err(Box::new(fmt::Error)),
        false => Ok(Box::new(7)),
    }
}

#[attributes]
fn in_option(two: bool) -> Option<Rc<dyn Shape>> {
    if two {
        return Some(Rc::new([2, 3]));
    }
    Some(Rc::new(7))
}

#[attributes]
fn in_tuple(two: bool) -> (Box<dyn Shape>, Arc<dyn Any + Send>, &'static dyn Display) {
    if two {
        return (Box::new([2, 3]), Arc::new(1), &"display");
    }
    (Box::new(7), Arc::new('x'), &1)
}

#[attributes]
fn in_tuple_in_result(two: bool) -> Result<(Box<dyn Shape>, &'static dyn Display), (Box<dyn Error>, u8)> {
    if two {
        return Ok((Box::new([2, 3]), &"display"));
    }
    Err((Box::new(fmt::Error), 1))
}

#[attributes]
fn in_array() -> [Box<dyn Fn(u8) -> u8>; 2] {
    [Box::new(|x| x + 1), Box::new(|x| x * 2)]
}

#[attributes]
fn in_vector() -> Result<Vec<Box<dyn Fn(u8) -> u8>>, ()> {
    Ok(vec![Box::new(|x| x + 1), Box::new(|x| x * 2)])
}

#[attributes]
fn nested_closures(fail: bool) -> Result<Box<dyn Fn(u8) -> Box<dyn Fn(u8) -> Result<u8, String>>>, String> {
    if fail {
        return Err("fail".into());
    }
    Ok(Box::new(|x| Box::new(move |y| if x > y { Err(format!("{x}")) } else { Ok(x + y) })))
}

#[attributes]
fn higher_ranked() -> Result<Box<dyn for<'x> Fn(&'x str) -> &'x str>, ()> {
    Ok(Box::new(|text| &text[1..]))
}

#[attributes]
fn function_pointer(pick: bool) -> fn(u8) -> u8 {
    fn one(x: u8) -> u8 {
        x
    }
    if pick { one } else { |x| x + 1 }
}

#[attributes]
fn function_pointer_in_result(pick: bool) -> Result<fn(&str) -> &str, ()> {
    if pick {
        return Ok(str::trim);
    }
    Ok(|text| text)
}

#[attributes]
fn slice(pick: bool) -> &'static [u8] {
    if pick { &[1, 2] } else { &[] }
}

#[attributes]
fn slice_in_result(pick: bool) -> Result<&'static [u8], &'static str> {
    if pick { Ok(&[1, 2]) } else { Err("none") }
}

#[attributes]
fn deref_coercion(text: &String, list: &Vec<u8>) -> Result<u8, ()> {
    fn inner(text: &str, list: &[u8]) -> u8 {
        (text.len() + list.len()) as u8
    }
    Ok(inner(text, list))
}

#[attributes]
fn deref_at_return(text: &String) -> &str {
    text
}

#[attributes]
fn reborrow_at_return(list: &mut Vec<u8>) -> &[u8] {
    list.push(1);
    list
}

#[attributes]
fn raw_pointer(x: &u8) -> *const u8 {
    x
}

#[attributes]
fn inferred_into(text: &str) -> Cow<'static, str> {
    text.to_owned().into()
}

#[attributes]
fn inferred_default() -> Result<(u8, String, Option<Vec<u8>>), ()> {
    Ok(Default::default())
}

#[attributes]
fn inferred_parse(text: &str) -> Result<u8, <u8 as std::str::FromStr>::Err> {
    text.parse()
}

#[attributes]
fn inferred_sum(list: &[u8]) -> Result<u32, ()> {
    Ok(list.iter().copied().map(u32::from).sum())
}

#[attributes]
fn inferred_error(fail: bool) -> Answer<u8> {
    if fail {
        return Err(From::from("failed"));
    }
    Ok(1)
}

#[attributes]
fn io_result(fail: bool) -> io::Result<()> {
    if fail {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(())
}

#[attributes]
fn fmt_result(fail: bool) -> std::fmt::Result {
    if fail {
        return Err(fmt::Error);
    }
    Ok(())
}

#[attributes]
fn not_shown(fail: bool) -> Result<u8, NotShown> {
    if fail { Err(NotShown) } else { Ok(1) }
}

#[attributes]
fn only_debug(fail: bool) -> Result<u8, OnlyDebug> {
    if fail { Err(OnlyDebug) } else { Ok(1) }
}

#[attributes]
async fn not_shown_later(fail: bool) -> Result<u8, NotShown> {
    if fail { Err(NotShown) } else { Ok(1) }
}

#[attributes]
fn generic_error<E>(error: E) -> Result<(), E> {
    Err(error)
}

#[attributes]
async fn generic_error_later<E>(error: E) -> Result<(), E> {
    Err(error)
}

#[attributes]
fn borrowed_error(error: &dyn Error) -> Result<(), &dyn Error> {
    Err(error)
}

#[attributes]
fn unsized_error(fail: bool) -> Result<u8, Box<str>> {
    if fail { Err("boxed".into()) } else { Ok(1) }
}

#[attributes]
fn nested_result(which: u8) -> Result<Result<u8, OnlyDebug>, NotShown> {
    match which {
        0 => Ok(Ok(1)),
        1 => Ok(Err(OnlyDebug)),
        _ => Err(NotShown),
    }
}

#[attributes]
fn never_in_result(x: u8) -> Result<u8, std::convert::Infallible> {
    Ok(x)
}

#[attributes]
fn panics(x: u8) -> Result<u8, ()> {
    if x == 0 {
        panic!("zero");
    }
    Ok(x)
}

#[attributes]
#[allow(dead_code)]
fn never() -> ! {
    loop {}
}

#[attributes]
#[allow(dead_code)]
fn never_by_panic(x: u8) -> ! {
    panic!("{x}")
}

#[attributes]
#[allow(dead_code)]
async fn never_later(x: String) -> ! {
    drop(x);
    loop {
        std::future::ready(()).await;
    }
}

#[attributes]
#[allow(dead_code)]
fn never_coerced(x: u8) -> Result<u8, ()> {
    unimplemented!("{x}")
}

#[attributes]
#[allow(dead_code)]
async fn never_coerced_later(x: u8) -> Result<Box<dyn Shape>, ()> {
    todo!("{x}")
}

#[attributes]
#[allow(dead_code, clippy::diverging_sub_expression)]
fn opaque_todo() -> Result<u8, impl Debug> {
    if true {
        return Err(1);
    }
    todo!()
}

mod looks_like {
    #[derive(Debug)]
    #[must_use]
    pub struct Result<T = u8>(pub T);

    impl<T> Result<T> {
        #[attributes]
        pub fn new(value: T) -> Result<T> {
            Result(value)
        }

        #[attributes]
        pub async fn later(value: T) -> Self {
            Self::new(value)
        }
    }

    pub mod alias {
        pub type Result<'a, T> = std::result::Result<&'a T, ()>;
    }

    pub mod option {
        pub type Result<T> = Option<T>;
    }
}

#[attributes]
fn look_alike(x: u8) -> looks_like::Result {
    if x == 0 {
        return looks_like::Result(7);
    }
    looks_like::Result::new(x)
}

#[attributes]
fn look_alike_with_lifetime<'a>(x: &'a u8) -> looks_like::alias::Result<'a, u8> {
    Ok(x)
}

#[attributes]
fn look_alike_elided(x: &u8) -> looks_like::alias::Result<'_, u8> {
    Ok(x)
}

#[attributes]
fn look_alike_option(x: u8) -> looks_like::option::Result<u8> {
    Some(x)?.checked_add(1)
}

#[attributes]
async fn look_alike_option_later(x: u8) -> looks_like::option::Result<u8> {
    Some(x)?.checked_add(1)
}

trait HasResult {
    type Result;
    fn get(&self) -> Self::Result;
}

impl HasResult for u8 {
    type Result = String;

    #[attributes]
    fn get(&self) -> Self::Result {
        self.to_string()
    }
}

impl HasResult for u16 {
    type Result = Result<u16, NotShown>;

    #[attributes]
    fn get(&self) -> Self::Result {
        if *self == 0 {
            return Err(NotShown);
        }
        Ok(*self)
    }
}

#[attributes]
fn projected<T: HasResult>(value: &T) -> <T as HasResult>::Result {
    value.get()
}

#[attributes]
async fn projected_later<T: HasResult>(value: T) -> T::Result {
    value.get()
}

// Futures.

#[attributes]
fn future(fail: bool) -> impl Future<Output = Result<u8, NotShown>> {
    async move { if fail { Err(NotShown) } else { Ok(1) } }
}

#[attributes]
fn future_of_ok(x: u8) -> impl Future<Output = Result<u8, NotShown>> + Send {
    async move { Ok(x) }
}

#[attributes]
fn future_of_unit() -> impl Future<Output = Result<(), ()>> + Send + 'static {
    async { Ok(()) }
}

#[attributes]
fn boxed_future_of_ok(x: u8) -> Pin<Box<dyn Future<Output = Result<u8, NotShown>> + Send>> {
    Box::pin(async move { Ok(x) })
}

#[attributes]
fn alias_of_future(x: &u8) -> BoxFuture<'_, Result<u8, NotShown>> {
    Box::pin(async move { Ok(*x) })
}

#[attributes]
fn alias_of_local_future<'a>(x: &'a Rc<u8>) -> LocalBoxFuture<'a, Result<&'a u8, ()>> {
    let x = &**x;
    Box::pin(async move { Ok(x) })
}

#[attributes]
fn own_alias_of_future(x: &u8) -> Later<'_, &u8> {
    Box::pin(async move { Ok(x) })
}

#[attributes]
fn boxed_by_method(x: u8) -> BoxFuture<'static, Result<u8, NotShown>> {
    async move { Ok(x) }.boxed()
}

#[attributes]
fn boxed_opaque(x: u8) -> Pin<Box<impl Future<Output = Result<u8, NotShown>>>> {
    Box::pin(async move { Ok(x) })
}

#[attributes]
fn boxed_opaque_unpin(x: u8) -> impl Future<Output = u8> + Unpin + Send + Sync {
    Box::pin(async move { x })
}

#[attributes]
fn future_of_future(x: u8) -> impl Future<Output = Result<impl Future<Output = Result<u8, ()>>, NotShown>> {
    async move { Ok(async move { Ok(x) }) }
}

#[attributes]
fn future_of_coerced(x: u8) -> Pin<Box<dyn Future<Output = Result<Box<dyn Shape>, BoxError>>>> {
    Box::pin(async move { Ok(Box::new(u32::from(x)) as Box<dyn Shape>) })
}

#[attributes]
fn try_future(x: u8) -> impl futures::future::TryFuture<Ok = u8, Error = NotShown> {
    async move { Ok::<_, NotShown>(x) }
}

#[attributes]
fn into_future(x: u8) -> impl IntoFuture<Output = Result<u8, NotShown>> {
    async move { Ok(x) }
}

#[attributes]
fn any_future(x: u8) -> impl Future {
    async move { x }
}

#[attributes]
fn early_boxed(which: u8) -> BoxFuture<'static, Result<u8, NotShown>> {
    if which == 0 {
        return Box::pin(ready(Err(NotShown)));
    }
    if which == 1 {
        return async { Ok(7) }.boxed();
    }
    Box::pin(async move { Ok(which) })
}

#[attributes]
fn ready_future(x: u8) -> Ready<Result<u8, ()>> {
    ready(Ok(x))
}

#[attributes]
fn result_of_future(fail: bool) -> Result<impl Future<Output = u8>, ()> {
    if fail {
        return Err(());
    }
    Ok(async { 1 })
}

#[attributes]
fn closure_of_future(x: u8) -> impl Fn() -> BoxFuture<'static, Result<u8, NotShown>> {
    move || Box::pin(async move { Ok(x) })
}

#[attributes]
fn async_closure(x: u8) -> impl AsyncFn(u8) -> u8 {
    async move |y| x + y
}

#[attributes]
fn stream(up_to: u8) -> impl futures::Stream<Item = u8> {
    futures::stream::iter(0..up_to)
}

#[attributes]
fn boxed_stream<'a>(items: &'a [u8]) -> Pin<Box<dyn futures::Stream<Item = Result<&'a u8, ()>> + Send + 'a>> {
    Box::pin(futures::stream::iter(items.iter().map(Ok)))
}

#[attributes]
fn future_with_types(list: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, NotShown>> {
    async move {
        let list: Vec<_> = list.into_iter().rev().collect();
        if list.is_empty() {
            return Err(NotShown);
        }
        Ok(list)
    }
}

struct Client(String);

impl Client {
    #[attributes]
    fn send<'a>(&'a self, to: &'a str) -> impl Future<Output = Result<String, NotShown>> + Send + use<'a> {
        async move { if to.is_empty() { Err(NotShown) } else { Ok(format!("{}{to}", self.0)) } }
    }

    #[attributes]
    fn send_boxed(&self, to: &str) -> Pin<Box<dyn Future<Output = Result<String, ()>> + Send + '_>> {
        let to = to.to_owned();
        Box::pin(async move { Ok(format!("{}{to}", self.0)) })
    }
}

fn auto<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>(value: T) -> T {
    value
}

fn sync<T: Send + Sync>(value: T) -> T {
    value
}

#[attributes]
async fn plain_later(x: u8, text: &str) -> usize {
    std::future::ready(()).await;
    text.len() + usize::from(x)
}

#[attributes]
async fn closure_later() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[attributes]
async fn closures_later(mut x: usize) -> (impl Fn(&str) -> Option<usize> + Send, impl FnMut(u8) -> u8, u8) {
    x += 1;
    let mut sum = 0;
    (
        move |text| text.len().checked_sub(x),
        move |y| {
            sum += y;
            sum
        },
        1,
    )
}

#[attributes]
async fn closure_of_a_parameter<T: Clone>(x: T) -> impl Fn(&T) -> T {
    move |_: &T| x.clone()
}

#[attributes]
async fn closure_with_a_lifetime<'a>(x: &'a str) -> impl Fn(&str) -> &'a str {
    move |_: &str| x
}

type ApiResult<T> = Result<T, String>;

struct LoginResult(u8);

#[attributes]
fn alias(x: u8) -> ApiResult<u8> {
    if x > 1 {
        return Err(x.to_string());
    }
    Ok(x)
}

#[attributes]
async fn alias_later(mut x: u8) -> ApiResult<Box<dyn Fn() -> u8>> {
    x += 1;
    if x > 2 {
        return Err(x.to_string());
    }
    Ok(Box::new(move || x))
}

#[attributes]
fn no_result(mut x: u8) -> LoginResult {
    x += 1;
    LoginResult(x)
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    push(&block_on(closure_later())("four"));
    let (length, mut sum, one) = block_on(closures_later(1));
    push(&(length("four"), sum(2), sum(3), one));
    push(&block_on(closure_of_a_parameter(1))(&2));
    push(&block_on(closure_with_a_lifetime("a"))("b"));
    for x in [0, 2] {
        push(&alias(x));
        push(&block_on(alias_later(x)).map(|f| f()));
        push(&no_result(x).0);
    }
    for flag in [true, false] {
        push(&boxed(flag).area());
        push(&in_result(flag).map(|shape| shape.area()).map_err(|error| error.to_string()));
        push(&in_option(flag).map(|shape| shape.area()));
        let (shape, any, display) = in_tuple(flag);
        push(&format!("{}{}{display}", shape.area(), any.is::<char>()));
        push(&in_tuple_in_result(flag).map(|(shape, display)| format!("{}{display}", shape.area())));
        push(&nested_closures(flag).map(|f| f(1)(2)));
        push(&function_pointer(flag)(1));
        push(&function_pointer_in_result(flag).map(|f| f(" x")));
        push(&slice(flag));
        push(&slice_in_result(flag));
        push(&inferred_error(flag).map_err(|error| error.to_string()));
        push(&io_result(flag).map_err(|error| error.kind()));
        push(&fmt_result(flag));
        push(&not_shown(flag).ok());
        push(&only_debug(flag));
        push(&block_on(not_shown_later(flag)).ok());
        push(&unsized_error(flag));
        push(&block_on(future(flag)).ok());
        push(&result_of_future(flag).map(block_on));
    }
    push(&in_array().map(|f| f(3)));
    push(&in_vector().map(|all| all.iter().map(|f| f(3)).collect::<Vec<_>>()));
    push(&higher_ranked().map(|f| f("xyz")));
    push(&deref_coercion(&"text".to_string(), &vec![1]));
    push(&deref_at_return(&"text".to_string()));
    push(&reborrow_at_return(&mut vec![]));
    push(&raw_pointer(&1).is_null());
    push(&inferred_into("x"));
    push(&inferred_default());
    push(&inferred_parse("x"));
    push(&inferred_sum(&[1, 2]));
    push(&generic_error(NotShown).is_err());
    push(&block_on(generic_error_later(1)));
    push(&borrowed_error(&fmt::Error).map_err(|error| error.to_string()));
    for which in 0..3 {
        push(&nested_result(which).ok());
        push(&block_on(early_boxed(which)).ok());
    }
    push(&never_in_result(1));
    push(&panics(1));
    push(&std::panic::catch_unwind(|| panics(0)).is_err());
    push(&look_alike(0));
    push(&look_alike(1));
    push(&block_on(looks_like::Result::later(1)));
    push(&look_alike_with_lifetime(&1));
    push(&look_alike_elided(&1));
    push(&look_alike_option(1));
    push(&block_on(look_alike_option_later(255)));
    push(&projected(&1_u8));
    push(&projected(&1_u16).ok());
    push(&block_on(projected_later(0_u16)).ok());
    push(&block_on(sync(future_of_ok(1))).ok());
    push(&block_on(future_of_unit()).ok());
    push(&block_on(boxed_future_of_ok(1)).ok());
    push(&block_on(alias_of_future(&1)).ok());
    push(&block_on(alias_of_local_future(&Rc::new(1))).ok());
    push(&block_on(own_alias_of_future(&1)).ok());
    push(&block_on(boxed_by_method(1)).ok());
    push(&block_on(boxed_opaque(1)).ok());
    push(&block_on(boxed_opaque_unpin(1)));
    push(&block_on(future_of_future(1)).ok().map(block_on));
    push(&block_on(future_of_coerced(1)).map(|shape| shape.area()).ok());
    push(&block_on(futures::TryFutureExt::into_future(try_future(1))).ok());
    push(&block_on(into_future(1).into_future()).ok());
    block_on(any_future(1));
    push(&block_on(ready_future(1)));
    push(&block_on(closure_of_future(1)()).ok());
    push(&block_on(async_closure(1)(2)));
    push(&block_on(futures::StreamExt::collect::<Vec<_>>(stream(3))));
    push(&block_on(futures::StreamExt::collect::<Vec<_>>(boxed_stream(&[1, 2]))));
    push(&block_on(future_with_types(vec![1, 2])).ok());
    push(&block_on(future_with_types(vec![])).ok());
    let client = Client("client".into());
    push(&block_on(client.send("to")).ok());
    push(&block_on(client.send("")).ok());
    push(&block_on(client.send_boxed("to")).ok());
    push(&block_on(auto(plain_later(1, "x"))));
    all
}

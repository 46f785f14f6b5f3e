// Functions of every shape.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use futures::executor::block_on;

struct Text<'a>(&'a str);

struct Unit;

trait Named {
    type Name: Display;
    const NUMBER: usize;

    fn name(&self) -> Self::Name;

    #[attributes]
    fn default_body(&self, times: usize) -> Result<String, fmt::Error>
    where
        Self: Sized,
    {
        Ok(self.name().to_string().repeat(times))
    }

    #[attributes]
    async fn default_async(&self, times: usize) -> String
    where
        Self: Sized,
    {
        self.name().to_string().repeat(times)
    }
}

impl Named for Unit {
    type Name = &'static str;
    const NUMBER: usize = 7;

    #[attributes]
    fn name(&self) -> Self::Name {
        "unit"
    }
}

impl<'a> Text<'a> {
    #[attributes]
    fn borrow(&self) -> &'a str {
        self.0
    }

    #[attributes]
    fn borrow_mutably(&mut self) -> &mut &'a str {
        &mut self.0
    }

    #[attributes]
    fn borrow_fallibly(&mut self, allow: bool) -> Result<&mut &'a str, &'static str> {
        if !allow {
            return Err("refused");
        }
        Ok(&mut self.0)
    }

    #[attributes]
    async fn borrow_later(&mut self, allow: bool) -> Option<&mut &'a str> {
        if !allow {
            return None;
        }
        Some(&mut self.0)
    }

    #[attributes]
    fn consume(mut self, by: &'a str) -> Result<Self, fmt::Error> {
        self.0 = by;
        Ok(self)
    }

    #[attributes]
    async fn consume_later(mut self, mut by: &'a str) -> Self {
        by = &by[1..];
        self.0 = by;
        self
    }

    #[attributes]
    fn in_box(self: Box<Self>) -> Result<Box<Self>, fmt::Error> {
        Ok(self)
    }

    #[attributes]
    fn in_rc(self: &Rc<Self>) -> Rc<Self> {
        Rc::clone(self)
    }

    #[attributes]
    async fn pinned(self: Pin<&mut Self>, extra: &str) -> String {
        format!("{}{extra}", self.0)
    }
}

#[attributes]
fn coerced(id: u8) -> Result<Box<dyn Fn(&str) -> String>, Box<dyn Error + Send + Sync>> {
    if id == 0 {
        return Err("zero".into());
    }
    if id == 1 {
        Err(fmt::Error)?;
    }
    Ok(Box::new(move |text| format!("{text}{id}")))
}

#[attributes]
fn nested_opaque(id: u8) -> impl Fn() -> Box<dyn Fn() -> u8> {
    move || Box::new(move || id)
}

#[attributes]
fn opaque_fallible<'a>(ids: &'a [u8], skip: usize) -> Result<impl Iterator<Item = &'a u8> + use<'a>, String> {
    if skip > ids.len() {
        return Err(format!("{skip}"));
    }
    Ok(ids.iter().skip(skip))
}

#[attributes]
async fn opaque_later(ids: Vec<u8>) -> impl Iterator<Item = u8> {
    ids.into_iter().rev()
}

#[attributes]
fn inferred<T: std::iter::FromIterator<u8>>(up_to: u8) -> Result<T, fmt::Error> {
    Ok((0..up_to).collect())
}

#[attributes]
async fn inferred_later<T>(up_to: u8) -> T
where
    T: std::iter::FromIterator<u8>,
{
    (0..up_to).collect()
}

#[attributes]
fn generic<const N: usize, T, U: ?Sized>(array: [T; N], unsized_one: &U) -> Result<[T; N], Box<dyn Error>>
where
    T: Default + Clone,
    U: Debug,
{
    let _ = format!("{unsized_one:?}");
    Ok(array)
}

#[attributes]
fn associated<T: Named>(named: T) -> Result<T::Name, <u8 as std::str::FromStr>::Err> {
    let _ = T::NUMBER;
    Ok(named.name())
}

#[attributes]
fn higher_ranked(show: &dyn for<'x> Fn(&'x str) -> &'x str, text: &str) -> Result<String, fmt::Error> {
    Ok(show(text).to_owned())
}

#[attributes]
fn argument_opaque(mut write: impl FnMut(u8) -> u8, display: impl Display) -> Result<String, fmt::Error> {
    Ok(format!("{}{display}", write(1)))
}

#[attributes]
fn mutable_reference(list: &mut Vec<u8>, mut count: u8) -> Result<usize, fmt::Error> {
    while count > 0 {
        list.push(count);
        count -= 1;
    }
    Ok(list.len())
}

#[attributes]
async fn reborrowed<'a>(list: &'a mut Vec<u8>, value: u8) -> Option<&'a mut u8> {
    list.push(value);
    list.last_mut()
}

#[attributes]
async fn not_sync(cell: Cell<u8>, shared: &Mutex<u8>) -> u8 {
    std::future::ready(()).await;
    cell.set(cell.get() + 1);
    let locked = *shared.lock().unwrap();
    cell.get() + locked
}

#[attributes]
async fn local_borrow(mut text: &str, flag: bool) -> usize {
    let local = String::from("local");
    if flag {
        text = &local;
    }
    std::future::ready(text.len()).await
}

#[attributes]
fn tail_temporary(list: RefCell<Vec<u8>>) -> usize {
    list.borrow().len()
}

#[attributes]
fn tail_temporary_fallible(list: RefCell<Vec<u8>>) -> Result<usize, fmt::Error> {
    Ok(list.borrow().len())
}

#[attributes]
async fn tail_temporary_later(mut list: RefCell<Vec<u8>>, extra: u8) -> usize {
    list.get_mut().push(extra);
    list.borrow().len()
}

#[attributes]
fn patterns(
    (a, mut b): (u8, u8),
    [first, .., ref last]: [String; 3],
    (whole @ Some(_) | whole @ None): Option<u8>,
    Text(inner): Text<'_>,
    Unit: Unit,
    _: String,
    &c: &u8,
) -> Result<String, fmt::Error> {
    b += a;
    Ok(format!("{b}{first}{last}{whole:?}{inner}{c}"))
}

#[attributes]
async fn patterns_later((a, mut b): (String, String), Text(inner): Text<'_>, _: String, ref d: u8) -> String {
    b.push_str(&a);
    format!("{b}{inner}{d}")
}

#[attributes]
fn raw(r#type: &str, r#match: u8) -> Result<String, fmt::Error> {
    Ok(format!("{}{}", r#type, r#match))
}

#[attributes]
fn configured(#[cfg(any())] gone: Undefined, #[cfg(all())] mut here: String) -> Result<String, fmt::Error> {
    here.push('!');
    Ok(here)
}

#[attributes]
async fn configured_later(#[cfg(any())] gone: Undefined, #[cfg(all())] mut here: String, also: String) -> String {
    here.push_str(&also);
    here
}

#[attributes]
fn labelled(limit: u32) -> Option<u32> {
    let found = 'outer: loop {
        for candidate in 0.. {
            if candidate * candidate > limit {
                break 'outer candidate;
            }
        }
    };
    (found % 2 == 0).then_some(found)?.checked_sub(1)
}

#[attributes]
fn items_inside(x: u8) -> Result<u8, fmt::Error> {
    use std::fmt::Error as Failed;
    const LIMIT: u8 = 9;
    fn inner(x: u8) -> u8 {
        x + LIMIT
    }
    struct Result;
    let _ = Result;
    if x == LIMIT { Err(Failed) } else { Ok(inner(x)) }
}

#[attributes]
fn items_first(x: u8) -> u8 {
    use std::cmp::max;
    macro_rules! add {
        ($x:expr) => {
            $x + LIMIT
        };
    }
    const LIMIT: u8 = 9;
    #[derive(Clone)]
    struct Inner;
    add!(max(x, std::mem::size_of::<Inner>() as u8))
}

#[attributes]
fn items_first_in_a_future(x: u8) -> impl Future<Output = u8> {
    const LIMIT: u8 = 9;
    async move {
        use std::cmp::max;
        max(x, LIMIT)
    }
}

#[attributes]
async fn shadowed_inside(x: String) -> Result<u8, fmt::Error> {
    #[allow(dead_code)]
    enum Result {
        Ok,
        Err,
    }
    use Result::*;
    let chosen = if x.is_empty() { Err } else { Ok };
    let x = 1;
    match chosen {
        Ok => std::result::Result::Ok(x),
        Err => std::result::Result::Err(fmt::Error),
    }
}

#[attributes]
fn inner_attributes(unused: u8) -> u8 {
    #![allow(unused_variables)]
    1
}

#[attributes]
async fn inner_attributes_later(unused: String) -> u8 {
    #![allow(unused_variables)]
    1
}

#[attributes]
unsafe fn not_safe(x: u8) -> Result<u8, fmt::Error> {
    Ok(x)
}

#[attributes]
async unsafe fn not_safe_later(x: u8) -> u8 {
    x
}

#[attributes]
extern "C" fn foreign(x: u8) -> u8 {
    x
}

#[attributes]
#[track_caller]
fn caller_line() -> Result<u32, fmt::Error> {
    Ok(std::panic::Location::caller().line())
}

#[attributes]
fn unfinished(x: u8) -> u8 {
    if x > 1 {
        todo!("later")
    }
    x
}

#[attributes]
async fn recursive(depth: u8) -> Result<u8, fmt::Error> {
    if depth == 0 {
        return Ok(0);
    }
    Ok(Box::pin(recursive(depth - 1)).await? + 1)
}

#[attributes]
fn boxed<'a>(name: &'a str, id: String, log: &Mutex<Vec<u8>>) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    log.lock().unwrap().push(1);
    let length = id.len();
    Box::pin(async move { name.len() + length })
}

#[attributes]
fn owned_future(name: &str, kept: Rc<u8>) -> Pin<Box<dyn Future<Output = Result<usize, fmt::Error>> + 'static>> {
    let length = name.len();
    std::boxed::Box::pin(async move {
        if *kept == 0 {
            return Err(fmt::Error);
        }
        Ok(length)
    })
}

#[attributes]
fn opaque_future<'a>(text: &'a str, part: (u8, Rc<u8>)) -> impl Future<Output = usize> + Send + use<'a> {
    let (number, _) = part;
    async move { text.len() + usize::from(number) }
}

#[attributes]
fn part_of_a_future(part: (u8, Rc<u8>)) -> impl Future<Output = u8> + Send + use<> {
    let _ = &part.1;
    async move { part.0 }
}

#[attributes]
fn not_moving<'a>(text: &'a str) -> impl Future<Output = usize> + use<'a> {
    async { text.len() }
}

#[attributes]
fn early_future(flag: bool) -> Pin<Box<dyn Future<Output = u8>>> {
    if flag {
        return Box::pin(async { 1 });
    }
    Box::pin(async { 2 })
}

#[attributes]
fn many(a: Cow<'_, str>, b: Arc<dyn Error + Send + Sync>, c: Option<Box<dyn Fn()>>, d: fn(u8) -> u8, e: *const u8) -> u8 {
    if let Some(call) = c {
        call();
    }
    let _ = e;
    d(a.len() as u8) + b.to_string().len() as u8
}

macro_rules! made {
    ($vis:vis fn $name:ident($argument:ident: $ty:ty) -> $output:ty $block:block) => {
        #[attributes]
        $vis fn $name($argument: $ty, hidden: u8) -> $output {
            let _ = hidden;
            $block
        }
    };
}

made!(pub(crate) fn made_by_a_macro(x: &[u8]) -> Result<usize, fmt::Error> { let length = x.len(); Ok(length) });

#[async_trait::async_trait]
trait Client {
    async fn send(&self, destination: &str, body: String) -> Result<usize, Box<dyn Error>>;

    #[attributes]
    async fn ping(&mut self, times: u8) -> u8 {
        times
    }
}

struct Real<T>(T);

#[async_trait::async_trait]
impl<T: Clone + Into<String> + Send + Sync> Client for Real<T> {
    #[attributes]
    async fn send(&self, destination: &str, mut body: String) -> Result<usize, Box<dyn Error>> {
        body.push_str(&self.0.clone().into());
        if body.len() > 20 {
            return Err("too long".into());
        }
        std::future::ready(()).await;
        Ok(destination.len() + body.len())
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn is_static<T: 'static>(value: T) -> T {
    value
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    push(&Unit.name());
    push(&Unit.default_body(2));
    push(&block_on(Unit.default_async(2)));
    let mut text = Text("text");
    push(&text.borrow());
    *text.borrow_mutably() = "changed";
    push(&text.borrow_fallibly(true));
    push(&text.borrow_fallibly(false));
    push(&block_on(text.borrow_later(true)));
    push(&block_on(Pin::new(&mut text).pinned("!")));
    push(&text.consume("consumed").map(|text| text.0));
    push(&block_on(Text("text").consume_later("later")).0);
    push(&Box::new(Text("text")).in_box().map(|text| text.0));
    push(&Rc::new(Text("text")).in_rc().0);
    for id in 0..3 {
        push(&coerced(id).map(|show| show("id")).map_err(|error| error.to_string()));
    }
    push(&nested_opaque(1)()());
    push(&opaque_fallible(&[1, 2, 3], 1).map(|ids| ids.count()));
    push(&opaque_fallible(&[1, 2, 3], 7).map(|ids| ids.count()));
    push(&block_on(is_send(opaque_later(vec![1, 2]))).collect::<Vec<_>>());
    push(&inferred::<Vec<u8>>(3));
    push(&block_on(inferred_later::<Vec<u8>>(3)));
    push(&generic([1, 2], "unsized").ok());
    push(&associated(Unit));
    push(&higher_ranked(&|text| &text[1..], "abc"));
    let mut calls = 0;
    push(&argument_opaque(
        |x| {
            calls += 1;
            x
        },
        'c',
    ));
    push(&calls);
    let mut list = vec![9];
    push(&mutable_reference(&mut list, 3));
    push(&block_on(is_send(reborrowed(&mut list, 4))));
    push(&block_on(is_send(not_sync(Cell::new(1), &Mutex::new(2)))));
    push(&block_on(local_borrow("abc", true)));
    push(&tail_temporary(RefCell::new(vec![1])));
    push(&tail_temporary_fallible(RefCell::new(vec![1])));
    push(&block_on(tail_temporary_later(RefCell::new(vec![1]), 2)));
    let s = String::from;
    push(&patterns((1, 2), [s("x"), s("y"), s("z")], Some(3), Text("t"), Unit, s(""), &4));
    push(&block_on(patterns_later((s("a"), s("b")), Text("t"), s(""), 5)));
    push(&raw("t", 1));
    push(&configured(s("here")));
    push(&block_on(configured_later(s("here"), s("also"))));
    push(&labelled(10));
    push(&labelled(20));
    push(&items_inside(1));
    push(&items_inside(9));
    push(&items_first(1));
    push(&block_on(items_first_in_a_future(1)));
    push(&block_on(shadowed_inside(s("x"))));
    push(&inner_attributes(1));
    push(&block_on(inner_attributes_later(s(""))));
    #[allow(unsafe_code)]
    let unsafely = unsafe { (not_safe(1), block_on(not_safe_later(2))) };
    push(&unsafely);
    push(&foreign(1));
    push(&caller_line().map(|line| line > 0));
    push(&unfinished(1));
    push(&block_on(is_send(recursive(3))));
    let log = Mutex::new(Vec::new());
    push(&block_on(is_send(boxed("name", s("id"), &log))));
    push(&log);
    push(&block_on(is_static(owned_future(&s("name"), Rc::new(1)))));
    push(&block_on(is_static(owned_future(&s("name"), Rc::new(0)))));
    push(&block_on(is_send(opaque_future("text", (1, Rc::new(1))))));
    push(&block_on(is_send(part_of_a_future((1, Rc::new(1))))));
    push(&block_on(not_moving("text")));
    push(&block_on(early_future(true)));
    push(&block_on(early_future(false)));
    push(&many("a".into(), Arc::new(fmt::Error), Some(Box::new(|| ())), |x| x, &1));
    push(&made_by_a_macro(&[1], 2));
    let mut client = Real("suffix");
    push(&block_on(is_send(client.send("to", s("body")))).ok());
    push(&block_on(client.send("to", s("a body that is too long"))).map_err(|error| error.to_string()));
    push(&block_on(is_send(client.ping(3))));
    let pointer: fn(u8) -> Result<u8, fmt::Error> = items_inside;
    push(&pointer(2));
    all
}

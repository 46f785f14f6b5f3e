//! Functions of every shape, with all that rustc warns about turned into errors.
#![deny(warnings, missing_docs, unused, rust_2018_idioms, rust_2021_compatibility)]
#![deny(future_incompatible, nonstandard_style, unreachable_pub, let_underscore, keyword_idents)]
#![deny(unused_qualifications, unused_lifetimes, unused_import_braces, trivial_casts)]
#![deny(elided_lifetimes_in_paths, redundant_lifetimes, explicit_outlives_requirements)]
#![forbid(unsafe_code)]

use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use fedtrace::{tag_args, trace, trace_with_opname};

struct Server<'a>(&'a str);

#[trace]
impl<'a> Server<'a> {
    #[tag_args]
    fn by_reference(&self, x: u8) -> u8 {
        x
    }

    #[tag_args]
    fn by_mutable_reference(&mut self) -> &mut &'a str {
        &mut self.0
    }

    #[tag_args]
    fn borrows(&mut self) -> Result<&mut &'a str, fmt::Error> {
        if self.0.is_empty() {
            return Err(fmt::Error);
        }
        Ok(&mut self.0)
    }

    #[tag_args]
    fn by_value(mut self) -> Result<Self, fmt::Error> {
        self.0 = "changed";
        Ok(self)
    }

    #[tag_args]
    fn in_box(self: Box<Self>) {}

    #[tag_args]
    fn in_arc(self: &Arc<Self>) -> Arc<Self> {
        self.clone()
    }

    #[tag_args]
    fn pinned(self: Pin<&mut Self>) -> Result<(), fmt::Error> {
        let _ = self;
        Ok(())
    }

    #[tag_args]
    async fn asynchronous(mut self, mut text: &str) -> Self {
        let local = String::from("local");
        text = if text.is_empty() { &local } else { text };
        self.0 = if text.is_empty() { "a" } else { "b" };
        self
    }

    async fn one_line(&self) -> &'a str { self.0 }

    async fn nothing(&self) {}

    #[tag_args]
    async fn fallible(&self, id: u8) -> Result<Box<dyn Fn() -> u8 + 'a>, Box<dyn std::error::Error>> {
        if id == 0 {
            return Err("zero".into());
        }
        Ok(Box::new(move || id))
    }
}

#[trace]
#[tag_args]
fn fallible_with_coercions(id: u8) -> Result<Box<dyn Fn() -> u8>, Box<dyn std::error::Error>> {
    if id == 0 {
        return Err("zero".into());
    }
    if id == 1 {
        Err(fmt::Error)?;
    }
    Ok(Box::new(move || id))
}

#[trace]
fn tuple_of_coercions(id: u8) -> (Box<dyn Fn() -> u8>, u32) {
    (Box::new(move || id), 1)
}

#[trace]
fn opaque(id: u8) -> impl Fn() -> Box<dyn Fn() -> u8> {
    move || Box::new(move || id)
}

#[trace]
#[tag_args]
fn opaque_fallible(ids: &[u8]) -> Result<impl Iterator<Item = &u8> + use<'_>, fmt::Error> {
    let mut count = 0;
    count += ids.len();
    if count > 7 { Err(fmt::Error) } else { Ok(ids.iter()) }
}

#[trace]
#[tag_args]
fn inferred<T: From<u8> + Default, const N: usize>(values: [u8; N], extra: T) -> Result<Vec<T>, fmt::Error>
where
    T: Debug,
{
    let mut all: Vec<T> = IntoIterator::into_iter(values).map(Into::into).collect();
    all.push(extra);
    Ok(all)
}

#[trace]
#[tag_args]
fn higher_ranked<F>(show: F, text: &str) -> Result<usize, fmt::Error>
where
    F: for<'x> Fn(&'x str) -> &'x str,
{
    Ok(show(text).len())
}

#[trace]
#[tag_args]
fn dynamic(display: &dyn Display, closure: impl Fn() -> u8, pointer: *const u8) -> u8 {
    let _ = (display, pointer);
    closure()
}

#[trace]
fn never_returns() -> ! {
    std::process::exit(0)
}

#[trace]
async fn never_returns_async(code: i32, message: String) -> ! {
    drop(message);
    std::process::exit(code)
}

#[trace]
fn inner_attributes() -> u8 {
    #![allow(unused_variables)]
    let unused = 1;
    2
}

#[trace]
async fn inner_attributes_async(given: String) -> u8 {
    #![allow(unused_variables)]
    //! Documentation inside.
    let unused = 1;
    2
}

#[trace]
#[must_use]
#[inline]
fn one_line(x: u8) -> u8 { x }

#[trace]
async fn async_opaque() -> impl Iterator<Item = u8> {
    vec![1].into_iter()
}

#[trace]
async fn recursive(depth: u8) -> u8 {
    if depth == 0 {
        return 0;
    }
    Box::pin(recursive(depth - 1)).await + 1
}

#[trace]
#[tag_args]
fn boxed<'a>(name: &'a str, id: String) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { name.len() + id.len() })
}

#[trace_with_opname("macro")]
#[tag_args(skip(_left_out))]
fn underscores(_used: u8, _left_out: u8, (_, _in_pattern): (u8, u8)) {}

macro_rules! functions {
    ($vis:vis $name:ident, $argument:ident: $ty:ty, $block:block, $lifetime:lifetime) => {
        #[trace]
        #[tag_args]
        $vis async fn $name<$lifetime>($argument: &$lifetime $ty) -> $ty $block
    };
}

functions!(pub(crate) from_macro, text: u8, { *text }, 'z);

macro_rules! item {
    ($item:item, $name:literal) => {
        #[trace_with_opname($name)]
        $item
    };
}

item!(fn from_item() -> Result<u8, fmt::Error> { Ok(1) }, "from item");

trait Client {
    async fn native(&self) -> Result<(), fmt::Error>;

    #[trace]
    async fn default_body(&self) {}

    fn returning(&self) -> impl Future<Output = u8> + Send;
}

impl Client for () {
    #[trace]
    async fn native(&self) -> Result<(), fmt::Error> {
        Ok(())
    }

    #[trace]
    async fn returning(&self) -> u8 {
        1
    }
}

fn is_send<T: Send>(value: T) -> T {
    value
}

fn used<T>(_: T) {}

fn main() {
    let mut server = Server("name");
    used(server.by_reference(1));
    used(server.by_mutable_reference());
    used(server.borrows());
    used(Pin::new(&mut server).pinned());
    used(is_send(server.fallible(1)));
    used(server.one_line());
    used(server.nothing());
    used(server.by_value());
    Box::new(Server("name")).in_box();
    used(Arc::new(Server("name")).in_arc());
    used(is_send(Server("name").asynchronous("")));
    used(fallible_with_coercions(1));
    used(tuple_of_coercions(1));
    used(opaque(1)());
    used(opaque_fallible(&[1]).map(Iterator::count));
    used(inferred::<u32, 2>([1, 2], 3));
    used(higher_ranked(|text| text, "a"));
    used(dynamic(&1, || 1, &1));
    used(inner_attributes() + one_line(1));
    used(never_returns_async(1, String::new()));
    used(inner_attributes_async(String::new()));
    used(is_send(async_opaque()));
    used(is_send(recursive(1)));
    used(boxed("a", String::new()));
    underscores(1, 2, (3, 4));
    used(from_macro(&1));
    used(from_item());
    used(().native());
    used(().default_body());
    used(().returning());
    if server_is_gone() {
        never_returns();
    }
}

fn server_is_gone() -> bool {
    false
}

// editions: 2021 2024
// Methods of traits of every kind.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::executor::block_on;

trait Provided {
    const NAME: &'static str = "provided";
    type Output: Default + Debug;

    fn required(&self) -> u8;

    #[attributes]
    fn provided(&self, by: u8) -> u8 {
        self.required() + by
    }

    #[attributes]
    fn provided_fallible(&mut self) -> Result<Self::Output, String> {
        if self.required() == 0 {
            return Err(Self::NAME.to_owned());
        }
        Ok(Self::Output::default())
    }

    #[attributes]
    fn constructor(of: u8) -> Result<Self, u8>
    where
        Self: Sized + From<u8>,
    {
        if of == 0 {
            return Err(of);
        }
        Ok(Self::from(of))
    }

    #[attributes]
    fn owned(self: Box<Self>) -> Result<u8, ()> {
        Ok(self.required())
    }

    #[attributes]
    fn static_method() -> &'static str
    where
        Self: Sized,
    {
        Self::NAME
    }

    #[attributes]
    fn generic<T: Into<Self::Output>, const N: usize>(&self, values: [T; N]) -> Result<Vec<Self::Output>, ()>
    where
        Self: Sized,
    {
        Ok(values.into_iter().map(Into::into).collect())
    }
}

#[derive(Debug)]
struct Number(u8);

impl From<u8> for Number {
    #[attributes]
    fn from(number: u8) -> Self {
        Self(number)
    }
}

impl Provided for Number {
    type Output = u32;

    #[attributes]
    fn required(&self) -> u8 {
        self.0
    }
}

impl Provided for str {
    const NAME: &'static str = "str";
    type Output = String;

    #[attributes]
    fn required(&self) -> u8 {
        self.len() as u8
    }

    #[attributes]
    fn provided(&self, by: u8) -> u8 {
        by
    }
}

#[allow(async_fn_in_trait)]
trait Native {
    type Error;

    async fn required(&self, x: u8) -> Result<u8, Self::Error>;

    #[attributes]
    async fn provided(&self, x: u8) -> Result<u8, Self::Error> {
        let first = self.required(x).await?;
        self.required(first).await
    }

    #[attributes]
    async fn consumed(self, mut list: Vec<u8>) -> (Self, Vec<u8>)
    where
        Self: Sized,
    {
        list.push(1);
        (self, list)
    }

    #[attributes]
    fn returned(&self, x: u8) -> impl Future<Output = Result<u8, Self::Error>> {
        async move { self.required(x).await }
    }

    #[attributes]
    fn iterated<'a>(&'a self, list: &'a [u8]) -> impl Iterator<Item = &'a u8> + use<'a, Self> {
        list.iter().rev()
    }

    #[attributes]
    fn opaque_fallible(&self) -> Result<impl Display, Self::Error> {
        Ok(1)
    }

    fn sent(&self) -> impl Future<Output = u8> + Send;

    fn implemented_as_async(&self, text: &str) -> impl Future<Output = Option<String>>;

    async fn implemented_as_future(&self) -> u8;
}

#[derive(Debug)]
struct Server;

impl Native for Server {
    type Error = fmt::Error;

    #[attributes]
    async fn required(&self, x: u8) -> Result<u8, fmt::Error> {
        if x == 0 { Err(fmt::Error) } else { Ok(x * 2) }
    }

    #[attributes]
    fn sent(&self) -> impl Future<Output = u8> + Send {
        async { 1 }
    }

    #[attributes]
    async fn implemented_as_async(&self, text: &str) -> Option<String> {
        text.get(1..).map(str::to_owned)
    }

    #[attributes]
    #[allow(clippy::manual_async_fn)]
    fn implemented_as_future(&self) -> impl Future<Output = u8> {
        async move { 7 }
    }
}

trait Generic<'a, T: ?Sized, const N: usize> {
    #[attributes]
    fn take(&'a self, value: &'a T) -> Result<(&'a T, usize), ()> {
        Ok((value, N))
    }

    #[attributes]
    async fn take_later(&'a self, value: Box<T>) -> Box<T> {
        value
    }
}

impl<'a, T: ?Sized, U: ?Sized> Generic<'a, T, 3> for U {}

trait Object: Debug {
    fn call(&mut self, x: &str) -> Result<String, Box<dyn Display>>;

    #[attributes]
    fn defaulted(&self) -> String {
        format!("{self:?}")
    }

    fn later<'a>(&'a self, x: &'a str) -> Pin<Box<dyn Future<Output = Result<usize, ()>> + Send + 'a>>;
}

#[derive(Debug)]
struct Client(u8);

impl Object for Client {
    #[attributes]
    fn call(&mut self, x: &str) -> Result<String, Box<dyn Display>> {
        self.0 += 1;
        if x.is_empty() {
            return Err(Box::new("empty"));
        }
        if self.0 > 100 {
            return Err(Box::new(self.0));
        }
        Ok(x.to_owned())
    }

    #[attributes]
    fn later<'a>(&'a self, x: &'a str) -> Pin<Box<dyn Future<Output = Result<usize, ()>> + Send + 'a>> {
        Box::pin(async move { Ok(x.len() + usize::from(self.0)) })
    }
}

impl dyn Object + '_ {
    #[attributes]
    fn inherent(&mut self) -> Result<String, Box<dyn Display>> {
        self.call("inherent")
    }
}

impl fmt::Display for Client {
    #[attributes]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        f.write_str("!")
    }
}

impl PartialEq for Client {
    #[attributes]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PartialOrd for Client {
    #[attributes]
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl Default for Client {
    #[attributes]
    fn default() -> Self {
        Self(0)
    }
}

impl Clone for Client {
    #[attributes]
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl std::str::FromStr for Client {
    type Err = std::num::ParseIntError;

    #[attributes]
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse()?))
    }
}

impl TryFrom<u16> for Client {
    type Error = <u8 as TryFrom<u16>>::Error;

    #[attributes]
    fn try_from(number: u16) -> Result<Self, Self::Error> {
        u8::try_from(number).map(Self)
    }
}

impl FromIterator<u8> for Client {
    #[attributes]
    fn from_iter<I: IntoIterator<Item = u8>>(items: I) -> Self {
        Self(items.into_iter().sum())
    }
}

impl IntoIterator for Client {
    type Item = u8;
    type IntoIter = Box<dyn Iterator<Item = u8>>;

    #[attributes]
    fn into_iter(self) -> Self::IntoIter {
        Box::new(0..self.0)
    }
}

impl<'a> IntoIterator for &'a Client {
    type Item = &'a u8;
    type IntoIter = std::iter::Once<&'a u8>;

    #[attributes]
    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(&self.0)
    }
}

impl std::hash::Hash for Client {
    #[attributes]
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl std::error::Error for Client {
    #[attributes]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        None
    }
}

impl futures::Stream for Client {
    type Item = Result<u8, ()>;

    #[attributes]
    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<Self::Item>> {
        if self.0 == 0 {
            return None.into();
        }
        self.0 -= 1;
        std::task::Poll::Ready(Some(Ok(self.0)))
    }
}

trait Gat {
    type Lent<'a>
    where
        Self: 'a;

    fn lend<'a>(&'a mut self) -> Self::Lent<'a>;
}

impl Gat for Vec<u8> {
    type Lent<'a> = Result<&'a mut [u8], ()>;

    #[attributes]
    fn lend<'a>(&'a mut self) -> Self::Lent<'a> {
        Ok(&mut self[..])
    }
}

// A trait whose methods every type has, in scope of what is generated.
mod extensions {
    use std::fmt;
    use std::future::Future;

    #[allow(dead_code)]
    pub trait Extension {
        fn value(self) -> u8;
        fn record(self) -> u8;
        fn tag(self) -> u8;
        fn set(self) -> u8;
        fn new() -> u8;
        fn max_tag_value_length(self) -> u8;
        fn native(self) -> u8;
        fn deref(self) -> u8;
        fn is_some(self) -> u8;
        fn enter(self) -> u8;
        fn traced(self) -> u8;
        fn call(self) -> u8;
        fn into(self) -> u8;
        fn await_(self) -> u8;
    }

    impl<T> Extension for T {
        #[attributes]
        fn value(self) -> u8 {
            1
        }
        #[attributes]
        fn record(self) -> u8 {
            1
        }
        #[attributes]
        fn tag(self) -> u8 {
            1
        }
        #[attributes]
        fn set(self) -> u8 {
            1
        }
        #[attributes]
        fn new() -> u8 {
            1
        }
        #[attributes]
        fn max_tag_value_length(self) -> u8 {
            1
        }
        #[attributes]
        fn native(self) -> u8 {
            1
        }
        #[attributes]
        fn deref(self) -> u8 {
            1
        }
        #[attributes]
        fn is_some(self) -> u8 {
            1
        }
        #[attributes]
        fn enter(self) -> u8 {
            1
        }
        #[attributes]
        fn traced(self) -> u8 {
            1
        }
        #[attributes]
        fn call(self) -> u8 {
            1
        }
        #[attributes]
        fn into(self) -> u8 {
            1
        }
        #[attributes]
        fn await_(self) -> u8 {
            1
        }
    }

    #[attributes]
    pub fn among_extensions(a: u8, b: String, c: &[u8]) -> Result<u8, fmt::Error> {
        Ok(a + b.len() as u8 + c.len() as u8)
    }

    #[attributes]
    pub async fn among_extensions_later(a: u8, mut b: String, c: &[u8]) -> Result<u8, fmt::Error> {
        b.push('x');
        Ok(a + b.len() as u8 + c.len() as u8)
    }

    #[attributes]
    pub fn among_extensions_future(a: u8, b: &str) -> impl Future<Output = Result<u8, fmt::Error>> {
        let b = b.len() as u8;
        async move { Ok(a + b) }
    }
}

fn call_all(object: &mut dyn Object) -> String {
    let text = object.inherent().map_err(|error| error.to_string());
    format!("{text:?}{}", object.defaulted())
}

/// The linter reports a large error where a trait asks for it, not where the trait is implemented.
trait LargeError {
    fn large_error(&self) -> Result<u8, [u64; 32]>;
}

impl LargeError for Number {
    #[attributes]
    fn large_error(&self) -> Result<u8, [u64; 32]> {
        if self.0 == 0 {
            return Err([0; 32]);
        }
        Ok(self.0)
    }
}

/// The linter wants these bodies to be what they are.
#[derive(Debug, Copy, PartialEq, Eq)]
struct Canonical(u8);

impl Clone for Canonical {
    #[attributes]
    fn clone(&self) -> Self {
        *self
    }
}

impl PartialOrd for Canonical {
    #[attributes]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Canonical {
    #[attributes]
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

/// The text of the argument needs the function that it is an argument of.
#[derive(Clone, Copy)]
struct Code(u16);

impl Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}", u16::from(*self))
    }
}

impl From<Code> for u16 {
    #[attributes]
    fn from(code: Code) -> Self {
        code.0
    }
}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    push(&Number(1).provided(2));
    push(&Number(1).provided_fallible());
    push(&Number(0).provided_fallible());
    push(&Number::constructor(0));
    push(&Number::constructor(1));
    push(&Box::new(Number(1)).owned());
    push(&Number::static_method());
    push(&Number(1).generic([1_u8, 2]));
    push(&Number(0).large_error());
    push(&u16::from(Code(7)));
    push(&Code(7).to_string());
    push(&Clone::clone(&Canonical(1)).partial_cmp(&Canonical(2)));
    push(&Number(1).large_error());
    push(&"text".provided(2));
    push(&Box::<str>::from("text").owned());
    push(&block_on(Server.provided(0)));
    push(&block_on(Server.provided(1)));
    push(&block_on(Server.consumed(vec![])));
    push(&block_on(Server.returned(1)));
    push(&Server.iterated(&[1, 2]).collect::<Vec<_>>());
    push(&Server.opaque_fallible().map(|text| text.to_string()));
    push(&block_on(Server.sent()));
    push(&block_on(Server.implemented_as_async("text")));
    push(&block_on(Server.implemented_as_future()));
    push(&Generic::<str, 3>::take(&1, "value"));
    push(&block_on(Generic::<str, 3>::take_later(&1, "value".into())));
    let mut client = Client(7);
    push(&Object::call(&mut client, "").map_err(|error| error.to_string()));
    push(&Object::call(&mut client, "x").map_err(|error| error.to_string()));
    push(&call_all(&mut client));
    push(&block_on(client.later("x")));
    push(&client.to_string());
    push(&(client == client.clone(), client > Client::default()));
    push(&"7".parse::<Client>());
    push(&"x".parse::<Client>());
    push(&Client::try_from(7_u16).is_ok());
    push(&Client::try_from(700_u16).is_ok());
    push(&[1, 2].into_iter().collect::<Client>());
    push(&(&client).into_iter().collect::<Vec<_>>());
    push(&HashMap::from([(1, 2)]));
    push(&std::error::Error::source(&client).is_none());
    push(&block_on(futures::StreamExt::collect::<Vec<_>>(Client(3))));
    push(&vec![1].lend());
    push(&extensions::Extension::value(Arc::new(1)));
    push(&extensions::among_extensions(1, "b".to_owned(), &[1]));
    push(&block_on(extensions::among_extensions_later(1, "b".to_owned(), &[1])));
    push(&block_on(extensions::among_extensions_future(1, "b")));
    push(&IntoIterator::into_iter(client).count());
    all
}

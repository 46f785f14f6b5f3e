// editions: 2021 2024
// Functions with every kind of generic parameter, lifetime, bound and `impl Trait`.

use std::borrow::{Borrow, Cow};
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;

use futures::executor::block_on;

#[attributes]
fn elided(text: &str, _other: u8) -> &str {
    text
}

#[attributes]
fn anonymous(text: Cow<'_, str>) -> Result<Cow<'_, str>, ()> {
    Ok(text)
}

#[attributes]
fn named<'a, 'b: 'a>(a: &'a str, b: &'b str) -> Result<&'a str, &'b str> {
    if a.is_empty() {
        return Err(b);
    }
    Ok(if a.len() > 3 { a } else { b })
}

#[attributes]
fn r#static(text: &'static str) -> Result<&'static str, &'static str> {
    Ok(text)
}

#[attributes]
fn late_bound<'a, T>(value: &'a T) -> &'a T {
    value
}

#[attributes]
fn early_bound<'a: 'a, T: 'a + ?Sized>(value: &'a T) -> Result<&'a T, ()> {
    Ok(value)
}

#[attributes]
fn higher_ranked<F>(f: F) -> Result<String, String>
where
    for<'x, 'y> F: Fn(&'x str, &'y str) -> &'x str,
{
    Ok(f("x", "y").to_owned())
}

#[attributes]
fn nested_higher_ranked(f: &dyn for<'x> Fn(&'x u8) -> Box<dyn Fn() -> &'x u8 + 'x>) -> u8 {
    *f(&7)()
}

#[attributes]
fn pointer(f: for<'x> fn(&'x u8) -> &'x u8, g: unsafe extern "C" fn(u8) -> u8) -> Result<u8, ()> {
    let _ = g;
    Ok(*f(&1))
}

#[attributes]
fn two<A, B>(a: A, b: B) -> Result<(B, A), A>
where
    A: Clone,
{
    if size_of::<B>() == 0 {
        return Err(a);
    }
    Ok((b, a))
}

#[attributes]
fn constant<const N: usize, const FLAG: bool, const C: char>() -> Result<[u8; N], ()> {
    if FLAG { Ok([C as u8; N]) } else { Err(()) }
}

#[attributes]
fn const_expression<T: Default + Copy>(first: [T; 2 + 1]) -> [T; size_of::<u16>()] {
    [first[0]; 2]
}

#[attributes]
fn associated<I>(items: I) -> Result<HashMap<<I as IntoIterator>::Item, usize>, ()>
where
    I: IntoIterator,
    I::Item: Hash + Eq,
    <I as IntoIterator>::IntoIter: Clone,
{
    let iter = items.into_iter();
    let mut map = HashMap::new();
    for item in iter.clone() {
        *map.entry(item).or_default() += 1;
    }
    Ok(map)
}

#[attributes]
fn borrowed<Q: ?Sized, K: Borrow<Q>>(key: &K) -> &Q {
    key.borrow()
}

#[attributes]
fn unsized_argument<T: ?Sized + Display>(value: &T, boxed: Box<T>) -> Result<String, Box<T>> {
    let text = format!("{value}{boxed}");
    if text.len() > 100 { Err(boxed) } else { Ok(text) }
}

#[attributes]
fn phantom<T: ?Sized>(marker: PhantomData<T>) -> PhantomData<T> {
    marker
}

#[attributes]
fn only_in_the_body<T: Default + Debug>() -> Result<String, ()> {
    Ok(format!("{:?}", T::default()))
}

#[attributes]
async fn only_in_the_body_later<T: Default + Debug>() -> String {
    format!("{:?}", T::default())
}

#[attributes]
fn impl_argument(a: impl Into<String> + Clone, b: &impl Debug, c: &mut impl Iterator<Item = impl Display>) -> Result<String, ()> {
    let first = c.next().map(|item| item.to_string());
    Ok(format!("{}{b:?}{first:?}", a.clone().into()))
}

#[attributes]
async fn impl_argument_later(a: impl Into<String>, mut b: impl FnMut() -> u8, c: impl AsRef<str>) -> Result<String, ()> {
    let a = a.into();
    std::future::ready(()).await;
    Ok(format!("{a}{}{}", b(), c.as_ref()))
}

#[attributes]
fn impl_return<'a>(text: &'a str, n: u8) -> impl Iterator<Item = char> + Clone + 'a {
    text.chars().cycle().take(n.into())
}

#[attributes]
fn impl_everywhere() -> (impl Display, Option<impl Debug>, [impl Fn(u8) -> u8; 1], Box<impl Display>) {
    ("a", Some('b'), [|x| x + 1], Box::new(7))
}

#[attributes]
fn impl_in_result(fail: bool) -> Result<(impl Display, Vec<impl Debug>), impl std::error::Error> {
    if fail {
        return Err(std::fmt::Error);
    }
    Ok(("a", vec![1]))
}

#[attributes]
fn impl_of_impl() -> impl Iterator<Item = impl Fn(u8) -> u8> {
    (0..3).map(|x| move |y| x + y)
}

#[attributes]
fn impl_in_bound() -> Result<impl IntoIterator<Item = impl Display, IntoIter = impl DoubleEndedIterator<Item = impl Display>>, ()> {
    Ok(vec![1, 2])
}

#[attributes]
fn impl_in_dyn() -> Result<Box<dyn Iterator<Item = u8>>, Box<dyn Fn(&str) -> Result<(), ()>>> {
    Ok(Box::new([1, 2].into_iter().map(|x| x * 2)))
}

#[attributes]
fn captures_all<'a, T: Clone>(text: &'a str, value: &T) -> impl Fn() -> (T, usize) + use<'a, T> {
    let value = value.clone();
    move || (value.clone(), text.len())
}

#[attributes]
fn captures_nothing<T: Display>(value: &T) -> impl Display + use<T> {
    value.to_string()
}

#[attributes]
async fn impl_return_later<'a>(text: &'a str) -> Result<impl Iterator<Item = char> + 'a, impl Display> {
    if text.is_empty() {
        return Err("empty");
    }
    Ok(text.chars())
}

#[attributes]
fn future_of_impl(text: &str) -> impl Future<Output = impl Iterator<Item = char> + '_> + '_ {
    async move { text.chars() }
}

#[attributes]
async fn lifetimes_later<'a, 'b, T>(a: &'a T, b: &'b mut Vec<&'a T>) -> &'b mut Vec<&'a T> {
    b.push(a);
    b
}

#[attributes]
async fn const_later<const N: usize>(array: [u8; N]) -> Result<[u8; N], ()> {
    Ok(array)
}

#[attributes]
fn raw_lifetime<'r#type>(text: &'r#type str, r#fn: &'r#type u8) -> Result<(&'r#type str, &'r#type u8), ()> {
    Ok((text, r#fn))
}

struct Wrapper<'w, T: ?Sized, const N: usize>(&'w T);

impl<'w, T, const N: usize> Wrapper<'w, T, N>
where
    T: ?Sized + Debug,
{
    const NUMBER: usize = N;

    #[attributes]
    fn get<U>(&self, extra: U) -> Result<(&'w T, U), ()> {
        Ok((self.0, extra))
    }

    #[attributes]
    fn array(&self) -> [usize; N] {
        [Self::NUMBER; N]
    }

    #[attributes]
    fn constrained(self) -> Result<String, T::Err>
    where
        T: std::str::FromStr,
        T::Err: Debug,
    {
        Ok(format!("{:?}", self.0))
    }

    #[attributes]
    async fn later(&self) -> &'w T {
        self.0
    }
}

impl Wrapper<'_, [u8], 3> {
    #[attributes]
    fn specific(&self) -> Result<usize, ()> {
        Ok(self.0.len())
    }
}

fn apply<A, R>(f: impl Fn(A) -> R, a: A) -> R {
    f(a)
}

/// The linter spares type parameters that only a bound uses, if the body is empty.
#[attributes]
fn is_send<T: Send>() {}

#[attributes]
fn is_send_beside<T: Send>(_name: &str) {}

/// And an `inline(always)`.
#[attributes]
#[inline(always)]
fn is_unpin<T: Unpin>(_: &T) {}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    push(&elided("e", 1));
    push(&is_send::<u8>());
    push(&is_unpin(&1));
    push(&is_send_beside::<u8>("u8"));
    push(&anonymous("a".into()));
    push(&named("long", "b"));
    push(&named("", "b"));
    push(&r#static("s"));
    push(&late_bound::<u8>(&1));
    push(&early_bound::<'static, str>("x"));
    push(&higher_ranked(|x, _| x));
    push(&nested_higher_ranked(&|x| Box::new(move || x)));
    extern "C" fn foreign(x: u8) -> u8 {
        x
    }
    push(&pointer(|x| x, foreign));
    push(&two(1, "b"));
    push(&two(1, ()));
    push(&constant::<2, true, 'x'>());
    push(&constant::<2, false, 'x'>());
    push(&const_expression([1, 2, 3]));
    push(&associated(vec!['a']));
    push(&borrowed::<str, String>(&"key".to_string()));
    push(&unsized_argument::<str>("value", "boxed".into()));
    push(&unsized_argument::<dyn Display>(&1, Box::new(2)).ok());
    push(&phantom::<str>(PhantomData));
    push(&only_in_the_body::<u8>());
    push(&block_on(only_in_the_body_later::<u8>()));
    push(&impl_argument("a", &'b', &mut [1].into_iter()));
    push(&block_on(impl_argument_later("a", || 1, "c")).ok());
    push(&impl_return("ab", 3).clone().collect::<String>());
    let (a, b, [c], d) = impl_everywhere();
    push(&format!("{a}{b:?}{}{d}", c(1)));
    push(&impl_in_result(false).map(|(a, b)| format!("{a}{b:?}")).map_err(|error| error.to_string()));
    push(&impl_in_result(true).map(|(a, b)| format!("{a}{b:?}")).map_err(|error| error.to_string()));
    push(&impl_of_impl().map(|f| f(1)).collect::<Vec<_>>());
    push(&impl_in_bound().map(|all| all.into_iter().rev().map(|item| item.to_string()).collect::<String>()));
    push(&impl_in_dyn().map(|iter| iter.sum::<u8>()).is_ok());
    push(&captures_all("text", &1)());
    push(&captures_nothing(&1).to_string());
    push(&block_on(impl_return_later("x")).ok().map(|chars| chars.count()));
    push(&block_on(impl_return_later("")).err().map(|error| error.to_string()));
    push(&block_on(future_of_impl("abc")).count());
    push(&block_on(lifetimes_later(&1, &mut Vec::new())));
    push(&block_on(const_later([1, 2])));
    push(&raw_lifetime("text", &1));
    let wrapper = Wrapper::<_, 3>(&[1_u8, 2][..]);
    push(&wrapper.get('x'));
    push(&wrapper.array());
    push(&wrapper.specific());
    push(&block_on(wrapper.later()));
    push(&Wrapper::<u8, 1>(&1).constrained());
    push(&apply(late_bound::<u8>, &1));
    push(&apply(elided_one, "text"));
    push(&["a", "bc"].map(elided_one));
    push(&["a", "bc"].into_iter().map(fallible_one).collect::<Result<Vec<_>, _>>());
    let table: [fn(&str) -> Result<usize, ()>; 2] = [fallible_one, |_| Err(())];
    push(&table.map(|function| function("x")));
    const POINTER: fn(&str) -> &str = elided_one;
    push(&POINTER("pointer"));
    all
}

#[attributes]
fn elided_one(text: &str) -> &str {
    text
}

#[attributes]
fn fallible_one(text: &str) -> Result<usize, ()> {
    Ok(text.len())
}

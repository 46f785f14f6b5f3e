// editions: 2021 2024
// Methods with every kind of `self`.

use std::fmt::Debug;
use std::future::Future;
use std::ops::{Add, Deref, Drop, Index, IndexMut};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use futures::executor::block_on;

#[derive(Debug, Clone, PartialEq)]
struct Own(String);

type Alias<T> = Box<T>;

impl Own {
    #[attributes]
    fn by_ref(&self) -> usize {
        self.0.len()
    }

    #[attributes]
    fn by_lifetime<'s>(&'s self, other: &'s str) -> &'s str {
        if self.0.is_empty() { other } else { &self.0 }
    }

    #[attributes]
    fn by_mut(&mut self, add: char) -> Result<&mut Self, String> {
        if add == 'x' {
            return Err(self.0.clone());
        }
        self.0.push(add);
        Ok(self)
    }

    #[attributes]
    fn by_mut_value(mut self) -> Result<Self, ()> {
        self.0.push('m');
        Ok(self)
    }

    #[attributes]
    fn typed_ref(self: &Self) -> usize {
        self.0.len()
    }

    #[attributes]
    fn typed_mut(self: &mut Self) -> &mut String {
        &mut self.0
    }

    #[attributes]
    fn named_type(self: Own) -> Own {
        self
    }

    #[attributes]
    fn in_mut_box(mut self: Box<Self>) -> Result<Box<Self>, ()> {
        self.0.push('b');
        Ok(self)
    }

    #[attributes]
    fn in_alias(self: Alias<Self>) -> Own {
        *self
    }

    #[attributes]
    fn in_rc(self: Rc<Self>) -> Result<usize, ()> {
        Ok(Rc::strong_count(&self))
    }

    #[attributes]
    fn in_mut_rc(mut self: Rc<Self>) -> Result<String, ()> {
        Rc::make_mut(&mut self).0.push('r');
        Ok(self.0.clone())
    }

    #[attributes]
    fn in_arc(self: &Arc<Self>) -> Result<Arc<Self>, ()> {
        Ok(self.clone())
    }

    #[attributes]
    fn ref_box(self: &Box<Self>) -> &str {
        &self.0
    }

    #[attributes]
    fn mut_box(self: &mut Box<Self>) -> Result<&mut String, ()> {
        Ok(&mut self.0)
    }

    #[attributes]
    fn ref_ref(self: &&Self) -> usize {
        self.0.len()
    }

    #[attributes]
    fn pin_ref<'a>(self: Pin<&'a Self>) -> Result<&'a String, ()> {
        Ok(&self.get_ref().0)
    }

    #[attributes]
    fn pin_mut(mut self: Pin<&mut Self>, add: char) -> Result<usize, ()> {
        self.as_mut().0.push(add);
        Ok(self.0.len())
    }

    #[attributes]
    fn pin_box(self: Pin<Box<Self>>) -> usize {
        self.0.len()
    }

    #[attributes]
    fn box_pin(self: Box<Pin<&Self>>) -> usize {
        self.0.len()
    }

    #[attributes]
    fn pin_arc(self: Pin<Arc<Self>>) -> Result<usize, ()> {
        Ok(self.0.len())
    }

    #[attributes]
    async fn later(&self) -> &str {
        &self.0
    }

    #[attributes]
    async fn later_mut(&mut self, add: char) -> Result<&mut Self, ()> {
        self.0.push(add);
        std::future::ready(()).await;
        Ok(self)
    }

    #[attributes]
    async fn later_mut_value(mut self) -> Result<Self, ()> {
        self.0.push('l');
        Ok(self)
    }

    #[attributes]
    async fn later_rc(self: Rc<Self>) -> usize {
        std::future::ready(()).await;
        Rc::strong_count(&self)
    }

    #[attributes]
    async fn later_ref_arc(self: &Arc<Self>) -> Arc<Self> {
        Arc::clone(self)
    }

    #[attributes]
    async fn later_pin(mut self: Pin<&mut Self>, add: char) -> Result<usize, ()> {
        self.as_mut().0.push(add);
        std::future::ready(()).await;
        Ok(self.0.len())
    }

    #[attributes]
    async fn later_unused(self) {}

    #[attributes]
    fn future_of_self(self) -> impl Future<Output = Self> {
        async move { self }
    }

    #[attributes]
    fn future_of_ref(&self) -> Pin<Box<dyn Future<Output = usize> + '_>> {
        let length = self.0.len();
        Box::pin(async move { self.0.len() + length })
    }

    #[attributes]
    fn future_of_mut<'a>(&'a mut self, add: &'a str) -> Pin<Box<dyn Future<Output = &'a str> + Send + 'a>> {
        Box::pin(async {
            self.0.push_str(add);
            self.0.as_str()
        })
    }

    #[attributes]
    fn not_self(this: &Self) -> usize {
        this.0.len()
    }

    #[attributes]
    fn made() -> Self {
        Self(String::from("made"))
    }

    #[attributes]
    fn made_fallibly(from: &str) -> Result<Self, ()> {
        let this = from.to_owned();
        Ok(Self { 0: this })
    }
}

#[derive(Debug)]
struct Free(String);

impl Free {
    #[attributes]
    fn by_value(self) -> String {
        self.0
    }

    #[attributes]
    fn field_moved_out(self, keep: bool) -> Result<String, Self> {
        if keep {
            return Err(self);
        }
        let Self(inner) = self;
        Ok(inner)
    }

    #[attributes]
    fn typed_value(self: Self) -> Result<String, ()> {
        Ok(self.0)
    }

    #[attributes]
    fn in_box(self: Box<Self>) -> Result<String, ()> {
        Ok(self.0)
    }

    #[attributes]
    async fn later_value(self) -> String {
        self.0
    }

    #[attributes]
    async fn later_box(mut self: Box<Self>, mut by: String) -> Result<String, ()> {
        by.push('!');
        self.0.push_str(&by);
        Ok(self.0)
    }
}

impl Add for Free {
    type Output = Self;

    #[attributes]
    fn add(self, other: Self) -> Self {
        Self(self.0 + &other.0)
    }
}

impl Deref for Own {
    type Target = str;

    #[attributes]
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Index<usize> for Own {
    type Output = String;

    #[attributes]
    fn index(&self, _index: usize) -> &String {
        &self.0
    }
}

impl IndexMut<usize> for Own {
    #[attributes]
    fn index_mut(&mut self, _index: usize) -> &mut String {
        &mut self.0
    }
}

thread_local!(static DROPPED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });

impl Drop for Own {
    #[attributes]
    fn drop(&mut self) {
        DROPPED.with(|dropped| dropped.set(dropped.get() + 1));
    }
}

impl Own {
    fn inner(&self) -> String {
        self.0.clone()
    }
}

struct Poller(u8);

impl Future for Poller {
    type Output = u8;

    #[attributes]
    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<u8> {
        if self.0 == 0 {
            return std::task::Poll::Ready(7);
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    }
}

impl Iterator for Poller {
    type Item = u8;

    #[attributes]
    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }
}

trait Generic {
    #[attributes]
    fn boxed(self: Box<Self>) -> Result<usize, ()> {
        Ok(size_of_val(&*self))
    }

    #[attributes]
    fn value(self) -> Result<usize, ()>
    where
        Self: Sized,
    {
        Ok(size_of::<Self>())
    }

    #[attributes]
    fn mutable(&mut self) -> &mut Self {
        self
    }

    #[attributes]
    async fn afterwards(self) -> Self
    where
        Self: Sized,
    {
        self
    }
}

impl<T: ?Sized> Generic for T {}

pub fn run() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut push = |text: &dyn Debug| all.push(format!("{text:?}"));
    let own = || Own(String::from("own"));
    let free = || Free(String::from("free"));
    push(&free().by_value());
    push(&free().field_moved_out(true));
    push(&free().field_moved_out(false));
    push(&free().typed_value());
    push(&Box::new(free()).in_box());
    push(&block_on(free().later_value()));
    push(&block_on(Box::new(free()).later_box(String::from("by"))));
    push(&(free() + free()));
    push(&own().by_ref());
    push(&own().by_lifetime("other"));
    push(&own().by_mut('a').map(|own| own.inner()));
    push(&own().by_mut('x').map(|own| own.inner()));
    push(&own().by_mut_value());
    push(&own().typed_ref());
    push(&own().typed_mut());
    push(&own().named_type());
    push(&Box::new(own()).in_mut_box());
    push(&Box::new(own()).in_alias());
    push(&Rc::new(own()).in_rc());
    push(&Rc::new(own()).in_mut_rc());
    push(&Arc::new(own()).in_arc());
    push(&Box::new(own()).ref_box());
    push(&Box::new(own()).mut_box());
    push(&(&own()).ref_ref());
    push(&Pin::new(&own()).pin_ref());
    push(&Pin::new(&mut own()).pin_mut('p'));
    push(&Box::pin(own()).pin_box());
    push(&Box::new(Pin::new(&own())).box_pin());
    push(&Arc::pin(own()).pin_arc());
    push(&block_on(own().later()));
    push(&block_on(own().later_mut('l')));
    push(&block_on(own().later_mut_value()));
    push(&block_on(Rc::new(own()).later_rc()));
    push(&block_on(Arc::new(own()).later_ref_arc()));
    push(&block_on(Pin::new(&mut own()).later_pin('p')));
    push(&block_on(own().later_unused()));
    push(&block_on(own().future_of_self()));
    push(&block_on(own().future_of_ref()));
    push(&block_on(own().future_of_mut("more")));
    push(&Own::not_self(&own()));
    push(&Own::made());
    push(&Own::made_fallibly("x"));
    push(&own().trim());
    push(&own()[0]);
    own()[1].push('i');
    push(&block_on(Poller(3)));
    push(&Poller(3).collect::<Vec<_>>());
    push(&Box::new(7_u16).boxed());
    push(&(Box::new([1_u8, 2]) as Box<[u8]>).boxed());
    push(&7_u32.value());
    push(&7_u32.mutable());
    push(&block_on(7_u32.afterwards()));
    push(&DROPPED.take());
    all
}

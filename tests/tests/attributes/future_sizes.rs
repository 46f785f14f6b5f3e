//! What `#[trace]` adds to a future, and what it leaves as it was.

use std::cell::Cell;
use std::future::{Future, ready};
use std::hint::black_box;
use std::mem::size_of_val;
use std::rc::Rc;

use fedtrace::trace;

mod plain {
    use super::{black_box, ready};

    pub(crate) async fn small(x: u8) -> u8 {
        ready(()).await;
        x
    }

    pub(crate) async fn large(x: [u8; 1024]) -> u8 {
        ready(()).await;
        black_box(&x)[0]
    }

    pub(crate) async fn outer(x: [u8; 1024]) -> u8 {
        middle(x).await
    }

    async fn middle(x: [u8; 1024]) -> u8 {
        large(x).await
    }
}

mod traced {
    use super::{black_box, ready, trace};

    #[trace]
    pub(crate) async fn small(x: u8) -> u8 {
        ready(()).await;
        x
    }

    #[trace]
    pub(crate) async fn large(x: [u8; 1024]) -> u8 {
        ready(()).await;
        black_box(&x)[0]
    }

    #[trace]
    pub(crate) async fn outer(x: [u8; 1024]) -> u8 {
        middle(x).await
    }

    #[trace]
    async fn middle(x: [u8; 1024]) -> u8 {
        large(x).await
    }
}

/// Wide enough for a wrapper of four words around the future and a second copy of what moves into it.
#[test]
fn a_traced_future_is_no_larger_than_its_bounds() {
    let bytes = [0; 1024];
    assert!(size_of_val(&plain::small(1)) <= 12);
    assert!(size_of_val(&plain::large(bytes)) <= 2050);
    assert!(size_of_val(&plain::outer(bytes)) <= 4100);
    let sizes = [
        size_of_val(&traced::small(1)),
        size_of_val(&traced::large(bytes)),
        size_of_val(&traced::outer(bytes)),
    ];
    let bounds = [56, 2096, 6304];
    assert!(
        sizes.iter().zip(bounds).all(|(size, bound)| *size <= bound),
        "{sizes:?}"
    );
}

fn is_send<T: Send>(_: &T) {}
fn is_sync<T: Sync>(_: &T) {}
fn is_static<T: 'static>(_: &T) {}

/// Compiles only while `$value` does not have `$bound`: with it, both implementations fit.
macro_rules! lacks {
    ($value:expr, $bound:path) => {{
        trait Ambiguous<A> {
            fn check(&self) {}
        }
        struct IfItHas;
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $bound> Ambiguous<IfItHas> for T {}
        Ambiguous::check(&$value);
    }};
}

#[trace]
async fn keeps_across_await<T>(kept: T) -> Result<T, String> {
    ready(()).await;
    Ok(kept)
}

#[test]
fn a_traced_future_is_send_and_sync_and_static_if_what_it_keeps_is() {
    let future = keeps_across_await(1_u8);
    is_send(&future);
    is_sync(&future);
    is_static(&future);

    lacks!(keeps_across_await(Rc::new(1)), Send);
    let future = keeps_across_await(Cell::new(1));
    is_send(&future);
    lacks!(future, Sync);
}

#[trace]
fn returned(text: &str) -> impl Future<Output = usize> + Send + Unpin + 'static {
    let length = text.len();
    Box::pin(async move { length })
}

#[trace]
async fn borrows(text: &mut String) {
    text.push('a');
}

#[test]
fn a_traced_future_is_unpin_as_the_plain_one_is() {
    fn is_unpin<T: Unpin>(_: &T) {}
    is_unpin(&returned("text"));
    lacks!(traced::small(1), Unpin);
    lacks!(plain::small(1), Unpin);
}

#[test]
fn a_traced_future_borrows_no_longer_than_the_plain_one() {
    let mut text = String::new();
    futures::executor::block_on(borrows(&mut text));
    let future = returned(&text);
    drop(text);
    assert_eq!(futures::executor::block_on(future), 1);
}

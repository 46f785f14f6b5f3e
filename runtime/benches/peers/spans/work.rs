//! The work inside the spans: as little as the compiler cannot remove.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(crate) const DESTINATION: &str = "matrix.example.org";
pub(crate) const ROOM: &str = "!ngrWkJQtUWNCrZdSaz:example.org";

#[inline]
pub(crate) fn work(input: u64) -> u64 {
    black_box(input).wrapping_add(1)
}

#[inline(never)]
fn plain_call(input: u64) -> u64 {
    work(input)
}

pub(crate) fn plain(times: u64) {
    for input in 0..times {
        black_box(plain_call(input));
    }
}

/// Is pending once.
pub(crate) struct Once(bool);

pub(crate) fn once() -> Once {
    Once(false)
}

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

pub(crate) fn poll_twice<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    match future.poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the work is pending once"),
    }
}

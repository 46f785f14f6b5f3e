//! Numbers of threads.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// `Relaxed` is enough: each `fetch_add` returns another number, and nothing is read because of it.
static NEXT: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// The number of this thread, which no other thread of the process has or had.
#[inline]
pub(crate) fn current() -> u64 {
    match NUMBER.get() {
        0 => take(),
        number => number,
    }
}

#[cold]
fn take() -> u64 {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    NUMBER.set(number);
    number
}

#[cfg(test)]
mod tests {
    use super::current;

    #[test]
    fn a_thread_keeps_its_number_and_shares_it_with_none() {
        let first = current();
        let other = std::thread::spawn(current).join().unwrap();
        assert_ne!(first, other);
        assert_eq!(current(), first);
    }
}

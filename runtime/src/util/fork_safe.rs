//! Locks that the child process of a fork can open.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::lock::lock;

/// A value behind a lock. In a forked child process the lock may be held forever by a thread that does not
/// exist there, so the child replaces the value together with its lock.
pub(crate) struct ForkMutex<T>(ArcSwap<Mutex<T>>);

impl<T> ForkMutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(ArcSwap::from_pointee(Mutex::new(value)))
    }

    /// No user code may run inside.
    pub(crate) fn with<R>(&self, use_it: impl FnOnce(&mut T) -> R) -> R {
        let mutex = self.0.load();
        let mut value = lock(&mutex);
        use_it(&mut value)
    }

    /// For the child process of a fork. The old value is never dropped, because it may be half changed.
    pub(crate) fn replace_in_child(&self, value: T) {
        mem::forget(self.0.swap(Arc::new(Mutex::new(value))));
    }
}

impl<T: fmt::Debug> fmt::Debug for ForkMutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self.0.load(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_locked_for_ever_can_be_replaced() {
        let value = ForkMutex::new(1);
        let lock = value.0.load_full();
        let locked = lock.lock().unwrap();
        value.replace_in_child(2);
        value.with(|value| *value += 1);
        assert_eq!(value.with(|value| *value), 3);
        drop(locked);
    }
}

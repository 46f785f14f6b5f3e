//! The throttler of a tracer.

use arc_swap::ArcSwapOption;

use super::permission::Throttler;
use super::stats::ThrottlerStats;
use crate::util::fork_safe::ForkMutex;
use crate::util::panic::catch_panic;

/// The throttler of a tracer, until its shutdown.
pub(crate) struct CurrentThrottler {
    throttler: ArcSwapOption<Box<dyn Throttler>>,
    /// The statistics that were returned last: counts that the throttler makes while it is being dropped are
    /// not read.
    told: ForkMutex<ThrottlerStats>,
}

impl CurrentThrottler {
    pub(crate) fn new(throttler: Box<dyn Throttler>) -> Self {
        Self {
            throttler: ArcSwapOption::from_pointee(throttler),
            told: ForkMutex::new(ThrottlerStats::default()),
        }
    }

    /// May run user code, also by dropping a throttler that was retired meanwhile.
    pub(crate) fn is_allowed(&self, operation: &str) -> bool {
        let throttler = self.throttler.load();
        throttler
            .as_ref()
            .is_some_and(|throttler| throttler.is_allowed(operation))
    }

    pub(crate) fn set_client_id(&self, client_id: &str) {
        if let Some(throttler) = &*self.throttler.load() {
            throttler.set_client_id(client_id);
        }
    }

    pub(crate) fn after_fork_in_child(&self) {
        self.told.replace_in_child(ThrottlerStats::default());
        if let Some(throttler) = &*self.throttler.load() {
            throttler.after_fork_in_child();
        }
    }

    /// Drops the throttler, for a tracer that starts no more spans.
    pub(crate) fn retire(&self) {
        // A throttler that panics can be retired too.
        catch_panic(|| self.stats());
        drop(self.throttler.swap(None));
    }

    /// No lock is held meanwhile, because it may run user code.
    pub(crate) fn stats(&self) -> ThrottlerStats {
        let counted = self.throttler.load_full().map(|throttler| throttler.stats());
        self.told.with(|told| {
            *told = told.max(counted.unwrap_or_default());
            *told
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::sync::{Arc, OnceLock, Weak};

    use super::*;

    /// Counts, and has its statistics read, while it returns its statistics.
    #[derive(Default)]
    struct Counting {
        counted: AtomicU64,
        was_asked: AtomicBool,
        current: OnceLock<Weak<CurrentThrottler>>,
    }

    impl Throttler for Counting {
        fn is_allowed(&self, _: &str) -> bool {
            true
        }

        fn stats(&self) -> ThrottlerStats {
            let throttler_updates = self.counted.load(Ordering::Relaxed);
            if !self.was_asked.swap(true, Ordering::Relaxed) {
                self.counted.fetch_add(1, Ordering::Relaxed);
                let current = self.current.get().unwrap().upgrade().unwrap();
                assert_eq!(current.stats().throttler_updates, throttler_updates + 1);
            }
            ThrottlerStats {
                throttler_updates,
                ..ThrottlerStats::default()
            }
        }
    }

    #[test]
    fn what_a_throttler_counts_at_the_shutdown_does_not_make_the_count_go_back() {
        let counting = Arc::new(Counting::default());
        counting.counted.store(5, Ordering::Relaxed);
        let current = Arc::new(CurrentThrottler::new(Box::new(Arc::clone(&counting))));
        counting.current.set(Arc::downgrade(&current)).unwrap();
        current.retire();
        assert_eq!(current.stats().throttler_updates, 6);
    }
}

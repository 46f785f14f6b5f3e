use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwapOption;

use super::{Throttler, ThrottlerStats};
use crate::contain::contain;

/// The throttler of a tracer, until its shutdown.
pub(crate) struct CurrentThrottler {
    throttler: ArcSwapOption<Box<dyn Throttler>>,
    /// What it had counted at the end.
    last: Mutex<ThrottlerStats>,
}

impl CurrentThrottler {
    pub(crate) fn new(throttler: Box<dyn Throttler>) -> Self {
        Self {
            throttler: ArcSwapOption::from_pointee(throttler),
            last: Mutex::default(),
        }
    }

    /// May run the code of users, also by dropping a throttler that was retired meanwhile.
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

    pub(crate) fn forked(&self) {
        if let Some(throttler) = &*self.throttler.load() {
            throttler.forked();
        }
    }

    /// Lets go of the throttler, for a tracer that starts no more spans.
    pub(crate) fn retire(&self) {
        // One that panics can be retired, too.
        let counted = contain(|| self.stats()).unwrap_or_default();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = counted;
        drop(self.throttler.swap(None));
    }

    /// No lock is held meanwhile: it may run the code of users.
    pub(crate) fn stats(&self) -> ThrottlerStats {
        match self.throttler.load_full() {
            Some(throttler) => throttler.stats(),
            None => *self.last.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

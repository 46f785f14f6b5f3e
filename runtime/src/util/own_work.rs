//! What this thread does for a tracer, such as a report or a sampling decision: the tracer does not trace that, or one
//! report would lead to the next.

use std::cell::Cell;

thread_local! {
    /// The address of the tracer that is served, `NOBODY` or `EVERYBODY`.
    static SERVED: Cell<usize> = const { Cell::new(NOBODY) };
}

const NOBODY: usize = 0;
const EVERYBODY: usize = usize::MAX;

/// Work for a tracer on this thread, until this is dropped.
#[derive(Debug)]
pub(crate) struct OwnWork {
    before: usize,
}

impl OwnWork {
    /// Work for the tracer at this address. Inside the work for another tracer, it counts as work for all of them.
    #[inline]
    pub(crate) fn of(tracer: usize) -> Self {
        let before = SERVED.get();
        SERVED.set(match before {
            NOBODY => tracer,
            before if before == tracer => tracer,
            _ => EVERYBODY,
        });
        Self { before }
    }

    /// The same, unless this thread works for the tracer already.
    #[inline]
    pub(crate) fn begin(tracer: usize) -> Option<Self> {
        let before = SERVED.get();
        if before == NOBODY {
            SERVED.set(tracer);
            return Some(Self { before });
        }
        (!is_for(tracer)).then(|| Self::of(tracer))
    }

    /// Work that may be for any tracer.
    pub(crate) fn of_any() -> Self {
        Self {
            before: SERVED.replace(EVERYBODY),
        }
    }
}

impl Drop for OwnWork {
    #[inline]
    fn drop(&mut self) {
        SERVED.set(self.before);
    }
}

/// Whether this thread works for the tracer at this address.
#[inline]
pub(crate) fn is_for(tracer: usize) -> bool {
    let served = SERVED.get();
    served == tracer || served == EVERYBODY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_for_one_tracer_inside_of_work_for_another_counts_for_all() {
        let served = || [1, 2, 3].map(is_for);
        assert_eq!(served(), [false; 3]);
        let first = OwnWork::of(1);
        assert!(OwnWork::begin(1).is_none());
        let again = OwnWork::of(1);
        assert_eq!(served(), [true, false, false]);
        let second = OwnWork::of(2);
        assert_eq!(served(), [true; 3]);
        assert!(OwnWork::begin(3).is_none());
        drop((second, again));
        assert_eq!(served(), [true, false, false]);
        drop(first);
        let any = OwnWork::of_any();
        assert_eq!(served(), [true; 3]);
        drop(any);
        assert_eq!(served(), [false; 3]);
    }
}

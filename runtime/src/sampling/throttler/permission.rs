//! The trait of throttlers.

use std::sync::Arc;

use super::stats::ThrottlerStats;

/// Decides which spans may be forced.
///
/// It is called on the thread that forces a span, so it must be quick. If it panics, the span is not forced.
/// What it does is not traced by the tracer that asks it, and spans that it forces itself are refused.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use fedtrace::throttler::Throttler;
///
/// /// Allows a fixed number of spans.
/// struct First(AtomicU32);
///
/// impl Throttler for First {
///     fn is_allowed(&self, _operation: &str) -> bool {
///         let less = |left: u32| left.checked_sub(1);
///         self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
///     }
/// }
///
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let throttler = First(AtomicU32::new(10));
/// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").throttler(throttler).build()?;
/// # let _ = tracer;
/// # Ok(())
/// # }
/// ```
pub trait Throttler: Send + Sync {
    /// Whether a span with this name may be forced. If it returns `true`, the span is forced, so this is
    /// where credit is spent.
    fn is_allowed(&self, operation: &str) -> bool;

    /// Receives the tracer's `client-uuid`, by which a server identifies it, before the first decision. A
    /// wrapping throttler must forward the call.
    #[doc(alias = "SetProcess")]
    fn set_client_id(&self, client_id: &str) {
        let _ = client_id;
    }

    /// The statistics of its queries to a server, since its start. They are zero for a throttler without a
    /// server. A wrapping throttler returns the statistics of the throttler it wraps.
    fn stats(&self) -> ThrottlerStats {
        ThrottlerStats::default()
    }

    /// Called in a forked child process before it receives its client id there, on the thread that starts the
    /// first span. Other threads of the parent do not exist in the child, and locks that they held at the
    /// fork stay locked. A wrapping throttler must forward the call. [`after_restore`](crate::after_restore) calls it too;
    /// other threads may exist then.
    fn after_fork_in_child(&self) {}
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<T: Throttler + ?Sized> Throttler for $pointer<T> {
            fn is_allowed(&self, operation: &str) -> bool {
                (**self).is_allowed(operation)
            }

            fn set_client_id(&self, client_id: &str) {
                (**self).set_client_id(client_id);
            }

            fn stats(&self) -> ThrottlerStats {
                (**self).stats()
            }

            fn after_fork_in_child(&self) {
                (**self).after_fork_in_child();
            }
        }
    )*};
}

forward!(Box, Arc);

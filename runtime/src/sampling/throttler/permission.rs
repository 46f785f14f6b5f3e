//! What a throttler allows.

use std::sync::Arc;

use super::stats::ThrottlerStats;

/// Decides which spans may be forced.
///
/// It is asked on the thread that forces, so it must be quick. If it panics, the span is not forced. What it forces
/// itself while it decides is refused.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use fedtrace::throttler::Throttler;
///
/// /// The first few only.
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
    /// Whether a span with this name may be forced. If it says yes, the span is forced: this is where credit is spent.
    fn is_allowed(&self, operation: &str) -> bool;

    /// Is told the tracer's `client-uuid`, by which a server knows it, before anything is asked. A throttler around
    /// another one tells that one.
    #[doc(alias = "SetProcess")]
    fn set_client_id(&self, client_id: &str) {
        let _ = client_id;
    }

    /// How often it asked a server for credit, since its start. All zero for a throttler that decides alone. A
    /// throttler around another one gives the numbers of that one.
    fn stats(&self) -> ThrottlerStats {
        ThrottlerStats::default()
    }

    /// Is told that this process is the child of a fork, before it is told its client id there, on the thread that starts
    /// the first span. Other threads of the parent are not in the child, and what they had locked at the fork stays
    /// locked. A throttler around another one tells that one.
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

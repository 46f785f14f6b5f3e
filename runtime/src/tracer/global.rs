//! The global tracer and the scoped one, which new traces belong to.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use once_cell::sync::OnceCell;

use super::core::Tracer;
use crate::model::error::init::InitError;
pub(crate) use crate::tracer::activity::ENABLED;
pub(crate) use crate::tracer::activity::is_on;

/// The global tracer of most programs. It costs less to read than one that can be replaced.
static FIRST: OnceCell<Tracer> = OnceCell::new();

/// The global tracer once a second one was offered.
static LATEST: OnceCell<ArcSwap<Tracer>> = OnceCell::new();

thread_local! {
    static SCOPED: RefCell<Vec<Tracer>> = const { RefCell::new(Vec::new()) };
}

/// Sets the tracer of the whole process. Once there is one, it can be replaced only after its shutdown.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # if !cfg!(feature = "enable") { return Ok(()); }
/// use std::time::Duration;
///
/// use fedtrace::{Tracer, set_global_tracer};
///
/// let (first, guard) = Tracer::builder("first").build()?;
/// let (second, _guard) = Tracer::builder("second").build()?;
/// set_global_tracer(first)?;
/// assert!(set_global_tracer(second.clone()).is_err());
/// guard.shutdown(Duration::from_secs(1))?;
/// set_global_tracer(second)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`SetGlobalError`], which returns the tracer, if there is a global tracer that is not shut down.
#[doc(alias = "init_tracer")]
pub fn set_global_tracer(tracer: Tracer) -> Result<(), SetGlobalError> {
    let Err((first, tracer)) = FIRST.try_insert(tracer) else {
        return Ok(());
    };
    let latest = LATEST.get_or_init(|| ArcSwap::from_pointee(first.clone()));
    let present = latest.load();
    if !present.inner().is_closed() {
        return Err(SetGlobalError(tracer));
    }
    let replaced = latest.compare_and_swap(&*present, Arc::new(tracer.clone()));
    match Arc::ptr_eq(&replaced, &present) {
        true => Ok(()),
        // Another thread has replaced it meanwhile.
        false => Err(SetGlobalError(tracer)),
    }
}

/// The global tracer, if one was set. It stays after its shutdown, until it is replaced.
pub fn global_tracer() -> Option<Tracer> {
    match LATEST.get() {
        None => FIRST.get().cloned(),
        Some(latest) => Some(Tracer::clone(&latest.load())),
    }
}

/// Runs `work` on this thread, with `tracer` instead of the global tracer.
///
/// Traces that start inside belong to it. A span that is already active keeps its tracer, and so do its
/// children. For futures, use [`TraceFutureExt::with_tracer`](crate::TraceFutureExt::with_tracer).
///
/// ```
/// # fn main() -> Result<(), fedtrace::InitError> {
/// # if !cfg!(feature = "enable") { return Ok(()); }
/// let (tracer, _guard) = fedtrace::Tracer::builder("example").build()?;
/// let traced = fedtrace::with_tracer(&tracer, || {
///     let _scope = fedtrace::start_active_span("work");
///     fedtrace::trace_id().is_some()
/// });
/// assert!(traced);
/// # Ok(())
/// # }
/// ```
pub fn with_tracer<R>(tracer: &Tracer, work: impl FnOnce() -> R) -> R {
    let _scoped = TracerOverride::enter(tracer.clone());
    work()
}

/// Restores the previous scoped tracer, also if the work panics.
#[derive(Debug)]
pub(crate) struct TracerOverride(());

impl TracerOverride {
    pub(crate) fn enter(tracer: Tracer) -> Option<Self> {
        let pushed = SCOPED.try_with(|scoped| scoped.try_borrow_mut().ok().map(|mut s| s.push(tracer)));
        pushed.ok().flatten().map(|()| Self(()))
    }
}

impl Drop for TracerOverride {
    fn drop(&mut self) {
        let tracer = SCOPED.try_with(|scoped| scoped.try_borrow_mut().ok().and_then(|mut s| s.pop()));
        drop(tracer);
    }
}

/// The tracer of the innermost [`with_tracer`] on this thread.
pub(crate) fn scoped_tracer() -> Option<Tracer> {
    let scoped = SCOPED.try_with(|scoped| scoped.try_borrow().ok().and_then(|s| s.last().cloned()));
    scoped.ok().flatten()
}

/// The scoped tracer, else the global one.
pub(crate) fn current_tracer() -> Option<Tracer> {
    scoped_tracer().or_else(global_tracer)
}

/// The error of [`set_global_tracer`]: there is a global tracer that is not shut down. It contains the rejected tracer.
#[derive(Debug)]
pub struct SetGlobalError(pub Tracer);

impl fmt::Display for SetGlobalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        InitError::AlreadySet.fmt(f)
    }
}

impl std::error::Error for SetGlobalError {}

impl From<SetGlobalError> for InitError {
    fn from(_: SetGlobalError) -> Self {
        Self::AlreadySet
    }
}

/// Passes the scoped tracer, else the global one, to `use_it`. Unlike [`current_tracer`], it counts no reference where the
/// global tracer is the first one.
#[inline]
pub(crate) fn with_current_tracer<R>(use_it: impl FnOnce(&Tracer) -> R) -> Option<R> {
    let owned;
    let tracer = match (scoped_tracer(), LATEST.get()) {
        (None, None) => FIRST.get()?,
        (Some(tracer), _) => {
            owned = tracer;
            &owned
        }
        (None, Some(_)) => {
            owned = global_tracer()?;
            &owned
        }
    };
    Some(use_it(tracer))
}

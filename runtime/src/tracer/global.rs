//! The global tracer and the scoped one, which new traces belong to.

use std::cell::RefCell;
use std::fmt;

use once_cell::sync::OnceCell;

use super::core::Tracer;
use crate::model::error::init::InitError;
pub(crate) use crate::tracer::activity::ENABLED;
pub(crate) use crate::tracer::activity::is_on;

static GLOBAL: OnceCell<Tracer> = OnceCell::new();

thread_local! {
    static SCOPED: RefCell<Vec<Tracer>> = const { RefCell::new(Vec::new()) };
}

/// Sets the tracer of the whole process. This can be done once.
///
/// # Errors
///
/// [`SetGlobalError`], which returns the tracer, if a global tracer was already set.
#[doc(alias = "init_tracer")]
pub fn set_global_tracer(tracer: Tracer) -> Result<(), SetGlobalError> {
    GLOBAL.set(tracer).map_err(SetGlobalError)
}

/// The global tracer, if one was set.
pub fn global_tracer() -> Option<&'static Tracer> {
    GLOBAL.get()
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
    let _scoped = Scoped::enter(tracer.clone());
    work()
}

/// Restores the previous scoped tracer, also if the work panics.
#[derive(Debug)]
pub(crate) struct Scoped(());

impl Scoped {
    pub(crate) fn enter(tracer: Tracer) -> Option<Self> {
        let pushed = SCOPED.try_with(|scoped| scoped.try_borrow_mut().ok().map(|mut s| s.push(tracer)));
        pushed.ok().flatten().map(|()| Self(()))
    }
}

impl Drop for Scoped {
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
    scoped_tracer().or_else(|| GLOBAL.get().cloned())
}

/// The error of [`set_global_tracer`]: a global tracer was already set. It contains the rejected tracer.
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

//! Bodies of annotated functions.

/// Runs a body that has become a closure. The bound makes it one that may give away what it owns.
#[inline]
pub fn call<A, R>(arguments: A, body: impl FnOnce(A) -> R) -> R {
    body(arguments)
}

/// Tells an `async` block the type that it returns. Never called.
#[allow(clippy::empty_loop)]
#[cold]
pub fn never<T>() -> T {
    loop {}
}

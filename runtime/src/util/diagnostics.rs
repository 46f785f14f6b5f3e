//! Warnings about the use of fedtrace, through [`log`], limited in rate.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Arguments;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use super::escape::EscapedText;
use super::own_work::OwnWork;
use super::panic::catch_panic;

thread_local! {
    static IS_WARNING: Cell<bool> = const { Cell::new(false) };
}

/// Warns through [`log`], on one line. The logger is user code: its panic must not reach the caller, what it does is
/// not traced, and it is not told of its own mistakes, which would never end.
pub(crate) fn warn(message: Arguments<'_>) {
    if IS_WARNING.replace(true) {
        return;
    }
    let _served = OwnWork::of_any();
    // Names and URLs in the message may be what others wrote.
    catch_panic(|| log::warn!("fedtrace: {}", EscapedText(&message.to_string())));
    IS_WARNING.set(false);
}

/// How long the same message is suppressed after it was logged.
const PAUSE: Duration = Duration::from_secs(60);
/// The most call sites that are told apart. Calls at further ones are counted but not logged.
const MAX_SITES: usize = 1024;

fn now_ms() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    // Starts one pause after zero, because zero means never.
    let since_start = START.get_or_init(Instant::now).elapsed() + PAUSE;
    u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX)
}

/// When a message was last logged.
///
/// `Relaxed` is enough: the value is only a time, and nothing else is read because of it. Of several threads
/// that find it due, the compare-and-exchange lets one log.
#[derive(Debug)]
pub(crate) struct NowAndThen(AtomicU64);

impl NowAndThen {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    fn is_due(&self) -> bool {
        let now = now_ms();
        let last = self.0.load(Ordering::Relaxed);
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        now.saturating_sub(last) >= pause
            && self
                .0
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// Warns, unless the same message was logged within the last minute.
pub(crate) fn warn_now_and_then(last: &NowAndThen, message: impl FnOnce() -> String) {
    if last.is_due() {
        warn(format_args!("{}", message()));
    }
}

/// Warns that `what` needs an active span, unless a warning for this call site was logged within the last
/// minute.
pub(crate) fn no_active_span(what: &str, place: &'static Location<'static>) {
    static LAST: Mutex<Option<HashMap<&'static Location<'static>, Instant>>> = Mutex::new(None);
    let due = {
        let mut last = match LAST.try_lock() {
            Ok(last) => last,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let last = last.get_or_insert_default();
        let now = Instant::now();
        let due = match last.get(place) {
            Some(last) => now.duration_since(*last) >= PAUSE,
            None => last.len() < MAX_SITES,
        };
        if due {
            last.insert(place, now);
        }
        due
    };
    if due {
        warn(format_args!(
            "there was no active span when trying to {what} at {place}"
        ));
    }
}

//! A new parent for an open span, as long as nobody knows its ids.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::delivery::identity::Identity;

const OPEN: u8 = 0;
const KNOWN: u8 = 1;
const ADOPTED: u8 = 2;

/// Whether a span has got another parent, or cannot get one any more.
///
/// Both are decided by one atomic, so that a child that starts on another thread meanwhile has either the new trace id or
/// keeps its parent where it was.
#[derive(Debug, Default)]
pub(super) struct Adoption {
    fate: AtomicU8,
    /// Valid once `fate` says so.
    identity: OnceLock<Identity>,
}

impl Adoption {
    /// Settles that the ids stay as they are.
    #[inline]
    pub(super) fn make_known(&self) {
        if self.is_possible() {
            let _ = self
                .fate
                .compare_exchange(OPEN, KNOWN, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Whether it may still get another parent.
    #[inline]
    pub(super) fn is_possible(&self) -> bool {
        self.fate.load(Ordering::Acquire) == OPEN
    }

    /// The identity under the new parent, apart from the flags, which may have changed since.
    #[inline]
    pub(super) fn identity(&self) -> Option<&Identity> {
        match self.fate.load(Ordering::Acquire) {
            ADOPTED => self.identity.get(),
            _ => None,
        }
    }

    /// Settles that the span has this identity. `announce` runs before anybody sees it.
    pub(super) fn adopt(&self, identity: Identity, announce: impl FnOnce()) -> bool {
        if !self.is_possible() || self.identity.set(identity).is_err() {
            return false;
        }
        announce();
        self.fate
            .compare_exchange(OPEN, ADOPTED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}

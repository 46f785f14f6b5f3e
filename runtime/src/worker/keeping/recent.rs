//! Local roots that have ended, for spans that end after them.

use std::collections::HashSet;
use std::mem;
use std::time::{Duration, Instant};

/// A local root is remembered for this long, up to twice that,
pub(super) const GRACE: Duration = Duration::from_secs(60);
/// unless so many others have ended.
const MOST: usize = 65_536;

/// Numbers of local roots: those since the last turn, and those before it.
#[derive(Debug)]
pub(super) struct Recent {
    new: HashSet<u64>,
    old: HashSet<u64>,
    turned: Instant,
}

impl Recent {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            new: HashSet::new(),
            old: HashSet::new(),
            turned: now,
        }
    }

    pub(super) fn contains(&self, root: u64) -> bool {
        self.new.contains(&root) || self.old.contains(&root)
    }

    pub(super) fn add(&mut self, root: u64, now: Instant) {
        if self.new.len() >= MOST || now.saturating_duration_since(self.turned) >= GRACE {
            self.old = mem::take(&mut self.new);
            self.turned = now;
        }
        self.new.insert(root);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_remembered_for_one_to_two_turns() {
        let start = Instant::now();
        let mut recent = Recent::new(start);
        recent.add(1, start);
        recent.add(2, start + GRACE);
        assert!(recent.contains(1) && recent.contains(2));
        recent.add(3, start + 2 * GRACE);
        assert!(!recent.contains(1) && recent.contains(2) && recent.contains(3));
    }

    #[test]
    fn many_roots_do_not_take_ever_more_memory() {
        let start = Instant::now();
        let mut recent = Recent::new(start);
        (0..3 * MOST as u64).for_each(|root| recent.add(root, start));
        assert!(recent.new.len() + recent.old.len() <= 2 * MOST);
        assert!(recent.contains(3 * MOST as u64 - 1));
    }
}

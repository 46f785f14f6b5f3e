//! Local roots that have ended, for spans that end after them.

use std::collections::HashMap;
use std::mem;
use std::time::{Duration, Instant};

/// A local root is remembered for this long, up to twice that,
pub(super) const GRACE: Duration = Duration::from_secs(60);
/// unless so many others have ended.
const MOST: usize = 262_144;

/// Numbers of local roots, each with a count: those since the last turn, and those before it.
#[derive(Debug)]
pub(super) struct Recent {
    new: HashMap<u64, u32>,
    old: HashMap<u64, u32>,
    turned: Instant,
}

impl Recent {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            new: HashMap::new(),
            old: HashMap::new(),
            turned: now,
        }
    }

    pub(super) fn contains(&self, root: u64) -> bool {
        self.new.contains_key(&root) || self.old.contains_key(&root)
    }

    /// Its count, or zero.
    pub(super) fn count(&self, root: u64) -> u32 {
        let count = self.new.get(&root).or_else(|| self.old.get(&root));
        count.copied().unwrap_or(0)
    }

    /// Remembers it, and adds to its count.
    pub(super) fn add(&mut self, root: u64, more: u32, now: Instant) {
        let count = self.count(root).saturating_add(more);
        if self.new.len() >= MOST || now.saturating_duration_since(self.turned) >= GRACE {
            self.old = mem::take(&mut self.new);
            self.turned = now;
        }
        self.new.insert(root, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_remembered_for_one_to_two_turns() {
        let start = Instant::now();
        let mut recent = Recent::new(start);
        recent.add(1, 0, start);
        recent.add(2, 0, start + GRACE);
        assert!(recent.contains(1) && recent.contains(2));
        recent.add(3, 0, start + 2 * GRACE);
        assert!(!recent.contains(1) && recent.contains(2) && recent.contains(3));
    }

    #[test]
    fn a_count_goes_on_after_a_turn() {
        let start = Instant::now();
        let mut recent = Recent::new(start);
        recent.add(1, 2, start);
        recent.add(1, 3, start + GRACE);
        assert_eq!((recent.count(1), recent.count(2)), (5, 0));
    }

    #[test]
    fn many_roots_do_not_take_ever_more_memory() {
        let start = Instant::now();
        let mut recent = Recent::new(start);
        (0..3 * MOST as u64).for_each(|root| recent.add(root, 0, start));
        assert!(recent.new.len() + recent.old.len() <= 2 * MOST);
        assert!(recent.contains(3 * MOST as u64 - 1));
    }
}

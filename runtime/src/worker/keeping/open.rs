//! Local roots that were kept while they went on.

use std::collections::BTreeMap;

/// The most of them. Those whose end is lost never leave otherwise.
const MOST: usize = 16_384;

/// Numbers of local roots that were kept while they went on, each with the number of spans that were reported since. However long
/// they take, they are known when they end.
#[derive(Debug, Default)]
pub(super) struct OpenRoots(BTreeMap<u64, u32>);

impl OpenRoots {
    pub(super) fn contains(&self, root: u64) -> bool {
        self.0.contains_key(&root)
    }

    /// The count of a root, to be changed.
    pub(super) fn count_mut(&mut self, root: u64) -> Option<&mut u32> {
        self.0.get_mut(&root)
    }

    /// Remembers a root. Returns the one that had to make room, with its count.
    pub(super) fn add(&mut self, root: u64) -> Option<(u64, u32)> {
        // The lowest number is the oldest, more or less.
        let is_full = self.0.len() >= MOST;
        let oldest = is_full.then(|| self.0.pop_first()).flatten();
        self.0.insert(root, 0);
        oldest
    }

    /// Forgets a root that has ended. Returns its count, if it was there.
    pub(super) fn end(&mut self, root: u64) -> Option<u32> {
        self.0.remove(&root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_roots_that_never_end_do_not_take_ever_more_memory() {
        let mut open = OpenRoots::default();
        let most = MOST as u64;
        assert!((0..most).all(|root| open.add(root).is_none()));
        *open.count_mut(0).unwrap() += 3;
        assert_eq!(open.add(most), Some((0, 3)));
        assert!(!open.contains(0) && open.contains(most));
        assert_eq!(
            (open.0.len(), open.end(most), open.end(most)),
            (MOST, Some(0), None)
        );
    }
}

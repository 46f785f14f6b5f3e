//! The requests that are answered to other homeservers.

use std::collections::{HashSet, VecDeque};

use crate::util::fork_safe::ForkMutex;

/// How many are known at a time.
const MOST: usize = 16_384;

/// The local roots of requests that are answered to other homeservers, which are not told the ids of our traces.
///
/// They are known by their numbers, because the code that finds out who has sent a request may run on another thread than what
/// answers it, below a span of its own.
#[derive(Debug)]
pub(crate) struct HomeserverRequests(ForkMutex<Known>);

#[derive(Debug, Default)]
struct Known {
    roots: HashSet<u64>,
    /// The same, the oldest first.
    order: VecDeque<u64>,
    /// The highest of those that were forgotten. What has a lower number may be one of them.
    forgotten: u64,
}

impl HomeserverRequests {
    pub(super) fn none() -> Self {
        Self(ForkMutex::new(Known::default()))
    }

    /// Adds the request with this local root.
    pub(super) fn add(&self, root: u64) {
        self.0.with(|known| known.add(root));
    }

    /// Whether the request with this local root is one of them. If so many came later that it may have been forgotten, it counts as
    /// one.
    pub(super) fn contain(&self, root: u64) -> bool {
        self.0
            .with(|known| known.roots.contains(&root) || root <= known.forgotten)
    }

    pub(super) fn reset_in_child(&self) {
        self.0.replace_in_child(Known::default());
    }
}

impl Known {
    fn add(&mut self, root: u64) {
        if !self.roots.insert(root) {
            return;
        }
        self.order.push_back(root);
        if self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.roots.remove(&oldest);
                self.forgotten = self.forgotten.max(oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_may_have_been_forgotten_counts_as_one_of_a_homeserver() {
        let requests = HomeserverRequests::none();
        assert!(!requests.contain(1));
        let first = 1_000;
        for root in first..=first + MOST as u64 {
            requests.add(root);
            requests.add(root);
        }
        for root in [1, first, first + 1, first + MOST as u64] {
            assert!(requests.contain(root), "{root}");
        }
        assert!(!requests.contain(first + MOST as u64 + 1));
        requests.reset_in_child();
        assert!(!requests.contain(first));
    }
}

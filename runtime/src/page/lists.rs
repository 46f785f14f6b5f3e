//! What the lists of the page show.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::operation::Operation;
use crate::model::id::TraceId;

/// A service and the name of a local root.
pub(super) type OperationKey = (String, String);

/// The lists at one moment. They share the examples with the store.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) operations: BTreeMap<OperationKey, Operation>,
    pub(super) stored: HashSet<TraceId>,
    pub(super) bytes: usize,
    pub(super) spans: u64,
    pub(super) time_spent: Duration,
}

impl Lists {
    /// Whether the trace can be shown.
    pub(super) fn has(&self, id: TraceId) -> bool {
        self.stored.contains(&id)
    }
}

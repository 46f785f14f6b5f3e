//! What the lists of the page show.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::operation::Operation;
use super::operation_name::{OperationKey, OperationName};
use crate::model::id::TraceId;

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
    /// The same with these operations only.
    pub(super) fn only(mut self, which: &OperationName) -> Self {
        self.operations.retain(|key, _| which.is_of(key));
        self
    }

    /// Whether the trace can be shown.
    pub(super) fn has(&self, id: TraceId) -> bool {
        self.stored.contains(&id)
    }
}

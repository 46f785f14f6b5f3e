//! The root of what a process does for one request.

use crate::tracer::core::Tracer;

/// The span of this process that waits for all others of its trace.
#[derive(Debug)]
pub(crate) struct LocalRoot {
    pub(super) tracer: Tracer,
    pub(super) number: u64,
}

impl LocalRoot {
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.number == other.number && self.tracer.is_same(&other.tracer)
    }

    /// Remembers that the request is answered to another homeserver, where that matters.
    pub(crate) fn answer_homeserver(&self) {
        if self.matters() {
            self.tracer.inner().homeserver_requests.add(self.number);
        }
    }

    /// Whether the request is answered to another homeserver.
    pub(crate) fn answers_homeserver(&self) -> bool {
        self.matters() && self.tracer.inner().homeserver_requests.contain(self.number)
    }

    /// Whether anybody is told the id of its trace. If not, no lock is taken for it.
    fn matters(&self) -> bool {
        self.tracer.propagation_rules().client_trace_id
    }
}

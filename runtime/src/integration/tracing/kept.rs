//! What the layer keeps.

/// What is kept besides names, fields and times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    pub(super) events: bool,
    pub(super) error_events_to_status: bool,
    pub(super) target: bool,
    pub(super) level: bool,
    pub(super) location: bool,
    pub(super) threads: bool,
    pub(super) tracked_inactivity: bool,
}

//! The reasons why incoming trace data is not accepted.

/// Why something in a message was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The context does not follow the grammar, or there are several.
    DecodingError,
    /// The context came from a homeserver that is not on the whitelist.
    UnlistedOrigin,
    /// The sender is not authenticated.
    Unauthenticated,
    /// This many items of baggage came from another server, could not be read or exceeded a limit. The
    /// context itself was accepted.
    Baggage(usize),
    /// A debug id did not come from our own processes.
    DebugId,
    /// A listed homeserver has spent its budget of sampled contexts. The context itself was accepted.
    OverBudget,
}

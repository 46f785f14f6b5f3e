//! Why trace data from outside is left behind.

/// Why something that came in was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// The context does not follow the grammar, or there are several.
    DecodingError,
    /// The context came from a homeserver that is not on the whitelist.
    UnlistedOrigin,
    /// The sender is not authenticated.
    Unauthenticated,
    /// This many items of baggage came from another server, could not be read or passed a bound. The context
    /// itself was taken.
    Baggage(usize),
    /// A debug id came from somebody else than our own processes.
    DebugId,
    /// A listed homeserver has spent its budget of sampled contexts. The context itself was taken.
    OverBudget,
}

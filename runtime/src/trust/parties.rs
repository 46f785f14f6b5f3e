//! The other side of a message: `Destination` and `Origin`.

/// The destination of an outgoing message, which decides what the message may reveal about our traces.
///
/// There is no default: every call that sends a message must choose one, so a search for this name finds
/// every choice.
///
/// | for | span context | flags | baggage | trace-id response header |
/// |---|---|---|---|---|
/// | a listed homeserver | yes | only "sampled" | no | no |
/// | any other homeserver | no | | no | no |
/// | `Internal` | yes | all | yes | yes |
/// | `Client` | no | | no | if configured |
/// | `ThirdParty` | no | | no | no |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination<'a> {
    /// Another homeserver, by the server name that the message is addressed to.
    ///
    /// That is the name in the room, the user id or the request's `destination`, not the host that the
    /// connection is made to after delegation or through a proxy.
    Homeserver(&'a str),
    /// Another process of our own deployment, such as a worker. It sees everything.
    Internal,
    /// A user's client.
    Client,
    /// All others: application services, push gateways, identity servers, URL previews.
    ThirdParty,
}

/// Who sent an incoming message, and therefore which of its trace data we trust.
///
/// There is no default: every call that reads a message must choose one.
///
/// | from | span context | flags | baggage | `jaeger-debug-id` |
/// |---|---|---|---|---|
/// | a listed homeserver | yes | only "sampled", within a budget | no | no |
/// | any other homeserver | no | | no | no |
/// | `Internal` | yes | all | yes | yes |
/// | `Unauthenticated` | no | | no | no |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin<'a> {
    /// Another homeserver, by the server name that it has **proved**, in Matrix by the signature in the
    /// `X-Matrix` authorization header.
    ///
    /// Never pass a name that the message merely claims. The signature proves the sender of the request; it
    /// does not cover the trace headers.
    AuthenticatedHomeserver(&'a str),
    /// Another process of our own deployment, such as a worker, on a connection that is closed to everyone
    /// else.
    Internal,
    /// Clients, and every request that is not authenticated. Their trace data is ignored.
    Unauthenticated,
}

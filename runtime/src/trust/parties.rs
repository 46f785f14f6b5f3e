//! The other side of a message.

/// Whom an outgoing message is for, and therefore what it may say about our traces.
///
/// There is no default: every place that sends has to choose, so that the choices can be found by searching for
/// the name.
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
    /// Another homeserver, by the server name that the message is meant for.
    ///
    /// That is the name in the room, the user id or the request's `destination`, not the host that is dialled
    /// after delegation or through a proxy.
    Homeserver(&'a str),
    /// Another process of our own deployment, such as a worker. It sees everything.
    Internal,
    /// A user's client.
    Client,
    /// Everybody else: application services, push gateways, identity servers, URL previews.
    ThirdParty,
}

/// Who sent an incoming message, and therefore which of its trace data we trust.
///
/// There is no default: every place that receives has to choose.
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
    /// Never pass a name that the message merely claims. The signature proves who sent the request; it does not
    /// cover the trace headers.
    AuthenticatedHomeserver(&'a str),
    /// Another process of our own deployment, such as a worker, on a connection that nobody else can use.
    Internal,
    /// Anybody: clients, and every request that is not authenticated. Nothing is taken from them.
    Unauthenticated,
}

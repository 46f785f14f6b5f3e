//! Who gets an outgoing request.

use crate::trust::parties::Destination;

/// Who gets an outgoing request: a [`Destination`](crate::Destination) that is stored with it, in the extensions of the request.
///
/// ```
/// use fedtrace::tower::Recipient;
///
/// let mut request = http::Request::get("https://federation.matrix.org:8448/_matrix/key/v2/server").body(())?;
/// // The name that the request is addressed to, not the host that it is sent to:
/// request.extensions_mut().insert(Recipient::Homeserver("matrix.org".to_owned()));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// Another homeserver, by its name.
    Homeserver(String),
    /// Another process of our own deployment.
    Internal,
    /// All others.
    ThirdParty,
}

impl Recipient {
    pub(crate) fn destination(&self) -> Destination<'_> {
        match self {
            Self::Homeserver(name) => Destination::Homeserver(name),
            Self::Internal => Destination::Internal,
            Self::ThirdParty => Destination::ThirdParty,
        }
    }
}

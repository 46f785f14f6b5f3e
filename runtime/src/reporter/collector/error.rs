//! Errors in the settings of a reporter to a collector.

use std::fmt;

/// The error of a setting of an [`HttpReporter`](crate::reporter::HttpReporter). Its text does not repeat the
/// setting, which may be secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpReporterError {
    /// The endpoint is not an HTTP URL with a host.
    Endpoint,
    /// The endpoint contains a user or a password.
    CredentialsInEndpoint,
    /// The endpoint begins with `https`, and the feature `tls` is off.
    NoTls,
    /// The user, the password or the token contains characters that are not allowed in a header.
    Credentials,
    /// Compression was requested for Thrift, which does not support it.
    Compression,
    /// The certificates that were given contain no certificate.
    Certificates,
}

impl fmt::Display for HttpReporterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Endpoint => {
                "is not the URL of a collector; write one such as http://localhost:14268/api/traces"
            }
            Self::CredentialsInEndpoint => {
                "contains a user or a password; leave them out, and set them separately"
            }
            Self::NoTls => "needs the feature `tls` of fedtrace; build with it, or write an http URL",
            Self::Credentials => {
                "cannot be sent in a header; leave out line breaks and the like, and a colon in the user"
            }
            Self::Compression => {
                "is for OTLP only, since Jaeger 1 does not read compressed Thrift; leave it out, or send OTLP"
            }
            Self::Certificates => "contains no certificate; give at least one, in PEM",
        })
    }
}

impl std::error::Error for HttpReporterError {}

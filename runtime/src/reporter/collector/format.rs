//! What a request has in it, and what the answer means.

use http::uri::PathAndQuery;
use http::{HeaderValue, StatusCode};

use crate::reporter::encoding::splitter::Splitter;
use crate::reporter::encoding::thrift::binary::Binary;
use crate::reporter::encoding::thrift::packet::{Envelope, PacketSplitter};

/// How spans are written for a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Jaeger's own.
    Thrift,
    /// OpenTelemetry's, in protobuf.
    #[cfg(feature = "otlp")]
    Otlp,
}

/// Spans that a collector did not take out of a request that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) spans: u64,
    pub(crate) reason: String,
}

impl Format {
    pub(crate) fn splitter(self, max_size: usize) -> Box<dyn Splitter> {
        match self {
            Self::Thrift => Box::new(PacketSplitter::<Binary>::new(Envelope::Bare, max_size)),
            #[cfg(feature = "otlp")]
            Self::Otlp => Box::new(crate::reporter::encoding::otlp::request::RequestSplitter::new(
                max_size,
            )),
        }
    }

    /// What messages call the receiver.
    pub(crate) fn receiver(self) -> &'static str {
        match self {
            Self::Thrift => "the Jaeger collector",
            #[cfg(feature = "otlp")]
            Self::Otlp => "the OTLP collector",
        }
    }

    /// The path for a URL that ends with the host.
    pub(crate) fn default_path(self) -> PathAndQuery {
        PathAndQuery::from_static(match self {
            Self::Thrift => "/api/traces?format=jaeger.thrift",
            #[cfg(feature = "otlp")]
            Self::Otlp => "/v1/traces",
        })
    }

    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            // What all clients of Jaeger call it.
            Self::Thrift => "application/x-thrift",
            #[cfg(feature = "otlp")]
            Self::Otlp => "application/x-protobuf",
        })
    }

    /// Whether a request that is answered with this status may be taken if it is sent again.
    pub(crate) fn is_retryable(self, status: StatusCode) -> bool {
        match self {
            Self::Thrift => status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED,
            // The protocol names them.
            #[cfg(feature = "otlp")]
            Self::Otlp => [429, 502, 503, 504].contains(&status.as_u16()),
        }
    }

    /// Whether an answer with this status may say when to come back.
    pub(crate) fn may_ask_to_wait(self, status: StatusCode) -> bool {
        self.is_retryable(status)
            && [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status)
    }

    /// What the answer to a request that was taken says about its spans.
    #[cfg_attr(not(feature = "otlp"), expect(unused_variables))]
    pub(crate) fn rejection(self, answer: &[u8]) -> Option<Rejection> {
        match self {
            Self::Thrift => None,
            #[cfg(feature = "otlp")]
            Self::Otlp => {
                let (spans, reason) = crate::reporter::encoding::otlp::request::rejection(answer)?;
                Some(Rejection { spans, reason })
            }
        }
    }
}

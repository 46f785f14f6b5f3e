//! The formats of requests to a collector, and the meaning of its answers.

use http::uri::PathAndQuery;
use http::{HeaderValue, StatusCode};

use crate::reporter::encoding::splitter::Splitter;
use crate::reporter::encoding::thrift::binary::Binary;
use crate::reporter::encoding::thrift::packet::{Envelope, PacketSplitter};

/// The encoding of spans for a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Jaeger's Thrift.
    Thrift,
    /// OpenTelemetry's OTLP, in protobuf.
    #[cfg(feature = "otlp")]
    Otlp,
}

/// Spans that a collector rejected out of a request that it accepted.
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

    /// The name of the receiver in messages.
    pub(crate) fn receiver(self) -> &'static str {
        match self {
            Self::Thrift => "the Jaeger collector",
            #[cfg(feature = "otlp")]
            Self::Otlp => "the OTLP collector",
        }
    }

    /// The path for a URL that has none.
    pub(crate) fn default_path(self) -> PathAndQuery {
        PathAndQuery::from_static(match self {
            Self::Thrift => "/api/traces?format=jaeger.thrift",
            #[cfg(feature = "otlp")]
            Self::Otlp => "/v1/traces",
        })
    }

    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            // The content type of all Jaeger clients.
            Self::Thrift => "application/x-thrift",
            #[cfg(feature = "otlp")]
            Self::Otlp => "application/x-protobuf",
        })
    }

    /// Whether a request that was answered with this status may succeed if it is sent again.
    pub(crate) fn is_retryable(self, status: StatusCode) -> bool {
        match self {
            Self::Thrift => {
                status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
                    || [408, 429].contains(&status.as_u16())
            }
            // The protocol names these.
            #[cfg(feature = "otlp")]
            Self::Otlp => [429, 502, 503, 504].contains(&status.as_u16()),
        }
    }

    /// Whether an answer with this status may say how long to wait.
    pub(crate) fn may_ask_to_wait(self, status: StatusCode) -> bool {
        self.is_retryable(status) && [408, 429, 503].contains(&status.as_u16())
    }

    /// The spans that the answer to an accepted request rejects.
    #[cfg_attr(not(feature = "otlp"), expect(unused_variables))]
    pub(crate) fn rejection(self, answer: &[u8]) -> Option<Rejection> {
        match self {
            Self::Thrift => None,
            #[cfg(feature = "otlp")]
            Self::Otlp => {
                let (spans, reason) = crate::reporter::encoding::otlp::answer::rejection(answer)?;
                Some(Rejection { spans, reason })
            }
        }
    }
}

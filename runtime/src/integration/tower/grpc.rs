//! The status of a call of gRPC.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName};

use super::few_headers::find;
use super::settings::Side;
use crate::model::tag::tags;
use crate::span::handle::Span;

static GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

const OK: u16 = 0;
const UNKNOWN: u16 = 2;
const DEADLINE_EXCEEDED: u16 = 4;
const UNIMPLEMENTED: u16 = 12;
const INTERNAL: u16 = 13;
const UNAVAILABLE: u16 = 14;
const DATA_LOSS: u16 = 15;
const UNAUTHENTICATED: u16 = 16;

/// Says the status, if there is one: it is in the trailers, or in the head if there is no message. Returns whether there is.
pub(super) fn say_status(span: &Span, headers: &HeaderMap, side: Side) -> bool {
    let Some(status) = find(headers, &GRPC_STATUS) else {
        return false;
    };
    // What cannot be read is unknown, as it is for clients of gRPC.
    let code = status.to_str().ok().and_then(|code| code.parse().ok());
    say_code(span, code.unwrap_or(UNKNOWN), side);
    true
}

/// Says that the answer has ended without its status, which is unknown to clients of gRPC then.
pub(super) fn say_missing_status(span: &Span, side: Side) {
    say_code(span, UNKNOWN, side);
}

fn say_code(span: &Span, code: u16, side: Side) {
    span.set_tag("rpc.grpc.status_code", code);
    if is_failure(code, side) {
        span.set_tag(tags::ERROR, true);
    }
}

/// Whether an answer has to bring a status. That of gRPC-Web has it in its body.
pub(super) fn has_status(headers: &HeaderMap) -> bool {
    let kind = find(headers, &CONTENT_TYPE).map(|kind| kind.as_bytes());
    let rest = kind.and_then(|kind| kind.strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
}

/// As OpenTelemetry's conventions have it: to a client, all but `OK` are failures; of a server, those which it is to blame for.
fn is_failure(code: u16, side: Side) -> bool {
    match (side, code) {
        (_, OK) => false,
        (Side::Client, _) => true,
        (
            Side::Server | Side::Federation,
            UNKNOWN | DEADLINE_EXCEEDED | UNIMPLEMENTED | INTERNAL | UNAVAILABLE | DATA_LOSS,
        ) => true,
        (Side::Server | Side::Federation, code) => code > UNAUTHENTICATED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_grpc_are_known_by_their_type_and_those_of_grpc_web_are_none() {
        let is_call = |kind: &'static str| {
            has_status(&HeaderMap::from_iter([(
                CONTENT_TYPE,
                http::HeaderValue::from_static(kind),
            )]))
        };
        for kind in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;charset=utf-8",
        ] {
            assert!(is_call(kind), "{kind}");
        }
        for kind in [
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/json",
            "",
        ] {
            assert!(!is_call(kind), "{kind}");
        }
        assert!(!has_status(&HeaderMap::new()));
    }

    #[test]
    fn a_server_is_to_blame_for_some_codes_and_for_a_client_all_but_ok_are_failures() {
        let failures = |side| {
            (0..=18)
                .filter(|code| is_failure(*code, side))
                .collect::<Vec<u16>>()
        };
        assert_eq!(failures(Side::Server), [2, 4, 12, 13, 14, 15, 17, 18]);
        assert_eq!(failures(Side::Client), (1..=18).collect::<Vec<_>>());
    }
}

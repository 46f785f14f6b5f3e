//! Whether a span failed, in OpenTelemetry's terms.

use super::attributes::Attributes;
use super::span_kind::SpanKind;
use crate::delivery::tag_view::ValueView;
use crate::model::tag::tags;

const STATUS_CODE: &str = "otel.status_code";
const STATUS_DESCRIPTION: &str = "otel.status_description";
const HTTP_STATUS_MESSAGE: &str = "http.status_message";

/// Its numbers are those of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StatusCode {
    Ok = 1,
    Error = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status<'a> {
    pub(super) code: StatusCode,
    pub(super) message: &'a str,
}

/// Makes a status of the tags `error`, else `otel.status_code`, else `http.status_code`. The tags that were
/// used are removed, but not `http.status_code`.
pub(super) fn take_status<'a>(attributes: &mut Attributes<'a>, kind: Option<SpanKind>) -> Option<Status<'a>> {
    let (code, message) = if attributes.get(tags::ERROR) == Some(ValueView::Bool(true)) {
        attributes.remove(tags::ERROR);
        attributes.remove(STATUS_CODE);
        let message = attributes.remove_text(STATUS_DESCRIPTION);
        let message = message.or_else(|| attributes.text(HTTP_STATUS_MESSAGE));
        (StatusCode::Error, message)
    } else if let Some(code) = attributes.text(STATUS_CODE).and_then(status_code) {
        attributes.remove(STATUS_CODE);
        (code, attributes.remove_text(STATUS_DESCRIPTION))
    } else if attributes.get(STATUS_CODE).is_none() && is_http_failure(attributes, kind) {
        (StatusCode::Error, attributes.text(HTTP_STATUS_MESSAGE))
    } else {
        return None;
    };
    let message = message.unwrap_or_default();
    Some(Status { code, message })
}

fn status_code(text: &str) -> Option<StatusCode> {
    match text {
        _ if text.eq_ignore_ascii_case("OK") => Some(StatusCode::Ok),
        _ if text.eq_ignore_ascii_case("ERROR") => Some(StatusCode::Error),
        _ => None,
    }
}

fn is_http_failure(attributes: &Attributes<'_>, kind: Option<SpanKind>) -> bool {
    let status: i64 = match attributes.get(tags::HTTP_STATUS_CODE) {
        Some(ValueView::Long(status)) => status,
        Some(ValueView::String(text)) => match text.parse() {
            Ok(status) => status,
            Err(_) => return false,
        },
        _ => return false,
    };
    match status {
        // An error of the client is not a failure of a server.
        400..=499 => kind != Some(SpanKind::Server),
        // Jaeger uses these bounds.
        100..=398 => false,
        _ => true,
    }
}

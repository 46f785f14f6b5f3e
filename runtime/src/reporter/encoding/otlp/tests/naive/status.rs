//! The status.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use super::attributes::Attributes;
use crate::model::tag::tags;

const STATUS_CODE: &str = "otel.status_code";
const STATUS_DESCRIPTION: &str = "otel.status_description";
const HTTP_STATUS_MESSAGE: &str = "http.status_message";

/// Makes a status of the tags `error`, else `otel.status_code`, else `http.status_code`. The tags that were
/// used are removed, but not `http.status_code`.
pub(super) fn take_status(attributes: &mut Attributes, kind: SpanKind) -> Option<Status> {
    let http_message = |attributes: &Attributes| attributes.text(HTTP_STATUS_MESSAGE).map(str::to_owned);
    let (code, message) = if attributes.get(tags::ERROR) == Some(&Value::BoolValue(true)) {
        attributes.remove(tags::ERROR);
        attributes.remove(STATUS_CODE);
        let message = attributes.remove_text(STATUS_DESCRIPTION);
        (StatusCode::Error, message.or_else(|| http_message(attributes)))
    } else if let Some(code) = attributes.text(STATUS_CODE).and_then(status_code) {
        attributes.remove(STATUS_CODE);
        (code, attributes.remove_text(STATUS_DESCRIPTION))
    } else if attributes.get(STATUS_CODE).is_none() && is_http_failure(attributes, kind) {
        (StatusCode::Error, http_message(attributes))
    } else {
        return None;
    };
    Some(Status {
        code: code.into(),
        message: message.unwrap_or_default(),
    })
}

fn status_code(text: &str) -> Option<StatusCode> {
    match text.to_ascii_uppercase().as_str() {
        "OK" => Some(StatusCode::Ok),
        "ERROR" => Some(StatusCode::Error),
        _ => None,
    }
}

fn is_http_failure(attributes: &Attributes, kind: SpanKind) -> bool {
    let status: i64 = match attributes.get(tags::HTTP_STATUS_CODE) {
        Some(Value::IntValue(status)) => *status,
        Some(Value::StringValue(text)) => match text.parse() {
            Ok(status) => status,
            Err(_) => return false,
        },
        _ => return false,
    };
    match status {
        // An error of the client is not a failure of a server.
        400..=499 => kind != SpanKind::Server,
        // Jaeger uses these bounds.
        100..=398 => false,
        _ => true,
    }
}

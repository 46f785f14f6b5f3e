//! Ids of requests, for the lines of logs.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, Method};

use super::few_headers::find;
use crate::model::value::Value;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// `Relaxed` is enough: each `fetch_add` returns another number, and nothing is read because of it.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// An id that a client gives is not longer than this, in bytes.
const LONGEST: usize = 64;

/// Appends the id that the request brings, or a new one as Synapse makes them: `GET-17`. Returns its length.
pub(super) fn push_request_id(method: &Method, headers: &HeaderMap, text: &mut String) -> usize {
    let start = text.len();
    let given = find(headers, &X_REQUEST_ID);
    let given = given.and_then(|id| id.to_str().ok()).map(str::trim);
    match given.filter(|id| !id.is_empty() && id.len() <= LONGEST) {
        Some(id) => text.push_str(id),
        None => {
            text.push_str(method_name(method));
            text.push('-');
            push_number(text, NEXT.fetch_add(1, Ordering::Relaxed));
        }
    }
    text.len() - start
}

/// Not by `write!`, which takes several times as long.
fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// The method, or `OTHER` for what a client has invented.
pub(super) fn method_name(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE",
    ];
    let method = method.as_str();
    KNOWN
        .iter()
        .find(|known| **known == method)
        .copied()
        .unwrap_or("OTHER")
}

/// The method as a tag: a known one is not copied.
pub(super) fn method_value(method: &Method) -> Value<'_> {
    match method_name(method) {
        "OTHER" => Value::Text(method.as_str()),
        known => Value::Static(known),
    }
}

#[cfg(test)]
mod tests {
    use http::request::Parts;

    use super::*;

    fn parts(id: Option<&str>) -> Parts {
        let mut request = http::Request::get("/");
        if let Some(id) = id {
            request = request.header("x-request-id", id);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn request_id(request: &Parts) -> String {
        let mut text = String::new();
        assert_eq!(
            push_request_id(&request.method, &request.headers, &mut text),
            text.len()
        );
        text
    }

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 9, 10, 1_023, u64::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }

    #[test]
    fn an_id_is_the_given_one_if_it_is_short_text_and_else_a_new_one() {
        assert_eq!(request_id(&parts(Some("abc"))), "abc");
        for unusable in [None, Some(""), Some(&*"a".repeat(65))] {
            assert!(request_id(&parts(unusable)).starts_with("GET-"), "{unusable:?}");
        }
        assert_ne!(request_id(&parts(None)), request_id(&parts(None)));
    }

    #[test]
    fn invented_methods_have_one_name() {
        let request = http::Request::builder().method("FROBNICATE").body(());
        assert_eq!(method_name(request.unwrap().method()), "OTHER");
    }
}

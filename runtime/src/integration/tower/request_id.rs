//! Ids of requests, for the lines of logs.

use std::sync::atomic::{AtomicU64, Ordering};

use http::request::Parts;

use crate::model::tag::TagValue;

/// `Relaxed` is enough: each `fetch_add` returns another number, and nothing is read because of it.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// An id that a client gives is not longer than this, in bytes.
const LONGEST: usize = 64;

/// The id that the request brings, or a new one as Synapse makes them: `GET-17`.
pub(super) fn request_id(request: &Parts) -> String {
    let given = request.headers.get("x-request-id");
    let given = given.and_then(|id| id.to_str().ok()).map(str::trim);
    match given.filter(|id| !id.is_empty() && id.len() <= LONGEST) {
        Some(id) => id.to_owned(),
        None => {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            [method_name(request), &number.to_string()].join("-")
        }
    }
}

/// The method, or `OTHER` for what a client has invented.
pub(super) fn method_name(request: &Parts) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE",
    ];
    let method = request.method.as_str();
    KNOWN
        .iter()
        .find(|known| **known == method)
        .copied()
        .unwrap_or("OTHER")
}

/// The method as a tag: a known one is not copied.
pub(super) fn method_tag(request: &Parts) -> TagValue {
    match method_name(request) {
        "OTHER" => request.method.as_str().into(),
        known => TagValue::from_static(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(id: Option<&str>) -> Parts {
        let mut request = http::Request::get("/");
        if let Some(id) = id {
            request = request.header("x-request-id", id);
        }
        request.body(()).unwrap().into_parts().0
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
        let request = http::Request::builder().method("FROBNICATE").body(()).unwrap();
        assert_eq!(method_name(&request.into_parts().0), "OTHER");
    }
}

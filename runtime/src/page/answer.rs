//! The answers of the page.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};

/// The page loads from its own address only, nobody embeds it, and no address of it leaves by a link.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
];

pub(super) struct Answer {
    status: StatusCode,
    kind: &'static str,
    body: Bytes,
}

impl Answer {
    pub(super) fn html(page: String) -> Self {
        Self::ok("text/html; charset=utf-8", page.into())
    }

    pub(super) fn json(text: String) -> Self {
        Self::ok("application/json", text.into())
    }

    pub(super) fn asset(kind: &'static str, text: &'static str) -> Self {
        Self::ok(kind, Bytes::from_static(text.as_bytes()))
    }

    fn ok(kind: &'static str, body: Bytes) -> Self {
        let status = StatusCode::OK;
        Self { status, kind, body }
    }

    pub(super) fn not_found(why: &'static str) -> Self {
        Self::refused(StatusCode::NOT_FOUND, why)
    }

    pub(super) fn refused(status: StatusCode, why: &'static str) -> Self {
        Self {
            status,
            kind: "text/plain; charset=utf-8",
            body: Bytes::from_static(why.as_bytes()),
        }
    }

    pub(super) fn into_response(self) -> Response<PageBody> {
        let mut response = Response::new(PageBody(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// The body of an answer of the page, which is whole.
#[derive(Debug, Clone, Default)]
pub struct PageBody(Bytes);

impl PageBody {
    pub(super) fn clear(&mut self) {
        self.0 = Bytes::new();
    }
}

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

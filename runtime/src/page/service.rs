//! The page as a service of tower.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Method, Request, Response, StatusCode, header};
use tower_service::Service;

use super::answer::{Answer, PageBody};
use super::guard::Guard;
use super::operation_name::OperationName;
use super::overview::Rows;
use super::query::{Query, View};
use super::shared_traces::SharedTraces;
use super::{overview, trace_page, traces_json};
use crate::model::id::TraceId;
use crate::reporter::html::assets::{BASE_CSS, VIEW_CSS, VIEW_JS};
use crate::util::panic::catch_panic;

/// The page of [`Traces`](super::Traces) as a service, for [`nest_service`](https://docs.rs/axum/latest/axum/struct.Router.html#method.nest_service)
/// of axum, or for hyper as it is.
///
/// It answers `GET` and `HEAD`, at one path; the rest is in the query: `?trace=ID` is a trace, `?live` the spans that are open,
/// `?operation=NAME&service=NAME` what is kept of an operation, and `?all` the first page with all rows of its lists. Each of them, and
/// the first page, is JSON with `format=json`; traces and open spans are in the format of Jaeger's UI. What the page does not know is
/// answered with status 400 and the reason. It sets no cookies, its pages load nothing from elsewhere, and sites of others can
/// neither read nor embed them.
#[derive(Clone)]
#[must_use = "a service does nothing until it is called"]
pub struct TracesService {
    traces: Arc<SharedTraces>,
    guard: Guard,
}

impl TracesService {
    pub(super) fn new(traces: Arc<SharedTraces>, guard: Guard) -> Self {
        Self { traces, guard }
    }

    /// Answers requests from this machine only: those whose connection comes from a loopback address, and that name this server
    /// `localhost`, `127.0.0.1` or `[::1]`.
    ///
    /// A proxy on this machine makes strangers look as if they were on it. Requests with a header that proxies add, such as
    /// `X-Forwarded-For`, and those of HTTP/1.0 are refused, but a proxy may leave no such trace. So if one passes requests on to
    /// the listener of the page, let it not pass on those of the page, or use [`guard`](Self::guard). Best, the page has a listener
    /// of its own.
    ///
    /// The server must put the address of the client into the extensions of the request, as a `SocketAddr` or, with the
    /// feature `axum`, as axum's `ConnectInfo`; else nobody gets an answer.
    pub fn loopback_only(mut self) -> Self {
        self.guard = Guard::Loopback;
        self
    }

    /// Answers requests for which this is true, such as those with the session of an administrator.
    ///
    /// The closure alone decides. A page of another site in the same browser cannot read what is answered.
    ///
    /// ```
    /// # fn is_admin(_: Option<&http::HeaderValue>) -> bool { true }
    /// # let traces = fedtrace::page::Traces::new();
    /// let service = traces.service().guard(|request| is_admin(request.headers.get("authorization")));
    /// ```
    pub fn guard(mut self, admits: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.guard = Guard::Closure(Arc::new(admits));
        self
    }

    fn answer(&self, request: &Parts) -> Answer {
        // The guard is user code. A panic in it admits nobody.
        let refusal = catch_panic(|| self.guard.refusal(request));
        if let Some(refusal) = refusal.unwrap_or(Some("The guard of this page panicked.")) {
            return Answer::refused(StatusCode::FORBIDDEN, refusal);
        }
        if is_of_another_site(request) {
            return Answer::refused(StatusCode::FORBIDDEN, "Another site may not read this page.");
        }
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return Answer::refused(StatusCode::METHOD_NOT_ALLOWED, "This page can only be read.");
        }
        if !matches!(request.uri.path(), "" | "/") {
            return Answer::not_found(
                "There is nothing here. The page has one path; all else is in the query.",
            );
        }
        match Query::of(request.uri.query().unwrap_or_default()) {
            Ok(query) => self.view(query),
            Err(why) => Answer::refused(StatusCode::BAD_REQUEST, why),
        }
    }

    fn view(&self, Query { view, is_json }: Query) -> Answer {
        let traces = &self.traces;
        match view {
            View::Overview | View::All if is_json => Answer::json(traces_json::list(traces)),
            View::Overview => Answer::html(overview::page(traces, Rows::Few)),
            View::All => Answer::html(overview::page(traces, Rows::All)),
            View::Live if is_json => Answer::json(traces_json::live(traces)),
            View::Live => Answer::html(overview::live_page(traces)),
            View::Operation(which) => self.operation(&which, is_json),
            View::Trace(id) => self.trace(id, is_json),
            View::Script => Answer::asset("text/javascript; charset=utf-8", VIEW_JS),
            View::Style => Answer::asset("text/css; charset=utf-8", VIEW_CSS),
            View::BaseStyle => Answer::asset("text/css; charset=utf-8", BASE_CSS),
            View::OverviewStyle => Answer::asset("text/css; charset=utf-8", overview::STYLE),
            View::NoFile => Answer::not_found("There is no such file."),
        }
    }

    fn operation(&self, which: &OperationName, is_json: bool) -> Answer {
        let answer = match is_json {
            true => traces_json::operation(&self.traces, which).map(Answer::json),
            false => overview::operation_page(&self.traces, which).map(Answer::html),
        };
        answer.unwrap_or_else(|| {
            Answer::not_found(
                "No such operation is kept. One that was not seen for long makes room for others.",
            )
        })
    }

    fn trace(&self, id: TraceId, is_json: bool) -> Answer {
        let answer = match is_json {
            true => trace_page::json(&self.traces, id).map(Answer::json),
            false => trace_page::html(&self.traces, id).map(Answer::html),
        };
        answer.unwrap_or_else(|| {
            Answer::not_found("There is no such trace. One that nothing lists any more is forgotten.")
        })
    }
}

/// Whether a browser says that another site wants to read the page. To follow a link is no reading.
fn is_of_another_site(request: &Parts) -> bool {
    let value = |name: &str| request.headers.get(name).map(|value| value.as_bytes());
    let is_own = matches!(value("sec-fetch-site"), None | Some(b"same-origin" | b"none"));
    let is_followed =
        value("sec-fetch-mode") == Some(b"navigate") && value("sec-fetch-dest") == Some(b"document");
    !(is_own || is_followed)
}

impl fmt::Debug for TracesService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracesService")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for TracesService {
    type Response = Response<PageBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<PageBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        let mut response = self.answer(&parts).into_response();
        if parts.method == Method::HEAD {
            response.body_mut().clear();
        }
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = http::HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        ready(Ok(response))
    }
}

//! The route of a request, as far as a router has found it.

use std::borrow::Cow;

use http::{Extensions, Method, Uri};

use super::request_id::method_name;
#[cfg(feature = "axum")]
use super::route_names;
use super::shown_url::Template;

/// The name of requests that no route takes, and of those of servers without routes.
const UNKNOWN_ROUTE: &str = "unknown route";

/// The route that axum has found.
pub(super) fn route(extensions: &Extensions) -> Option<&str> {
    #[cfg(feature = "axum")]
    if let Some(path) = extensions.get::<axum::extract::MatchedPath>() {
        return Some(path.as_str());
    }
    let _ = extensions;
    None
}

/// The URI before a router that is nested in another one has taken its prefix away.
pub(super) fn full_uri<'a>(uri: &'a Uri, extensions: &'a Extensions) -> &'a Uri {
    #[cfg(feature = "axum")]
    if let Some(original) = extensions.get::<axum::extract::OriginalUri>() {
        return &original.0;
    }
    let _ = extensions;
    uri
}

/// The method and the route: names with ids in them could not be compared or sampled. Also the route itself.
pub(super) fn route_name<'a>(
    method: &Method,
    route: Option<&'a str>,
) -> (Cow<'static, str>, Option<Template<'a>>) {
    let Some(route) = route else {
        return (UNKNOWN_ROUTE.into(), None);
    };
    let method = method_name(method);
    #[cfg(feature = "axum")]
    if let Some(known) = route_names::name_of(method, route) {
        return (known.name.into(), Some(known.template));
    }
    // Not by `format!`, which takes several times as long.
    ([method, route].join(" ").into(), Some(Template::new(route)))
}

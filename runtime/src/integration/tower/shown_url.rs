//! URLs as spans show them: without the values of secrets.

use std::borrow::Cow;

use http::Uri;

use crate::util::plain_url::{is_plain_path, is_plain_query};
use crate::util::secret_names::may_be_secret;
use crate::util::secret_query::{is_hidden, push_pair};
use crate::util::text::REDACTED;

/// A route, whose parameters have names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template<'a> {
    path: &'a str,
    /// Whether one of its parameters may be a secret without any further names.
    may_have_secret: bool,
}

impl<'a> Template<'a> {
    pub(super) fn new(path: &'a str) -> Self {
        Self {
            path,
            may_have_secret: may_be_secret(path),
        }
    }

    fn has_secret(self, secrets: &[String]) -> bool {
        if secrets.is_empty() && !self.may_have_secret {
            return false;
        }
        let mut names = self.path.split('/');
        names.any(|name| parameter(Some(name)).is_some_and(|name| is_hidden(name, secrets)))
    }
}

/// The path and the query, in which the values of names of secrets are redacted. `template` is the route. What is beyond `limit`
/// bytes is not looked at.
pub(super) fn shown_url<'a>(
    uri: &'a Uri,
    template: Option<Template<'_>>,
    secrets: &[String],
    limit: usize,
) -> Cow<'a, str> {
    let query_length = uri.query().map_or(0, |query| query.len() + 1);
    let length = uri.path().len() + query_length;
    if let Some(plain) = plain_url(uri, template).filter(|plain| {
        // No further names have to be looked for, and nothing stands for an empty path.
        secrets.is_empty() && length <= limit && plain.len() == length
    }) {
        return Cow::Borrowed(plain);
    }
    let mut shown = String::with_capacity(length.min(limit));
    push_path(&mut shown, uri.path(), template, secrets, limit);
    let pairs = uri.query().into_iter().flat_map(|query| query.split(['&', ';']));
    for (index, pair) in pairs.enumerate() {
        if shown.len() > limit {
            break;
        }
        shown.push(if index == 0 { '?' } else { '&' });
        push_pair(&mut shown, pair, secrets);
    }
    Cow::Owned(shown)
}

/// The path and the query as they are, if one look says that they have no secrets. Most are done with here.
fn plain_url<'a>(uri: &'a Uri, template: Option<Template<'_>>) -> Option<&'a str> {
    let is_plain = is_plain_path(uri.path())
        && uri.query().is_none_or(is_plain_query)
        && !template.is_some_and(|template| template.has_secret(&[]));
    let whole = uri.path_and_query().filter(|_| is_plain)?;
    Some(whole.as_str())
}

fn push_path(
    shown: &mut String,
    path: &str,
    template: Option<Template<'_>>,
    secrets: &[String],
    limit: usize,
) {
    let has_secret = template.is_some_and(|template| template.has_secret(secrets));
    if !has_secret && path.len() <= limit && is_plain_path(path) {
        return shown.push_str(path);
    }
    let mut names = template.map_or("", |template| template.path).split('/');
    for (index, segment) in path.split('/').enumerate() {
        if shown.len() > limit {
            return;
        }
        if index > 0 {
            shown.push('/');
        }
        let name = parameter(names.next());
        match name.filter(|name| is_hidden(name, secrets)) {
            // It stands for all that follows.
            Some(name) if name.starts_with('*') => return shown.push_str(REDACTED),
            Some(_) => shown.push_str(REDACTED),
            None => push_pair(shown, segment, secrets),
        }
    }
}

/// The whole URL, likewise, without the user information before the host.
pub(super) fn shown_full_url(uri: &Uri, secrets: &[String], limit: usize) -> String {
    let shown = shown_url(uri, None, secrets, limit);
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => {
            let host = authority.as_str().rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{shown}")
        }
        _ => shown.into_owned(),
    }
}

/// The path as Synapse shows it of requests to other homeservers, without the query, which often has the id of a user. A segment
/// that is one is redacted.
pub(super) fn shown_path(uri: &Uri, secrets: &[String], limit: usize) -> String {
    let mut shown = String::new();
    for (index, segment) in uri.path().split('/').enumerate() {
        if shown.len() > limit {
            break;
        }
        if index > 0 {
            shown.push('/');
        }
        match is_user_id(segment) {
            true => shown.push_str(REDACTED),
            false => push_pair(&mut shown, segment, secrets),
        }
    }
    shown
}

fn is_user_id(segment: &str) -> bool {
    segment.starts_with('@') || segment.starts_with("%40")
}

/// The name of the parameter that a segment of a route stands for.
fn parameter(segment: Option<&str>) -> Option<&str> {
    segment?.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(uri: &str, template: Option<&str>) -> String {
        let template = template.map(Template::new);
        shown_url(&uri.parse().unwrap(), template, &["email".to_owned()], 1024).into_owned()
    }

    #[test]
    fn values_of_secrets_are_redacted_also_behind_percent_encoding() {
        for (uri, expected) in [
            ("/sync?since=s1&timeout=3", "/sync?since=s1&timeout=3"),
            (
                "/sync?access_token=syt_abc&since=s1",
                "/sync?access_token=<redacted>&since=s1",
            ),
            (
                "/sync?since=s1&access%5Ftoken=syt_abc",
                "/sync?since=s1&access%5Ftoken=<redacted>",
            ),
            ("/sync?%61ccess_token=syt_abc", "/sync?%61ccess_token=<redacted>"),
            ("/sync?accessToken=syt_abc=", "/sync?accessToken=<redacted>"),
            ("/3pid?user_email=a@b", "/3pid?user_email=<redacted>"),
            ("/a?%zz=1&%=2&=3", "/a?%zz=1&%=2&=3"),
            ("/", "/"),
        ] {
            assert_eq!(shown(uri, None), expected, "{uri}");
        }
    }

    #[test]
    fn secrets_in_a_url_inside_of_a_segment_of_the_path_are_redacted() {
        for (uri, expected) in [
            (
                "/sso/https%3A%2F%2Fx%2F%3FloginToken%3Dsyt_abc/end",
                "/sso/<redacted>/end",
            ),
            ("/sso/https%3A%2F%2Fuser:pass%40x%2F", "/sso/<redacted>"),
            (
                "/rooms/%21a%3Ab.example/!c:d.example",
                "/rooms/%21a%3Ab.example/!c:d.example",
            ),
        ] {
            assert_eq!(shown(uri, None), expected, "{uri}");
        }
    }

    fn after_a_long_look(uri: &Uri) -> String {
        let shown = |part: &str| {
            let mut shown = String::new();
            push_pair(&mut shown, part, &[]);
            shown
        };
        let path: Vec<_> = uri.path().split('/').map(shown).collect();
        let query = uri
            .query()
            .map(|query| query.split(['&', ';']).map(shown).collect::<Vec<_>>());
        match query {
            Some(query) => format!("{}?{}", path.join("/"), query.join("&")),
            None => path.join("/"),
        }
    }

    proptest! {
        #[test]
        fn a_url_that_is_plain_at_one_look_is_one_after_a_long_look(
            parts in proptest::collection::vec(
                "(/|[?]|&|;|=|:|@|\\\"|%22|://|%21|%2f|%3D|%25|%40|%74|%3a|%|%zz|%%33D|[a-z]{1,3}|token|se|STATE|code|x_sig|user|pa){1,3}", 0..6
            )
        ) {
            let uri = format!("/{}", parts.concat());
            if let Ok(uri) = uri.parse::<Uri>() {
                prop_assert_eq!(shown_url(&uri, None, &[], 1024), after_a_long_look(&uri));
            }
        }
    }

    #[test]
    fn secrets_in_a_url_inside_of_a_value_are_redacted() {
        for (uri, expected) in [
            (
                "/sso?redirectUrl=https%3A%2F%2Fx%2F%3FloginToken%3Dsyt_abc&a=1",
                "/sso?redirectUrl=<redacted>&a=1",
            ),
            (
                "/sso?redirectUrl=https://x/?loginToken=syt_abc",
                "/sso?redirectUrl=<redacted>",
            ),
            (
                "/sso?to=https%253A%252F%252Fx%253Faccess%255Ftoken%253Dabc",
                "/sso?to=<redacted>",
            ),
            ("/sso?to=/%23id_token=abc", "/sso?to=<redacted>"),
            ("/sso?to=a%3D1%26user_email%3Da@b", "/sso?to=<redacted>"),
            ("/sso?to=https%3A%2F%2Fuser:pass%40x%2F", "/sso?to=<redacted>"),
            (
                "/sso?https%3A%2F%2Fx%2F%3FloginToken%3Dsyt_abc",
                "/sso?<redacted>",
            ),
            (
                "/sso?to=https%3A%2F%2Fx%2F%3Fpage%3D2",
                "/sso?to=https%3A%2F%2Fx%2F%3Fpage%3D2",
            ),
            (
                "/sync?filter=%7B%22access_token%22%3A%22syt_abc%22%7D",
                "/sync?filter=<redacted>",
            ),
            (
                "/sync?filter={%22a%22:{%22user_email%22%20:%22a@b%22}}",
                "/sync?filter=<redacted>",
            ),
            ("/sync/%7B%22password%22:%22abc%22%7D/a", "/sync/<redacted>/a"),
            (
                "/sync?filter=%7B%22room%22:%7B%22state%22:%7B%22limit%22:1%7D%7D%7D",
                "/sync?filter=%7B%22room%22:%7B%22state%22:%7B%22limit%22:1%7D%7D%7D",
            ),
            ("/sso?user=%40a%3Ab.example", "/sso?user=%40a%3Ab.example"),
            ("/a?b=100%25&c==&d=%", "/a?b=100%25&c==&d=%"),
        ] {
            assert_eq!(shown(uri, None), expected, "{uri}");
        }
    }

    #[test]
    fn a_value_that_is_encoded_too_often_is_not_shown() {
        let often = format!("/sso?to=x{}3DloginToken", "%25".replace("25", &"25".repeat(9)));
        assert_eq!(shown(&often, None), "/sso?to=<redacted>");
    }

    #[test]
    fn the_secrets_of_oauth_and_of_signed_urls_are_redacted_by_their_whole_names() {
        for name in [
            "code",
            "state",
            "sig",
            "signature",
            "ticket",
            "nonce",
            "auth_code",
            "device_code",
            "code_verifier",
            "SAMLResponse",
            "client_assertion",
            "X-Amz-Signature",
        ] {
            let uri = format!("/callback?{name}=abc");
            assert_eq!(shown(&uri, None), format!("/callback?{name}=<redacted>"));
        }
        for uri in [
            "/a?country_code=1&status=2&states=3&assign=4",
            "/errors/4?errcode=M_X",
        ] {
            assert_eq!(shown(uri, None), uri);
        }
        assert_eq!(shown("/errors/404", Some("/errors/{code}")), "/errors/404");
    }

    #[test]
    fn a_long_url_is_not_looked_at_to_its_end() {
        let uri = format!("/{}", "a=&".repeat(20_000))
            .replacen("/a", "/?a", 1)
            .parse()
            .unwrap();
        assert!(shown_url(&uri, None, &[], 100).len() < 200);
    }

    #[test]
    fn a_whole_url_has_no_user_information() {
        let uri = "https://user:pass@a.example:8448/x?token=1".parse().unwrap();
        assert_eq!(
            shown_full_url(&uri, &[], 1024),
            "https://a.example:8448/x?token=<redacted>"
        );
    }

    #[test]
    fn the_path_of_a_request_to_a_homeserver_names_no_user_and_has_no_query() {
        for (uri, expected) in [
            (
                "https://a.example:8448/_matrix/federation/v1/query/profile?user_id=@u:b",
                "/_matrix/federation/v1/query/profile",
            ),
            (
                "https://a.example/_matrix/federation/v1/make_join/!r:b/@u:b?ver=10",
                "/_matrix/federation/v1/make_join/!r:b/<redacted>",
            ),
            ("/user/devices/%40u%3Ab", "/user/devices/<redacted>"),
            ("/a/token=syt_abc/", "/a/token=<redacted>/"),
            ("https://a.example", "/"),
        ] {
            assert_eq!(shown_path(&uri.parse().unwrap(), &[], 1024), expected, "{uri}");
        }
        let long = format!("/{}", "a/".repeat(20_000)).parse().unwrap();
        assert!(shown_path(&long, &[], 100).len() < 200);
    }

    #[test]
    fn parameters_of_the_route_with_the_names_of_secrets_are_redacted() {
        let route = Some("/register/{token}/validity/{user}");
        assert_eq!(
            shown("/register/syt_abc/validity/@a:b?x=1", route),
            "/register/<redacted>/validity/@a:b?x=1"
        );
        assert_eq!(
            shown("/reset/a/syt_abc", Some("/reset/{*token}")),
            "/reset/<redacted>"
        );
        assert_eq!(shown("/a/token=syt_abc/b", None), "/a/token=<redacted>/b");
    }
}

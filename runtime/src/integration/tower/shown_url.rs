//! URLs as spans show them: without the values of secrets.

use http::Uri;

use crate::util::secret_query::{is_hidden, push_pair};
use crate::util::text::REDACTED;

/// The path and the query, in which the values of names of secrets are redacted. `template` is the route, whose parameters have
/// names. What is beyond `limit` bytes is not looked at.
pub(super) fn shown_url(uri: &Uri, template: Option<&str>, secrets: &[String], limit: usize) -> String {
    let query_length = uri.query().map_or(0, |query| query.len() + 1);
    let mut shown = String::with_capacity((uri.path().len() + query_length).min(limit));
    push_path(&mut shown, uri.path(), template, secrets, limit);
    let pairs = uri.query().into_iter().flat_map(|query| query.split(['&', ';']));
    for (index, pair) in pairs.enumerate() {
        if shown.len() > limit {
            break;
        }
        shown.push(if index == 0 { '?' } else { '&' });
        push_pair(&mut shown, pair, secrets);
    }
    shown
}

fn push_path(shown: &mut String, path: &str, template: Option<&str>, secrets: &[String], limit: usize) {
    let names = template.unwrap_or_default().split('/');
    let has_secret = names
        .clone()
        .any(|name| parameter(Some(name)).is_some_and(|name| is_hidden(name, secrets)));
    if !has_secret && path.len() <= limit && !path.contains('=') {
        return shown.push_str(path);
    }
    let mut names = names;
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
        _ => shown,
    }
}

/// The name of the parameter that a segment of a route stands for.
fn parameter(segment: Option<&str>) -> Option<&str> {
    segment?.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(uri: &str, template: Option<&str>) -> String {
        shown_url(&uri.parse().unwrap(), template, &["email".to_owned()], 1024)
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

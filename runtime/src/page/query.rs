//! What a request asks for.

use crate::model::id::TraceId;

/// What a request asks for. All is in the query, so that links are right wherever the page is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Overview,
    OverviewJson,
    LiveJson,
    Trace(TraceId),
    TraceJson(TraceId),
    Script,
    Style,
    BaseStyle,
    OverviewStyle,
    Unknown,
}

impl View {
    pub(super) fn of(query: &str) -> Self {
        let (mut trace, mut is_json, mut is_live) = (None, false, false);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=').unwrap_or((part, "")) {
                ("trace", id) => match id.parse() {
                    Ok(id) => trace = Some(id),
                    Err(_) => return Self::Unknown,
                },
                ("format", "json") => is_json = true,
                ("format", "html") => is_json = false,
                ("live", "") => is_live = true,
                ("asset", "view.js") => return Self::Script,
                ("asset", "view.css") => return Self::Style,
                ("asset", "base.css") => return Self::BaseStyle,
                ("asset", "overview.css") => return Self::OverviewStyle,
                _ => return Self::Unknown,
            }
        }
        match (trace, is_json, is_live) {
            (Some(id), true, _) => Self::TraceJson(id),
            (Some(id), false, _) => Self::Trace(id),
            (None, true, true) => Self::LiveJson,
            (None, true, false) => Self::OverviewJson,
            (None, false, _) => Self::Overview,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_one_view_and_nothing_is_guessed() {
        let id = TraceId::new(0xabc).unwrap();
        for (query, view) in [
            ("", View::Overview),
            ("live", View::Overview),
            ("format=json", View::OverviewJson),
            ("live&format=json", View::LiveJson),
            ("trace=abc", View::Trace(id)),
            ("trace=0000000000000abc&format=json", View::TraceJson(id)),
            ("asset=view.js", View::Script),
            ("trace=", View::Unknown),
            ("trace=<script>", View::Unknown),
            ("asset=../../etc/passwd", View::Unknown),
            ("format=xml", View::Unknown),
            ("other=1", View::Unknown),
        ] {
            assert_eq!(View::of(query), view, "{query}");
        }
    }
}

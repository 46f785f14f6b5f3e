//! What a request asks for.

use super::operation_name::OperationName;
use crate::model::id::TraceId;
use crate::util::percent;

/// What a request asks for. All is in the query, so that links are right wherever the page is mounted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) view: View,
    pub(super) is_json: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum View {
    Overview,
    /// The same with all rows of its lists.
    All,
    Live,
    Operation(OperationName),
    Trace(TraceId),
    Script,
    Style,
    BaseStyle,
    OverviewStyle,
    NoFile,
}

const UNKNOWN: &str = "The page knows `trace`, `operation` with `service`, `live`, `all`, `asset` and `format`, \
     and the query has something else.";
const WRONG_ID: &str = "`trace` is the ID of a trace in hexadecimal digits.";
const WRONG_FORMAT: &str = "`format` is `json` or `html`.";
const WRONG_FLAG: &str = "`live` and `all` have no value.";
const WRONG_TEXT: &str = "`operation` and `service` are UTF-8.";
const TOO_MANY: &str = "The query may have one of `trace`, `operation`, `live`, `all` and `asset`, once.";
const SERVICE_ALONE: &str = "`service` stands beside an `operation`.";

impl Query {
    /// What a query asks for, or what is wrong with it.
    pub(super) fn of(query: &str) -> Result<Self, &'static str> {
        let (mut views, mut service, mut is_json) = (Vec::new(), None, false);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name {
                "trace" => views.push(View::Trace(value.parse().map_err(|_| WRONG_ID)?)),
                "operation" => views.push(View::Operation(OperationName::of_any_service(decoded(value)?))),
                "service" => service = Some(decoded(value)?),
                "live" => views.push(flag(value, View::Live)?),
                "all" => views.push(flag(value, View::All)?),
                "asset" => views.push(asset(value)),
                "format" => is_json = is_json_format(value)?,
                _ => return Err(UNKNOWN),
            }
        }
        let view = only(views)?;
        Ok(Self {
            view: match (view, service) {
                (view, None) => view,
                (View::Operation(operation), Some(service)) => View::Operation(operation.of_service(service)),
                (_, Some(_)) => return Err(SERVICE_ALONE),
            },
            is_json,
        })
    }
}

fn only(mut views: Vec<View>) -> Result<View, &'static str> {
    let view = views.pop().unwrap_or(View::Overview);
    views.is_empty().then_some(view).ok_or(TOO_MANY)
}

fn decoded(value: &str) -> Result<String, &'static str> {
    let text = percent::decode(value).ok_or(WRONG_TEXT)?;
    Ok(text.into_owned())
}

fn flag(value: &str, view: View) -> Result<View, &'static str> {
    matches!(value, "" | "1" | "true")
        .then_some(view)
        .ok_or(WRONG_FLAG)
}

fn asset(name: &str) -> View {
    match name {
        "view.js" => View::Script,
        "view.css" => View::Style,
        "base.css" => View::BaseStyle,
        "overview.css" => View::OverviewStyle,
        _ => View::NoFile,
    }
}

fn is_json_format(value: &str) -> Result<bool, &'static str> {
    match value {
        "json" => Ok(true),
        "html" => Ok(false),
        _ => Err(WRONG_FORMAT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_one_view_and_nothing_is_guessed() {
        let id = TraceId::new(0xabc).unwrap();
        let sync = || OperationName::of_any_service("GET /sync".to_owned());
        for (query, view, is_json) in [
            ("", View::Overview, false),
            ("&&", View::Overview, false),
            ("live", View::Live, false),
            ("live=1&format=json", View::Live, true),
            ("all", View::All, false),
            ("format=json", View::Overview, true),
            ("trace=abc", View::Trace(id), false),
            ("trace=0000000000000abc&format=json", View::Trace(id), true),
            ("operation=GET%20%2Fsync", View::Operation(sync()), false),
            (
                "service=a%26b&operation=GET+/sync",
                View::Operation(sync().of_service("a&b".to_owned())),
                false,
            ),
            ("asset=view.js", View::Script, false),
            ("asset=../../etc/passwd", View::NoFile, false),
        ] {
            assert_eq!(Query::of(query), Ok(Query { view, is_json }), "{query}");
        }
        for (query, why) in [
            ("trace=", WRONG_ID),
            ("trace=<script>", WRONG_ID),
            ("format=xml", WRONG_FORMAT),
            ("live=no", WRONG_FLAG),
            ("operation=%FF", WRONG_TEXT),
            ("other=1", UNKNOWN),
            ("trace=1&live", TOO_MANY),
            ("trace=1&trace=1", TOO_MANY),
            ("service=a", SERVICE_ALONE),
        ] {
            assert_eq!(Query::of(query), Err(why), "{query}");
        }
    }
}

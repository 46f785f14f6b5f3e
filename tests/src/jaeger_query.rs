//! The query API of a Jaeger server, as far as the tests read it.

use std::collections::BTreeMap;
use std::time::Duration;

use fedtrace::{SpanId, TraceId};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A client of one server.
#[derive(Debug)]
pub struct JaegerQuery {
    base: String,
    agent: ureq::Agent,
}

#[derive(Debug, Deserialize)]
struct Answer {
    data: Option<Vec<JaegerTrace>>,
}

/// A trace as Jaeger shows it.
#[derive(Debug, Deserialize)]
pub struct JaegerTrace {
    /// All spans, in no order.
    pub spans: Vec<JaegerSpan>,
    /// Processes by the id that spans name.
    pub processes: BTreeMap<String, JaegerProcess>,
}

/// A span as Jaeger shows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JaegerSpan {
    /// The trace.
    #[serde(rename = "traceID", deserialize_with = "trace_id")]
    pub trace_id: TraceId,
    /// The span itself.
    #[serde(rename = "spanID", deserialize_with = "span_id")]
    pub span_id: SpanId,
    /// As they were sent to v1; v2 does not keep them.
    #[serde(default)]
    pub flags: u8,
    /// The name.
    pub operation_name: String,
    /// The parent is one of them.
    pub references: Vec<JaegerReference>,
    /// Microseconds since the epoch.
    pub start_time: u64,
    /// Microseconds.
    pub duration: u64,
    /// In the order in which they were sent, then those of the server.
    pub tags: Vec<JaegerTag>,
    /// In the order in which they were sent.
    pub logs: Vec<JaegerLog>,
    /// Key of [`JaegerTrace::processes`].
    #[serde(rename = "processID")]
    pub process_id: String,
    /// What the server found wrong.
    pub warnings: Option<Vec<String>>,
}

/// A reference to another span.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JaegerReference {
    /// `CHILD_OF` or `FOLLOWS_FROM`.
    pub ref_type: String,
    /// The trace of the other span.
    #[serde(rename = "traceID", deserialize_with = "trace_id")]
    pub trace_id: TraceId,
    /// The other span.
    #[serde(rename = "spanID", deserialize_with = "span_id")]
    pub span_id: SpanId,
}

/// A log record.
#[derive(Debug, Deserialize)]
pub struct JaegerLog {
    /// Microseconds since the epoch.
    pub timestamp: u64,
    /// In the order in which they were sent.
    pub fields: Vec<JaegerTag>,
}

/// A tag of a span or a process, or a field of a log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct JaegerTag {
    /// The name.
    pub key: String,
    /// `string`, `bool`, `int64`, `float64` or `binary`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Text where JSON has no such number.
    pub value: Value,
}

/// The process of a span.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JaegerProcess {
    /// The service.
    pub service_name: String,
    /// Its tags.
    pub tags: Vec<JaegerTag>,
}

impl JaegerQuery {
    /// The server at this URL.
    pub fn new(base: impl Into<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(10)))
            .http_status_as_error(false);
        Self {
            base: base.into(),
            agent: config.build().into(),
        }
    }

    /// The trace as it is now.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    pub fn find(&self, trace_id: TraceId) -> Option<JaegerTrace> {
        let answer: Answer = self.get(trace_id).read_json().expect("Jaeger answers in JSON");
        answer.data?.pop()
    }

    /// The ids of the spans that are there now, each as often as it was stored.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    pub fn span_ids(&self, trace_id: TraceId) -> Vec<String> {
        const ID: &str = "\"spanID\":\"";
        let text = self
            .get(trace_id)
            .read_to_string()
            .expect("Jaeger answers in text");
        // Reading hundreds of thousands of spans as JSON takes minutes without optimization.
        let mut before_names: Vec<_> = text.split("\"operationName\":").collect();
        before_names.pop();
        let span_id = |before: &str| {
            let (_, after) = before.rsplit_once(ID)?;
            Some(after.split_once('"')?.0.to_owned())
        };
        let ids = before_names.into_iter().map(span_id);
        ids.collect::<Option<_>>()
            .expect("a span has an id before its name")
    }

    /// The newest traces with a span of this service, with this name and this tag.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    pub fn search(&self, service: &str, operation: &str, (key, value): (&str, &str)) -> Vec<JaegerTrace> {
        let url = format!("{}/api/traces", self.base);
        let request = self.agent.get(&url).query("service", service);
        let request = request
            .query("operation", operation)
            .query("tags", serde_json::json!({ key: value }).to_string());
        let answer: Answer = request
            .call()
            .expect("Jaeger answers")
            .into_body()
            .read_json()
            .expect("Jaeger answers in JSON");
        answer.data.unwrap_or_default()
    }

    fn get(&self, trace_id: TraceId) -> ureq::Body {
        let url = format!("{}/api/traces/{:032x}", self.base, trace_id.get());
        self.agent.get(&url).call().expect("Jaeger answers").into_body()
    }
}

impl JaegerTrace {
    /// The traces of a file in the JSON of the query API.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn all_in(json: &str) -> Vec<Self> {
        let answer: Answer = serde_json::from_str(json).expect("the JSON of Jaeger");
        answer.data.expect("traces")
    }

    /// The only span of this name.
    ///
    /// # Panics
    ///
    /// If there is none or more than one.
    pub fn span(&self, operation_name: &str) -> &JaegerSpan {
        let mut spans = self
            .spans
            .iter()
            .filter(|span| span.operation_name == operation_name);
        match (spans.next(), spans.next()) {
            (Some(span), None) => span,
            (None, _) => panic!("no span {operation_name:?} in {:?}", self.names()),
            _ => panic!("more than one span {operation_name:?} in {:?}", self.names()),
        }
    }

    /// The process of a span.
    pub fn process(&self, span: &JaegerSpan) -> &JaegerProcess {
        &self.processes[&span.process_id]
    }

    /// `service: operation` of each span, sorted.
    pub fn names(&self) -> Vec<String> {
        let name =
            |span: &JaegerSpan| format!("{}: {}", self.process(span).service_name, span.operation_name);
        let mut names: Vec<_> = self.spans.iter().map(name).collect();
        names.sort();
        names
    }

    /// The parent of a span.
    ///
    /// # Panics
    ///
    /// If it has one that is not in this trace.
    pub fn parent(&self, span: &JaegerSpan) -> Option<&JaegerSpan> {
        let parent = span
            .references
            .iter()
            .find(|reference| reference.ref_type == "CHILD_OF" && reference.trace_id == span.trace_id)?;
        let found = self.spans.iter().find(|other| other.span_id == parent.span_id);
        Some(found.unwrap_or_else(|| panic!("the parent of {:?} is missing", span.operation_name)))
    }
}

impl JaegerSpan {
    /// Type and value of a tag.
    pub fn tag(&self, key: &str) -> Option<(&str, &Value)> {
        typed(&self.tags, key)
    }
}

impl JaegerLog {
    /// Type and value of a field.
    pub fn field(&self, key: &str) -> Option<(&str, &Value)> {
        typed(&self.fields, key)
    }
}

impl JaegerProcess {
    /// Type and value of a tag.
    pub fn tag(&self, key: &str) -> Option<(&str, &Value)> {
        typed(&self.tags, key)
    }
}

fn trace_id<'de, D: Deserializer<'de>>(json: D) -> Result<TraceId, D::Error> {
    let digits = String::deserialize(json)?;
    let id = u128::from_str_radix(&digits, 16).ok().and_then(TraceId::new);
    id.ok_or_else(|| D::Error::custom(format!("{digits:?} is no trace id")))
}

fn span_id<'de, D: Deserializer<'de>>(json: D) -> Result<SpanId, D::Error> {
    let digits = String::deserialize(json)?;
    let id = u64::from_str_radix(&digits, 16).ok().and_then(SpanId::new);
    id.ok_or_else(|| D::Error::custom(format!("{digits:?} is no span id")))
}

fn typed<'a>(tags: &'a [JaegerTag], key: &str) -> Option<(&'a str, &'a Value)> {
    let tag = tags.iter().find(|tag| tag.key == key)?;
    Some((&tag.kind, &tag.value))
}

//! Every carrier, with every destination and origin: what it says, and what is taken from it.
//!
//! The tables are made of all of [`Medium`], and `carriers.rs` holds it against the source: a carrier or a function
//! that has no rows here is an error there.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use fedtrace::propagation::{CarrierValue, EDU_CONTEXT, Format, Propagation};
use fedtrace::reporter::MemoryReporter;
use fedtrace::rustracing::{
    extract_internal_http_header, extract_internal_text_map, inject_internal_http_header,
    inject_internal_text_map,
};
use fedtrace::whitelist::Whitelist;
use fedtrace::{
    Carrier, Destination, Origin, SpanContext, Tracer, TracerGuard, active_span, context_from_string,
    context_to_string, extract, extract_edu, extract_raw_edu, force_tracing, inject, inject_edu,
    inject_raw_edu, inject_response_headers, start_active_span, start_send_raw_transaction,
    start_send_transaction, with_tracer,
};
use fedtrace_tests::listed_tracer;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

const DESTINATIONS: [(&str, Destination<'_>); 5] = [
    ("listed", Destination::Homeserver("trusted.example")),
    (
        "unlisted",
        Destination::Homeserver("trusted.example.evil.example"),
    ),
    ("internal", Destination::Internal),
    ("client", Destination::Client),
    ("third party", Destination::ThirdParty),
];
const ORIGINS: [(&str, Origin<'_>); 4] = [
    ("listed", Origin::AuthenticatedHomeserver("trusted.example")),
    ("unlisted", Origin::AuthenticatedHomeserver("evil.example")),
    ("internal", Origin::Internal),
    ("client", Origin::Unauthenticated),
];
/// What somebody else may have written before us; the first three are Jaeger's.
const FAMILY: [&str; 13] = [
    "uber-trace-id",
    "jaeger-debug-id",
    "jaeger-baggage",
    "uberctx-theirs",
    "synapse-trace-id",
    "traceparent",
    "tracestate",
    "baggage",
    "b3",
    "x-b3-traceid",
    "x-b3-spanid",
    "x-b3-sampled",
    "sentry-trace",
];

/// Declares the media and, so that none is forgotten, the list of them.
macro_rules! media {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq)]
        enum Medium {
            $($(#[$doc])* $name,)*
        }

        impl Medium {
            const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

media! {
    Headers,
    HashMap,
    BTreeMap,
    /// What a user makes a carrier.
    Custom,
    Text,
    Edu,
    /// One that is held as text.
    RawEdu,
    /// A stored EDU, when its transaction goes out.
    Transaction,
    RawTransaction,
    /// Tells no more than the trace id.
    Response,
    /// A text map of `rustracing`; for our own processes only, since there is no way to name another destination.
    TheirTextMap,
    /// Its HTTP headers, likewise.
    TheirHttpHeader,
}

const REQUEST: [Medium; 4] = [Medium::Headers, Medium::HashMap, Medium::BTreeMap, Medium::Custom];
const STORED: [Medium; 5] = [
    Medium::Text,
    Medium::Edu,
    Medium::RawEdu,
    Medium::Transaction,
    Medium::RawTransaction,
];
const RECEIVED: [Medium; 7] = [
    Medium::Headers,
    Medium::HashMap,
    Medium::BTreeMap,
    Medium::Custom,
    Medium::Text,
    Medium::Edu,
    Medium::RawEdu,
];
const THEIRS: [Medium; 2] = [Medium::TheirTextMap, Medium::TheirHttpHeader];

impl Medium {
    /// What leaves, by its names, of a carrier that was full of what others wrote; `None` if there is no call for
    /// it.
    fn send(self, destination: Destination<'_>) -> Option<BTreeMap<String, String>> {
        Some(match self {
            Self::Headers | Self::Response => {
                let mut headers: HeaderMap = FAMILY
                    .iter()
                    .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("theirs")))
                    .collect();
                match self {
                    Self::Response => inject_response_headers(&mut headers, destination),
                    _ => inject(&mut headers, destination),
                }
                let texts = headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
                texts.collect()
            }
            Self::HashMap => {
                let mut map: HashMap<_, _> = full().collect();
                inject(&mut map, destination);
                map.into_iter().collect()
            }
            Self::BTreeMap => {
                let mut map: BTreeMap<_, _> = full().collect();
                inject(&mut map, destination);
                map
            }
            Self::Custom => {
                let mut properties = Properties(full().collect());
                inject(&mut properties, destination);
                properties.0.into_iter().collect()
            }
            Self::Text => context_to_string(destination).map_or_else(BTreeMap::new, |text| text_map(&text)),
            Self::Edu => {
                let mut content = edu("theirs");
                inject_edu(&mut content, destination);
                in_edu(&content)
            }
            Self::RawEdu => {
                let content = json!(edu("theirs")).to_string();
                let content = inject_raw_edu(&content, destination);
                in_edu(&serde_json::from_str(&content).unwrap())
            }
            Self::RawTransaction => {
                let content = json!(edu("theirs")).to_string();
                let stored = inject_raw_edu(&content, Destination::Internal);
                let whole = |content: &str| format!(r#"{{"edu_type":"m.typing","content":{content}}}"#);
                let mut edus =
                    [whole(&stored), whole(&content)].map(|edu| RawValue::from_string(edu).unwrap());
                drop(start_send_raw_transaction(&mut edus, destination));
                let [first, second] = edus.map(|edu| {
                    let mut edu: serde_json::Map<_, _> = serde_json::from_str(edu.get()).unwrap();
                    edu.remove("content").unwrap().as_object().unwrap().clone()
                });
                assert!(!second.contains_key(EDU_CONTEXT));
                in_edu(&first)
            }
            Self::Transaction => {
                let mut content = edu("theirs");
                inject_edu(&mut content, Destination::Internal);
                let mut edus = [content, edu("theirs")];
                drop(start_send_transaction(&mut edus, destination));
                assert!(!edus[1].contains_key(EDU_CONTEXT));
                in_edu(&edus[0])
            }
            Self::TheirTextMap | Self::TheirHttpHeader => {
                let context = active_span()
                    .filter(|_| destination == Destination::Internal)?
                    .context()?;
                let mut map = HashMap::new();
                match self {
                    Self::TheirTextMap => inject_internal_text_map(&context, &mut map),
                    _ => inject_internal_http_header(&context, &mut map).unwrap(),
                }
                map.into_iter().collect()
            }
        })
    }

    /// What is taken of this content; `None` if nothing comes in this way.
    fn receive(self, content: &BTreeMap<String, String>, origin: Origin<'_>) -> Option<Option<SpanContext>> {
        Some(match self {
            Self::Headers => {
                let headers = content.iter().map(|(name, value)| {
                    (
                        HeaderName::try_from(name).unwrap(),
                        HeaderValue::try_from(value).unwrap(),
                    )
                });
                extract(&headers.collect::<HeaderMap>(), origin)
            }
            Self::HashMap => extract(&content.clone().into_iter().collect::<HashMap<_, _>>(), origin),
            Self::BTreeMap => extract(content, origin),
            Self::Custom => extract(&Properties(content.clone().into_iter().collect()), origin),
            Self::Text => context_from_string(&json!(content).to_string(), origin),
            Self::Edu => extract_edu(&edu(&json!(content).to_string()), origin),
            Self::RawEdu => extract_raw_edu(&json!(edu(&json!(content).to_string())).to_string(), origin),
            Self::TheirTextMap | Self::TheirHttpHeader if origin != Origin::Internal => return None,
            Self::TheirTextMap => {
                extract_internal_text_map(&content.clone().into_iter().collect::<HashMap<_, _>>())
            }
            Self::TheirHttpHeader => {
                let fields: HashMap<_, _> = content.clone().into_iter().collect();
                extract_internal_http_header(&fields)
            }
            Self::Transaction | Self::RawTransaction | Self::Response => return None,
        })
    }
}

struct Properties(Vec<(String, String)>);

impl Carrier for Properties {
    fn format(&self) -> Format {
        Format::TextMap
    }

    fn get(&self, name: &str) -> CarrierValue<'_> {
        let found = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map_or(CarrierValue::Absent, |(_, value)| CarrierValue::Text(value))
    }

    fn set(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }

    fn remove_if(&mut self, unwanted: &mut dyn FnMut(&str) -> bool) {
        self.0.retain(|(key, _)| !unwanted(key));
    }

    fn for_each(&self, visit: &mut dyn FnMut(&str, CarrierValue<'_>)) {
        self.0
            .iter()
            .for_each(|(key, value)| visit(key, CarrierValue::Text(value)));
    }
}

fn full() -> impl Iterator<Item = (String, String)> {
    FAMILY.iter().map(|name| (name.to_string(), "theirs".to_owned()))
}

fn edu(context: &str) -> Map<String, Value> {
    Map::from_iter([(EDU_CONTEXT.to_owned(), json!(context))])
}

fn text_map(text: &str) -> BTreeMap<String, String> {
    serde_json::from_str(text).unwrap()
}

fn in_edu(content: &Map<String, Value>) -> BTreeMap<String, String> {
    assert!(content.keys().all(|key| key == EDU_CONTEXT));
    content
        .get(EDU_CONTEXT)
        .map_or_else(BTreeMap::new, |text| text_map(text.as_str().unwrap()))
}

/// What is said, in words.
fn said(sent: &BTreeMap<String, String>) -> String {
    let mut words = Vec::new();
    let mut foreign = 0;
    for (name, value) in sent {
        match (name.as_str(), value.as_str()) {
            ("uber-trace-id", value) => words.push(match value.rsplit(':').next() {
                Some("1") => "ids, sampled".to_owned(),
                Some("3") => "ids, flags".to_owned(),
                _ => value.to_owned(),
            }),
            ("uberctx-synapse-force-tracing", "1") => words.push("baggage".to_owned()),
            ("traceparent", value) if value.ends_with("-01") => words.push("w3c ids, sampled".to_owned()),
            ("x-b3-traceid", value) if value != "theirs" => words.push("b3 ids".to_owned()),
            ("x-b3-spanid", value) if value != "theirs" => {}
            ("x-b3-sampled", "1") => words.push("b3 sampled".to_owned()),
            ("x-b3-flags", "1") => words.push("b3 flags".to_owned()),
            ("synapse-trace-id", value) if value != "theirs" => words.push("trace id".to_owned()),
            (name, "theirs") if FAMILY[5..].contains(&name) => foreign += 1,
            (name, value) => words.push(format!("{name}: {value}")),
        }
    }
    if foreign > 0 {
        words.push(format!("{foreign} foreign"));
    }
    if words.is_empty() {
        return "-".to_owned();
    }
    words.join(", ")
}

fn taken(context: Option<SpanContext>) -> String {
    let Some(context) = context else {
        return "-".to_owned();
    };
    assert_eq!((context.trace_id().get(), context.span_id().get()), (0xabc, 0xde));
    let flags = match context.flags().bits() {
        1 => "ids, sampled",
        3 => "ids, flags",
        _ => "?",
    };
    match context.baggage().is_empty() {
        true => flags.to_owned(),
        false => format!("{flags}, baggage"),
    }
}

#[track_caller]
fn assert_table(made: &str, expected: &str) {
    let expected: String = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(made == expected, "\nmade:\n{made}\nexpected:\n{expected}");
}

fn outgoing() -> String {
    let mut table = String::new();
    for medium in Medium::ALL {
        for (name, destination) in DESTINATIONS {
            if let Some(sent) = medium.send(destination) {
                writeln!(table, "{medium:?} | {name} | {}", said(&sent)).unwrap();
            }
        }
    }
    table
}

fn incoming() -> String {
    let content = BTreeMap::from([
        ("uber-trace-id".to_owned(), "abc:de:0:3".to_owned()),
        ("uberctx-key".to_owned(), "value".to_owned()),
    ]);
    let mut table = String::new();
    for medium in Medium::ALL {
        for (name, origin) in ORIGINS {
            if let Some(context) = medium.receive(&content, origin) {
                writeln!(table, "{medium:?} | {name} | {}", taken(context)).unwrap();
            }
        }
    }
    table
}

/// The rows of all media that carry a whole context.
fn rows(media: &[Medium], cells: &[(&str, &str)]) -> String {
    let mut rows = String::new();
    for medium in media {
        for (name, cell) in cells {
            writeln!(rows, "{medium:?} | {name} | {cell}").unwrap();
        }
    }
    rows
}

#[test]
fn each_destination_is_told_what_it_may_know_by_every_carrier() {
    let test = listed_tracer();
    let table = with_tracer(test.tracer(), || {
        let _scope = start_active_span("request");
        force_tracing();
        outgoing()
    });
    let cells = |internal| {
        [
            ("listed", "ids, sampled"),
            ("unlisted", "-"),
            ("internal", internal),
            ("client", "-"),
            ("third party", "-"),
        ]
    };
    let expected = rows(&REQUEST, &cells("ids, flags, baggage, 8 foreign"))
        + &rows(&STORED, &cells("ids, flags, baggage"))
        + "Response | listed | -
           Response | unlisted | -
           Response | internal | trace id, 8 foreign
           Response | client | -
           Response | third party | -
        "
        + &rows(&THEIRS, &[("internal", "ids, flags")]);
    assert_table(&table, &expected);
}

#[test]
fn with_tracing_off_every_carrier_is_cleaned_for_every_destination() {
    let expected = DESTINATIONS.map(|(name, _)| match name {
        "internal" => (name, "8 foreign"),
        _ => (name, "-"),
    });
    let nothing = DESTINATIONS.map(|(name, _)| (name, "-"));
    let expected =
        rows(&REQUEST, &expected) + &rows(&STORED, &nothing) + &rows(&[Medium::Response], &expected);
    assert_table(&outgoing(), &expected);
    // Theirs are conversions, which need no tracer.
    let converted = rows(&THEIRS, &[("internal", "ids, flags")]);
    let nothing = ORIGINS.map(|(name, _)| (name, "-"));
    assert_table(&incoming(), &(rows(&RECEIVED, &nothing) + &converted));
}

#[test]
fn each_origin_is_believed_as_far_by_every_carrier() {
    let test = listed_tracer();
    let table = with_tracer(test.tracer(), incoming);
    let cells = [
        ("listed", "ids, sampled"),
        ("unlisted", "-"),
        ("internal", "ids, flags, baggage"),
        ("client", "-"),
    ];
    let theirs = rows(&THEIRS, &[("internal", "ids, flags")]);
    assert_table(&table, &(rows(&RECEIVED, &cells) + &theirs));
    let stats = test.tracer().stats();
    assert_eq!((stats.refused_contexts, stats.dropped_baggage_items), (14, 7));
}

#[test]
fn a_debug_id_is_believed_of_our_own_processes_in_requests_only() {
    let content = BTreeMap::from([("jaeger-debug-id".to_owned(), "ticket".to_owned())]);
    let test = listed_tracer();
    let mut table = String::new();
    for medium in Medium::ALL {
        for (name, origin) in ORIGINS {
            if let Some(context) = with_tracer(test.tracer(), || medium.receive(&content, origin)) {
                let id = context
                    .as_ref()
                    .map_or("-", |context| context.debug_id().unwrap());
                writeln!(table, "{medium:?} | {name} | {id}").unwrap();
            }
        }
    }
    let cells = |internal| {
        [
            ("listed", "-"),
            ("unlisted", "-"),
            ("internal", internal),
            ("client", "-"),
        ]
    };
    let stored = [Medium::Text, Medium::Edu, Medium::RawEdu];
    let expected =
        rows(&REQUEST, &cells("ticket")) + &rows(&stored, &cells("-")) + &rows(&THEIRS, &[("internal", "-")]);
    assert_table(&table, &expected);
}

fn speaking(propagation: &[Propagation]) -> (Tracer, TracerGuard) {
    Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .homeserver_whitelist(Whitelist::new(["trusted.example"]).unwrap())
        .propagation(propagation.iter().copied())
        .build()
        .unwrap()
}

#[test]
fn whatever_propagation_is_configured_each_destination_is_told_what_it_may_know() {
    for (propagation, listed, internal, response) in [
        (
            &[Propagation::B3][..],
            "b3 sampled, b3 ids",
            "baggage, b3 flags, b3 sampled, b3 ids, 4 foreign",
            "trace id, 4 foreign",
        ),
        (
            &[Propagation::W3c],
            "w3c ids, sampled",
            "w3c ids, sampled, baggage, 6 foreign",
            "trace id, 6 foreign",
        ),
        (
            &[Propagation::W3c, Propagation::B3, Propagation::Jaeger],
            "w3c ids, sampled, ids, sampled, b3 sampled, b3 ids",
            "w3c ids, sampled, ids, flags, baggage, b3 flags, b3 sampled, b3 ids, 2 foreign",
            "trace id, 2 foreign",
        ),
    ] {
        let (tracer, _guard) = speaking(propagation);
        let table = with_tracer(&tracer, || {
            let _scope = start_active_span("request");
            force_tracing();
            outgoing()
        });
        let cells = |listed, internal| {
            [
                ("listed", listed),
                ("unlisted", "-"),
                ("internal", internal),
                ("client", "-"),
                ("third party", "-"),
            ]
        };
        let expected = rows(&REQUEST, &cells(listed, internal))
            + &rows(&STORED, &cells("ids, sampled", "ids, flags, baggage"))
            + &rows(&[Medium::Response], &cells("-", response))
            + &rows(&THEIRS, &[("internal", "ids, flags")]);
        assert_table(&table, &expected);
    }
}

#[test]
fn whatever_propagation_is_configured_each_origin_is_believed_as_far() {
    let parent = format!("00-{:032x}-{:016x}-01", 0xabc, 0xde);
    let several = [
        ("x-b3-traceid", "abc"),
        ("x-b3-spanid", "de"),
        ("x-b3-flags", "1"),
    ];
    for (propagation, written, internal) in [
        (Propagation::B3, &[("b3", "abc-de-d")][..], "ids, flags, baggage"),
        (Propagation::B3, &several, "ids, flags, baggage"),
        (
            Propagation::W3c,
            &[("traceparent", parent.as_str()), ("tracestate", "a=1")],
            "ids, sampled, baggage",
        ),
    ] {
        let content = written.iter().chain(&[("uberctx-key", "value")]);
        let content = BTreeMap::from_iter(content.map(|(name, value)| (name.to_string(), value.to_string())));
        for others in [&[][..], &[Propagation::Jaeger]] {
            let (tracer, _guard) = speaking(&[others, &[propagation]].concat());
            let mut table = String::new();
            for medium in REQUEST {
                for (name, origin) in ORIGINS {
                    let context = with_tracer(&tracer, || medium.receive(&content, origin));
                    writeln!(table, "{medium:?} | {name} | {}", taken(context.unwrap())).unwrap();
                }
            }
            let cells = [
                ("listed", "ids, sampled"),
                ("unlisted", "-"),
                ("internal", internal),
                ("client", "-"),
            ];
            assert_table(&table, &rows(&REQUEST, &cells));
            assert_eq!(tracer.stats().refused_contexts, 8);
        }
    }
}

//! The HTML document.

use super::assets::{Assets, VIEW_CSS, VIEW_JS};
use crate::model::finished_span::FinishedSpan;
use crate::model::process::Process;
use crate::reporter::console::text::traces_as_text;
use crate::reporter::encoding::jaeger_json::{ProcessSpan, traces_as_json};
use crate::util::random;

/// A browser without scripts shows so many spans.
const MAX_SPANS_AS_TEXT: usize = 2_000;

/// The traces of these spans as an HTML document: the file that [`HtmlReporter`](crate::reporter::HtmlReporter) writes.
///
/// For programs that keep spans themselves, such as tests with a [`MemoryReporter`](crate::reporter::MemoryReporter). A span
/// comes with the process that it is of, so that spans of several services make one trace. The document is whole: it loads
/// nothing, and runs its own script only.
///
/// ```
/// use fedtrace::Tracer;
/// use fedtrace::reporter::MemoryReporter;
///
/// # fn main() -> Result<(), fedtrace::InitError> {
/// let memory = MemoryReporter::new();
/// let (tracer, guard) = Tracer::builder("example.org main").reporter(memory.clone()).build()?;
/// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("get_missing_events")));
/// drop(guard);
///
/// let process = memory.process().into_iter().next();
/// let spans = memory.take();
/// let page = fedtrace::html(process.iter().flat_map(|process| spans.iter().map(move |span| (process, span))));
/// assert!(page.starts_with("<!doctype html>"));
/// # Ok(())
/// # }
/// ```
pub fn html<'a>(spans: impl IntoIterator<Item = (&'a Process, &'a FinishedSpan)>) -> String {
    file(&spans.into_iter().collect::<Vec<_>>(), 0)
}

/// The text of a file with these spans. So many older ones are not in it.
pub(crate) fn file(spans: &[ProcessSpan<'_>], left_out: u64) -> String {
    document(spans, left_out, Assets::Inline)
}

/// The document with these spans. So many more are not in it.
pub(crate) fn document(spans: &[ProcessSpan<'_>], left_out: u64, assets: Assets<'_>) -> String {
    let shown = spans.get(..MAX_SPANS_AS_TEXT).unwrap_or(spans);
    let mut text = traces_as_text(shown);
    if shown.len() < spans.len() {
        text.push_str(&format!("… and {} more spans\n", spans.len() - shown.len()));
    }
    if left_out > 0 {
        text.push_str(&format!("{left_out} more spans found no room here\n"));
    }
    document_of(&traces_as_json(spans, 0), &text, left_out, assets)
}

/// A document with traces in Jaeger's JSON, and a text of them for browsers without scripts.
fn document_of(traces_json: &str, text: &str, left_out: u64, assets: Assets<'_>) -> String {
    let head = match assets {
        Assets::Inline => inline_head(&nonce()),
        Assets::Linked { base } => linked_head(base),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n{policy}<link rel=\"icon\" href=\"data:,\">\n\
         <title>Traces</title>\n{style}</head>\n<body>\n\
         <main id=\"view\"><h1>Traces</h1>\n<pre>{text}</pre></main>\n\
         <script id=\"traces\" type=\"application/json\" data-left-out=\"{left_out}\">{json}</script>\n\
         {script}</body>\n</html>\n",
        policy = head.policy,
        style = head.style,
        text = escaped_html(text),
        json = escaped_json(traces_json),
        script = head.script,
    )
}

/// What differs between a document that has its assets and one that links them.
struct Head {
    policy: String,
    style: String,
    script: String,
}

fn inline_head(nonce: &str) -> Head {
    Head {
        policy: format!(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'nonce-{nonce}'; \
             script-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
        ),
        style: format!("<style nonce=\"{nonce}\">\n{VIEW_CSS}</style>\n"),
        script: format!("<script nonce=\"{nonce}\">\n{VIEW_JS}</script>\n"),
    }
}

fn linked_head(base: &str) -> Head {
    let base = escaped_html(base);
    Head {
        policy: String::new(),
        style: format!("<link rel=\"stylesheet\" href=\"{base}view.css\">\n"),
        script: format!("<script src=\"{base}view.js\"></script>\n"),
    }
}

/// What a script must know to run. Spans that were written before cannot know it.
fn nonce() -> String {
    format!("{:016x}{:016x}", random::number(), random::number())
}

/// Text as it must stand in an element or in an attribute with double quotes.
pub(crate) fn escaped_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(char),
        }
    }
    html
}

/// JSON that cannot end the element that it is in. Outside of texts, JSON has none of these characters.
fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                escaped.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::id::{SpanId, TraceId};
    use crate::model::tag::Tag;

    fn hostile_span() -> FinishedSpan {
        let mut span = FinishedSpan::new(
            TraceId::new(1).unwrap(),
            SpanId::new(2).unwrap(),
            "</script><script>alert(1)</script>",
            SystemTime::UNIX_EPOCH + Duration::from_secs(1),
            Duration::from_millis(3),
        );
        span.tags = vec![Tag::new("<!--<script>", "</pre>&amp;\u{2028}")];
        span
    }

    /// The JSON between the tags of the script element that has it.
    fn json_of(html: &str) -> serde_json::Value {
        let (_, rest) = html.split_once("type=\"application/json\"").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        let (json, _) = rest.split_once("</script>").unwrap();
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn names_and_values_cannot_leave_the_element_that_they_are_in() {
        let (process, span) = (Process::new("<b>", vec![]), hostile_span());
        let html = html([(&process, &span)]);
        let named = &json_of(&html)["data"][0];
        assert_eq!(
            named["spans"][0]["operationName"],
            "</script><script>alert(1)</script>"
        );
        assert_eq!(named["spans"][0]["tags"][0]["value"], "</pre>&amp;\u{2028}");
        let count = |part: &str| html.matches(part).count();
        assert_eq!((count("<script"), count("</script>")), (2, 2));
        assert_eq!(
            (count("<pre>"), count("</pre>"), count("<b>"), count("<!--")),
            (1, 1, 0, 0)
        );
    }

    #[test]
    fn a_browser_without_scripts_gets_the_trees_as_text() {
        let (process, mut span) = (Process::new("example.org", vec![]), hostile_span());
        span.operation_name = "get_missing_events".into();
        span.tags = vec![Tag::new("room", "!a"), Tag::new("error", true)];
        let html = html([(&process, &span)]);
        let (_, text) = html.split_once("<pre>").unwrap();
        let (text, _) = text.split_once("</pre>").unwrap();
        for part in ["example.org", "3.00 ms", "✗ get_missing_events", "room=!a"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    #[test]
    fn each_document_has_a_secret_of_its_own_that_names_the_script_that_may_run() {
        let secret = || {
            let html = html([]);
            let (_, rest) = html.split_once("script-src 'nonce-").unwrap();
            let secret = rest.split_once('\'').unwrap().0.to_owned();
            assert!(html.contains(&format!("<script nonce=\"{secret}\">")));
            secret
        };
        assert_eq!(secret().len(), 32);
        assert_ne!(secret(), secret());
    }

    #[test]
    fn a_document_for_a_server_links_its_assets_and_has_nothing_inline() {
        let html = document(&[], 0, Assets::Linked { base: "/_fedtrace/" });
        assert!(html.contains("<script src=\"/_fedtrace/view.js\"></script>"));
        assert!(html.contains("<link rel=\"stylesheet\" href=\"/_fedtrace/view.css\">"));
        assert!(!html.contains("<style") && !html.contains("style=") && !html.contains("onclick"));
    }

    #[test]
    fn the_script_and_the_style_do_not_end_their_own_elements() {
        assert!(!VIEW_JS.contains("</script") && !VIEW_JS.contains("<!--"));
        assert!(!VIEW_CSS.contains("</style") && !VIEW_CSS.contains("url("));
        for unsafe_way in ["innerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!VIEW_JS.contains(unsafe_way), "{unsafe_way}");
        }
    }
}

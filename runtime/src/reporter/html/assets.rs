//! The script and the style of the view of traces.

/// The script. It reads the JSON of the document that it is in.
pub(crate) const VIEW_JS: &str = concat!(
    "\"use strict\";\n(() => {\n",
    include_str!("view/elements.js"),
    include_str!("view/format.js"),
    include_str!("view/model.js"),
    include_str!("view/clock_skew.js"),
    include_str!("view/critical_path.js"),
    include_str!("view/search.js"),
    include_str!("view/list.js"),
    include_str!("view/timeline.js"),
    include_str!("view/waterfall.js"),
    include_str!("view/detail.js"),
    include_str!("view/trace_page.js"),
    include_str!("view/keys.js"),
    include_str!("view/main.js"),
    "})();\n",
);

/// The style.
pub(crate) const VIEW_CSS: &str = concat!(include_str!("view/base.css"), include_str!("view/view.css"));

/// The part of the style that other pages have too: colours, letters and links.
#[cfg(feature = "page")]
pub(crate) const BASE_CSS: &str = include_str!("view/base.css");

/// Where a document has its script and its style.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Assets<'a> {
    /// In the document itself, which then may load nothing and run no other script.
    Inline,
    /// At `view.js` and `view.css` below this URL. Who serves the document sends the policy, which needs no more than
    /// `script-src 'self'; style-src 'self'; img-src data:`.
    #[allow(dead_code)]
    Linked { base: &'a str },
}

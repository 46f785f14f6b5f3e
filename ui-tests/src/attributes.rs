//! The attributes that are put on a function to compare it with itself.

/// A name for each combination, and the attributes, without which the first is.
pub const COMBINATIONS: [(&str, &str); 8] = [
    ("plain", ""),
    ("trace", "#[::fedtrace::trace]"),
    ("opname", "#[::fedtrace::trace_with_opname(\"name\")]"),
    ("tag_args", "#[::fedtrace::tag_args]"),
    ("trace_first", "#[::fedtrace::trace] #[::fedtrace::tag_args]"),
    ("tag_args_first", "#[::fedtrace::tag_args] #[::fedtrace::trace]"),
    (
        "opname_first",
        "#[::fedtrace::trace_with_opname(\"name\")] #[::fedtrace::tag_args]",
    ),
    (
        "through_cfg_attr",
        "#[cfg_attr(all(), ::fedtrace::trace, ::fedtrace::tag_args)]",
    ),
];

/// The source with these attributes in place of each line `#[attributes]`.
pub fn with_attributes(source: &str, attributes: &str) -> String {
    source.replace("#[attributes]", attributes)
}

/// The editions in which a file is Rust: those of its first line, `// editions: 2021 2024`, or only the last one.
pub fn editions(functions: &str) -> Vec<&str> {
    let first = functions.lines().next().unwrap_or_default();
    match first.strip_prefix("// editions: ") {
        Some(editions) => editions.split(' ').collect(),
        None => vec!["2024"],
    }
}

//! The program in `docs/` that rewrites `#[instrument]`.

use syn::parse_file;

#[allow(dead_code)]
#[path = "../../../docs/rewrite_instrument.rs"]
mod rewrite_instrument;

use rewrite_instrument::rewrite;

fn rewritten(source: &str) -> String {
    let text = rewrite(source).text;
    parse_file(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    text
}

fn notes(source: &str) -> Vec<(usize, String)> {
    let notes = rewrite(source).notes;
    notes.into_iter().map(|note| (note.line, note.text)).collect()
}

#[track_caller]
fn assert_attributes(written: &str, function: &str, expected: &str) {
    let source = format!("{written}\n{function}");
    assert_eq!(rewritten(&source), format!("{expected}\n{function}"), "{written}");
}

#[test]
fn each_option_becomes_the_one_that_does_the_same() {
    let function = "fn f(&self, a: u8, b: HashMap<u8, u8>) {}";
    for (written, expected) in [
        ("#[instrument(skip_all)]", "#[fedtrace::trace]"),
        (
            "#[instrument(skip(self))]",
            "#[fedtrace::trace]\n#[fedtrace::tag_args(prefix = \"\")]",
        ),
        (
            "#[tracing::instrument(skip(self, a), name = \"x.y\")]",
            "#[fedtrace::trace_with_opname(\"x.y\")]\n#[fedtrace::tag_args(skip(a), prefix = \"\")]",
        ),
        (
            "#[instrument(level = \"debug\", skip_all, fields(%a, b = ?b, late, c.d = b.len(),))]",
            "#[fedtrace::trace(level = \"debug\")]\n\
             #[fedtrace::tag_args(skip_all, fields(%a, b = ?b, late, c.d = b.len()))]",
        ),
        (
            "#[::tracing::instrument(level = Level::TRACE, target = \"db\", skip_all)]",
            "#[fedtrace::trace(level = Level::TRACE, target = \"db\")]",
        ),
        (
            "#[instrument(parent = None, skip_all, ret(level = \"info\"))]",
            "#[fedtrace::trace(parent = None, ret)]",
        ),
        (
            "#[instrument(follows_from = causes(\"a,)b\"), skip_all, ret(Debug))]",
            "#[fedtrace::trace(follows_from = causes(\"a,)b\"), ret(Debug))]",
        ),
    ] {
        let source = format!("impl S {{\n{written}\n{function}\n}}");
        assert_eq!(
            rewritten(&source),
            format!("impl S {{\n{expected}\n{function}\n}}"),
            "{written}"
        );
    }
}

#[test]
fn a_function_without_arguments_gets_no_tags() {
    assert_attributes("#[instrument]", "fn f() {}", "#[fedtrace::trace]");
    assert_attributes(
        "#[instrument(fields(n = 1))]",
        "fn f() {}",
        "#[fedtrace::trace]\n#[fedtrace::tag_args(fields(n = 1))]",
    );
}

#[test]
fn an_err_is_a_failure_where_it_was_one() {
    for (written, function, expected) in [
        (
            "#[instrument(err)]",
            "async fn f() -> Answer { todo!() }",
            "#[fedtrace::trace]",
        ),
        (
            "#[instrument(err)]",
            "fn f() -> io::Result<()> { todo!() }",
            "#[fedtrace::trace]",
        ),
        (
            "#[instrument(err)]",
            "fn f() -> Answer { todo!() }",
            "#[fedtrace::trace(err)]",
        ),
        (
            "#[instrument(err(Debug))]",
            "fn f() -> Result<(), E> { todo!() }",
            "#[fedtrace::trace(err(Debug))]",
        ),
        (
            "#[instrument]",
            "fn f() -> Result<(), E> { todo!() }",
            "#[fedtrace::trace(err = false)]",
        ),
        (
            "#[instrument]",
            "fn f() -> impl Future<Output = Result<(), E>> { todo!() }",
            "#[fedtrace::trace(err = false)]",
        ),
        ("#[instrument]", "fn f() -> u8 { todo!() }", "#[fedtrace::trace]"),
    ] {
        assert_attributes(written, function, expected);
    }
}

#[test]
fn an_attribute_in_cfg_attr_stays_there() {
    assert_attributes(
        "#[cfg_attr(feature = \"trace\", must_use, tracing::instrument(skip(b)))]",
        "fn f(a: u8, b: u8) -> u8 { a + b }",
        "#[cfg_attr(feature = \"trace\", must_use, fedtrace::trace, fedtrace::tag_args(skip(b), prefix = \"\"))]",
    );
}

#[test]
fn what_is_no_attribute_stays_as_it_is() {
    let source = r###"
        // #[instrument]
        /* #[instrument] */
        const TEXT: &str = "#[instrument]";
        const RAW: &str = r#"#[instrument] ""#;
        const QUOTES: [char; 4] = ['"', '\'', '\u{22}', '\\'];
        #[derive(Debug)]
        struct Instrument<'a>(&'a str);
        #[instrumented]
        #[autometrics::instrument]
        fn f<'a>(text: &'a str) -> char { '\'' }
    "###;
    let rewritten = rewrite(source);
    assert_eq!(rewritten.text, source);
    assert!(rewritten.notes.is_empty(), "{:?}", rewritten.notes);
}

#[test]
fn indentation_and_other_attributes_are_kept() {
    let source = "mod m {\n    /// Docs.\n    #[inline]\n    #[instrument(skip(a))]\n    // why\n    #[must_use]\n    \
                  pub fn f(a: u8, b: u8) -> u8 { a }\n}\n";
    let expected = "mod m {\n    /// Docs.\n    #[inline]\n    #[fedtrace::trace]\n    \
                    #[fedtrace::tag_args(skip(a), prefix = \"\")]\n    // why\n    #[must_use]\n    \
                    pub fn f(a: u8, b: u8) -> u8 { a }\n}\n";
    assert_eq!(rewritten(source), expected);
}

#[test]
fn what_a_person_has_to_decide_is_said_with_its_line() {
    let note = |source: &str| {
        let notes = notes(&format!("\n{source}"));
        assert_eq!(notes.len(), 1, "{source}: {notes:?}");
        assert_eq!(notes[0].0, 2, "{source}");
        notes[0].1.clone()
    };
    for (source, part) in [
        ("#[instrument]\nfn f() -> Result<(), E> {}", "decide"),
        ("#[instrument]\nasync fn f() -> Answer {}", "alias of `Result`"),
        (
            "#[instrument]\nfn f() -> impl Stream<Item = u8> {}",
            "as long as the stream",
        ),
        ("#[instrument]\nfn f(&self) {}", "`self` was recorded"),
        (
            "#[instrument(fields(id = self.id))]\nfn f(&self) {}",
            "`self` was recorded",
        ),
        ("#[instrument(parent = &x)]\nfn f() {}", "fedtrace::Span"),
        ("#[instrument(target = \"x\")]\nfn f() {}", "was left out"),
        (
            "#[instrument(err(level = \"info\"))]\nasync fn f() -> Result<(), E> {}",
            "level of `err`",
        ),
        ("#[instrument(colour = 1)]\nfn f() {}", "unknown"),
    ] {
        assert!(note(source).contains(part), "{source}: {}", note(source));
    }
}

#[test]
fn what_bodies_do_with_their_span_of_tracing_is_said_with_its_line() {
    let source =
        "#[instrument]\nfn f() {\n    Span::current().record(\"a\", 1);\n    g().in_current_span();\n}\n";
    let notes = notes(source);
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].0 == 3 && notes[0].1.contains("set_tag"), "{notes:?}");
    assert!(
        notes[1].0 == 4 && notes[1].1.contains("in_active_span"),
        "{notes:?}"
    );
    let untouched = "fn f() { Span::current(); }";
    assert!(rewrite(untouched).notes.is_empty());
}

#[test]
fn half_typed_code_does_not_stop_it() {
    for source in [
        "#[instrument(",
        "#[",
        "#[instrument]",
        "#[instrument] fn f(",
        "\"",
        "r#\"",
        "'",
        "/*",
    ] {
        let _ = rewrite(source);
    }
}

//! An argument whose `Display` calls a traced function with the same argument.

use std::fmt;

use fedtrace::testing::TestTracer;
use fedtrace::{TagValue, tag_args, trace, with_tracer};

#[derive(Clone, Copy)]
struct Code(u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "code {}", number(*self))
    }
}

#[trace]
#[tag_args]
fn number(code: Code) -> u16 {
    code.0
}

#[test]
fn an_argument_whose_text_needs_the_same_function_does_not_overflow_the_stack() {
    let test = TestTracer::new();
    with_tracer(test.tracer(), || assert_eq!(number(Code(7)), 7));
    let spans = test.finished_spans();
    let text = |value: &str| Some(TagValue::from(value.to_owned()));
    let codes: Vec<_> = spans.iter().map(|span| span.tag("ARG.code").cloned()).collect();
    assert_eq!(codes.last(), Some(&text("code 7")));
    assert_eq!(codes.first(), Some(&text("<formatted by itself>")));
}

//! Tokens that are not Rust.

use super::*;

#[test]
fn no_tokens_make_the_macros_panic() {
    const WORDS: [&str; 28] = [
        "fn", "async", "move", "f", "(", ")", "{", "}", "[", "]", "<", ">", "->", "Result", ":", "::", ",",
        ";", "#", "!", "impl", "self", "mut", "x", "pub", "const", "\"t\"", "Box::pin",
    ];
    const STARTS: [&str; 6] = [
        "",
        "fn f(x: X) -> Result<A, B> {",
        "async fn f(mut x: X, (a, _): P) {",
        "impl A { fn f(",
        "#[tag_args] fn f() {",
        "pub fn f(self: Box<Self>) { Box::pin(async move {",
    ];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit as u64).unwrap()
    };
    let mut parsed = 0;
    for _ in 0..4_000 {
        let mut source = STARTS[below(STARTS.len())].to_owned();
        for _ in 0..below(12) {
            source.push(' ');
            source.push_str(WORDS[below(WORDS.len())]);
        }
        let closed = source
            .matches('{')
            .count()
            .saturating_sub(source.matches('}').count());
        let open = source
            .matches('(')
            .count()
            .saturating_sub(source.matches(')').count());
        source.push_str(&")".repeat(open.min(1)));
        source.push_str(&"}".repeat(closed));
        let Ok(tokens) = TokenStream::from_str(&source) else {
            continue;
        };
        parsed += 1;
        for expand in [trace, trace_with_opname, tag_args] {
            let args = [
                "",
                "\"name\"",
                "skip(x)",
                "fields(x.y = x)",
                "prefix = \"x\", tracer = x",
                &source,
            ];
            for args in args {
                if let Ok(args) = TokenStream::from_str(args) {
                    let output = expand(args, tokens.clone()).to_string();
                    assert!(TokenStream::from_str(&output).is_ok(), "{output}");
                }
            }
        }
    }
    assert!(parsed > 300, "{parsed}");
}

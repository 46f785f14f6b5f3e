//! The error for each mistake, and the item after it.

use super::*;

#[test]
fn an_error_leaves_the_item_and_is_the_only_one() {
    for (source, message) in [
        (
            quote!(
                #[trace]
                #[tag_args]
                struct S;
            ),
            "#[trace] can only be applied to functions and methods",
        ),
        (
            quote!(
                #[tag_args]
                #[trace]
                trait T {
                    fn f();
                }
            ),
            "#[tag_args] cannot be applied to a trait; annotate methods that have a body",
        ),
        (
            quote!(
                #[tag_args]
                #[trace]
                #[inline]
                fn f();
            ),
            "#[tag_args] needs a function body; put it on the implementation instead",
        ),
        (
            quote!(
                #[trace]
                unsafe extern "C" fn f(a: u8, ...) {}
            ),
            "#[trace] does not support C-variadic functions",
        ),
        (
            quote!(
                #[trace]
                #[tag_args(skip(b))]
                fn f(a: u8) {}
            ),
            "no parameter named `b` in this function",
        ),
        (
            quote!(
                #[trace]
                #[fedtrace::trace_with_opname("x")]
                fn f() {}
            ),
            "this function is already traced",
        ),
        (
            quote!(
                #[trace(a = 1)]
                fn f() {}
            ),
            "unknown option `a`; expected one of `crate`, `err`, `follows_from`, `level`, `parent`, `prefix`, `ret`, `root`, \
             `target`, `tracer`",
        ),
        (
            quote!(
                #[tag_args(a)]
                fn f() {}
            ),
            "unknown option `a`; expected one of `crate`, `skip`, `skip_all`, `only`, `reveal`, `redact`, `fields`, \
             `prefix`",
        ),
        (
            quote!(
                #[tag_args(redact(b))]
                fn f(a: u8) {}
            ),
            "no parameter named `b` in this function",
        ),
        (
            quote!(
                #[tag_args(skip(a), redact(a))]
                fn f(a: u8) {}
            ),
            "`a` is not tagged, so there is nothing to redact",
        ),
        (
            quote!(
                #[tag_args(reveal(a), redact(a))]
                fn f(a: u8) {}
            ),
            "`a` cannot be both revealed and redacted",
        ),
    ] {
        let expanded = expand_all(source.clone());
        assert_eq!(error(&expanded), message);
        let text = expanded.to_string();
        let item = source.to_string();
        let item = item.rsplit(']').next().unwrap().trim();
        assert!(text.contains(item), "{text}");
    }
}

//! Whether a body may return before its end, and whether it has no end: guesses, made without parsing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::body::mentions;
use crate::token::{is_ident, is_punct, may_precede_expression};

/// Macros that are known not to expand to a `return`.
const MACROS: [&str; 33] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "error",
    "format",
    "format_args",
    "info",
    "json",
    "log",
    "matches",
    "panic",
    "print",
    "println",
    "stream",
    "stringify",
    "todo",
    "trace",
    "try_stream",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// The body has a `return`, or a macro that may expand to one, outside closures and `async` blocks. Where it is not
/// certain, the answer is "yes".
pub(crate) fn may_return(content: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    let mut in_closure = false;
    (0..tokens.len()).any(|index| {
        let (before, after) = tokens.split_at(index);
        in_closure = begins_closure(before, after) || in_closure && !ends_expression(before, after);
        !in_closure && returns(before, after)
    })
}

/// The body of a function that returns a value ends without one: with a semicolon, a `return`, a `panic!` or an endless
/// `loop`. Where it is not certain, the answer is "no".
pub(crate) fn diverges(content: TokenStream) -> bool {
    const PANICS: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    let begins_statement = |before: &[TokenTree]| match before.last() {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        Some(token) => is_punct(token, ';'),
        None => true,
    };
    let end = match tokens.as_slice() {
        [.., last] if is_punct(last, ';') => return true,
        [before @ .., word, TokenTree::Group(block)] if is_ident(word, "loop") => {
            begins_statement(before) && !mentions(block.stream(), "break")
        }
        [before @ .., name, bang, TokenTree::Group(_)] if is_punct(bang, '!') => {
            begins_statement(before) && PANICS.iter().any(|known| is_ident(name, known))
        }
        _ => false,
    };
    let last_statement = tokens.iter().enumerate().rev();
    let returns = last_statement
        .take_while(|(_, token)| !is_punct(token, ';'))
        .any(|(index, token)| {
            is_ident(token, "return") && begins_statement(tokens.get(..index).unwrap_or(&[]))
        });
    end || returns
}

fn begins_closure(before: &[TokenTree], after: &[TokenTree]) -> bool {
    after.first().is_some_and(|token| is_punct(token, '|'))
        && before.last().is_none_or(may_precede_expression)
}

/// The next token is `,`, `;` or the end of `=>`.
fn ends_expression(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let Some(token) = after.first() else {
        return true;
    };
    let ends_arrow = || is_punct(token, '>') && before.last().is_some_and(|last| is_punct(last, '='));
    is_punct(token, ',') || is_punct(token, ';') || ends_arrow()
}

/// The next token is a `return`, may expand to one, or contains one.
fn returns(before: &[TokenTree], after: &[TokenTree]) -> bool {
    match after {
        [TokenTree::Group(group), ..] => {
            let is_async = |word: &TokenTree| is_ident(word, "async") || is_ident(word, "move");
            !before.last().is_some_and(is_async) && !is_stream(before) && may_return(group.stream())
        }
        [token, ..] => is_ident(token, "return") || is_unknown_macro(after),
        [] => false,
    }
}

/// The next group is that of `stream! {…}` or `try_stream! {…}`, where a `return` ends the stream.
fn is_stream(before: &[TokenTree]) -> bool {
    match before {
        [.., name, bang] => is_punct(bang, '!') && (is_ident(name, "stream") || is_ident(name, "try_stream")),
        _ => false,
    }
}

/// `name!(…)`, with a name that is not among [`MACROS`].
pub(crate) fn is_unknown_macro(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(name), bang, TokenTree::Group(_), ..] => {
            is_punct(bang, '!') && !MACROS.iter().any(|known| name == known)
        }
        _ => false,
    }
}

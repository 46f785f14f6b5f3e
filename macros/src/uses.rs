//! Whether a body uses a variable: a guess, made without parsing. Where it is not certain, the answer is "no".

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::body::mentions;
use crate::token::{is_ident, is_punct};

/// The body names this variable before it declares another one of the same name. Variables in format strings are not
/// seen.
pub(crate) fn uses(content: TokenStream, name: &str) -> bool {
    is_used(content, name, false)
}

/// Like [`uses`], not counting `name.field`.
pub(crate) fn uses_whole(content: TokenStream, name: &str) -> bool {
    is_used(content, name, true)
}

/// How long the name is that of another variable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shadow {
    None,
    /// In the rest of the block, once the statement is over.
    AfterStatement,
    /// In the next block: `if let Some(name) = value {}`, `for name in values {}`.
    Block,
    /// In a closure, or in an arm of a `match`.
    Expression,
}

fn is_used(content: TokenStream, name: &str, whole: bool) -> bool {
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    let mut shadow = Shadow::None;
    let mut in_parameters = false;
    for (index, token) in tokens.iter().enumerate() {
        let (before, after) = tokens.split_at(index);
        let ends_statement = is_punct(token, ';');
        if ends_statement && shadow == Shadow::AfterStatement {
            return false;
        }
        if ends_statement || is_punct(token, ',') && !in_parameters {
            in_parameters = false;
            if shadow == Shadow::Expression {
                shadow = Shadow::None;
            }
        }
        if is_punct(token, '|') && (in_parameters || begins_closure(before, after)) {
            in_parameters = !in_parameters;
            continue;
        }
        let named = || match token {
            TokenTree::Group(group) => mentions(group.stream(), name),
            token => is_ident(token, name),
        };
        if in_parameters {
            if named() {
                shadow = Shadow::Expression;
            }
            continue;
        }
        let is_block = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if shadow == Shadow::Expression {
            if is_block && is_arrow(before) {
                shadow = Shadow::None;
            }
            continue;
        }
        if shadow == Shadow::Block && is_block {
            shadow = Shadow::None;
            continue;
        }
        if !named() {
            continue;
        }
        if let Some(declared) = declared(before, after, is_block) {
            shadow = declared;
            continue;
        }
        if before.last().is_some_and(|word| is_ident(word, "fn")) {
            return false;
        }
        let used = match token {
            TokenTree::Group(group) => is_used(group.stream(), name, whole),
            _ => !(is_other(before, after) || whole && is_field_access(after)),
        };
        if used {
            return true;
        }
    }
    false
}

/// `|` where an expression begins, which is not the empty `||`.
fn begins_closure(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let begins = match before.last() {
        None => true,
        Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), '?' | '|'),
        Some(word) => ["move", "async", "return", "else", "in"]
            .iter()
            .any(|keyword| is_ident(word, keyword)),
    };
    begins && !after.get(1).is_some_and(|next| is_punct(next, '|'))
}

/// The token stands in a pattern, or is a name that is declared: for how long.
fn declared(before: &[TokenTree], after: &[TokenTree], is_block: bool) -> Option<Shadow> {
    // `Type { name }`, and not the block of an arm.
    let begins_upper = |word: &TokenTree| word.to_string().starts_with(char::is_uppercase);
    if is_block && !before.last().is_some_and(begins_upper) {
        return None;
    }
    let mut in_guard = false;
    for (index, token) in before.iter().enumerate().rev() {
        if is_punct(token, '=') || is_punct(token, ';') || is_punct(token, ',') || is_ident(token, "in") {
            break;
        }
        if is_ident(token, "for") {
            return Some(Shadow::Block);
        }
        if is_ident(token, "let") {
            let condition = index.checked_sub(1).and_then(|index| before.get(index));
            let is_condition = condition.is_some_and(|word| {
                is_punct(word, '&') || ["if", "while"].iter().any(|keyword| is_ident(word, keyword))
            });
            return Some(if is_condition {
                Shadow::Block
            } else {
                Shadow::AfterStatement
            });
        }
        in_guard |= is_ident(token, "if");
    }
    let is_arm = !in_guard && is_pattern_of_arm(after);
    is_arm.then_some(Shadow::Expression)
}

/// `=>` follows, in the same arm.
fn is_pattern_of_arm(tokens: &[TokenTree]) -> bool {
    for (index, token) in tokens.iter().enumerate() {
        if is_punct(token, ',') || is_punct(token, ';') {
            return false;
        }
        if is_punct(token, '=') {
            return tokens.get(index + 1).is_some_and(|next| is_punct(next, '>'));
        }
    }
    false
}

fn is_arrow(before: &[TokenTree]) -> bool {
    matches!(before, [.., equals, end] if is_punct(equals, '=') && is_punct(end, '>'))
}

/// The name of a field, a method, an item, a module, a label or a macro.
fn is_other(before: &[TokenTree], after: &[TokenTree]) -> bool {
    let is_colons = |first: &TokenTree, second: &TokenTree| is_punct(first, ':') && is_punct(second, ':');
    let behind = match before {
        [.., first, second] if is_punct(second, '.') => !is_punct(first, '.'),
        [.., first, second] if is_colons(first, second) => true,
        [.., last] => is_punct(last, '.') || is_punct(last, '\''),
        [] => false,
    };
    let ahead = match after {
        [_, colon, ..] if is_punct(colon, ':') => true,
        [_, bang, TokenTree::Group(_), ..] => is_punct(bang, '!'),
        _ => false,
    };
    behind || ahead
}

/// `name.field`, but not `name.method()` and not `name.await`.
fn is_field_access(tokens: &[TokenTree]) -> bool {
    match tokens {
        [_, dot, member, next @ ..] if is_punct(dot, '.') => {
            let calls = match next.first() {
                Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
                Some(token) => is_punct(token, ':'),
                None => false,
            };
            !calls && !is_ident(member, "await") && !is_punct(member, '.')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::uses;

    fn uses_name(body: &str) -> bool {
        uses(body.parse().expect("tokens"), "name")
    }

    #[test]
    fn a_variable_is_used_where_it_is_named() {
        for body in [
            "name",
            "f(name)",
            "&mut name",
            "0..name",
            "let name = name;",
            "let (a, name) = name;",
            "{ let name = 1; } name",
            "let Some(x) = name else { return };",
            "if let Some(name) = x { f(name) } f(name)",
            "for name in x {} name",
            "for x in name {}",
            "match name { x => 1 }",
            "match x { Some(y) if name => 1, _ => 2 }",
            "match x { Some(name) => name, None => name }",
            "match x { Some(name) => { name } _ => name }",
            "x.map(|y| y + name)",
            "x.map(|name| name).chain(name)",
            "g(|name| name, name)",
            "flags | name | mask",
            "a || name || b",
            "S { field: name }",
            "S { name }",
            "name != x",
            "x => name",
        ] {
            assert!(uses_name(body), "{body}");
        }
    }

    #[test]
    fn another_thing_of_the_same_name_is_no_use() {
        for body in [
            "x.name()",
            "x.name",
            "S { name: 1 }",
            "path::name()",
            "name::f()",
            "'name: loop { break 'name; }",
            "name!(x)",
            "fn name() {} name()",
            "let name = 1; name",
            "let (a, name) = x; name",
            "let S { name } = x; name",
            "let Some(name) = x else { return }; name",
            "if let Some(name) = x { name }",
            "if a && let Some(name) = x { name }",
            "for (a, name) in x { f(name); }",
            "match x { Some(name) => name, None => 0 }",
            "match x { Some(name) if name > 1 => name, None => 0 }",
            "match x { S { name, .. } => { name } None => 0 }",
            "x.map(|name| name.len())",
            "x.fold(0, |sum, (_, name)| { sum + name })",
            "let f = |name: u8| name + 1;",
            "x.filter(|&name| name)",
        ] {
            assert!(!uses_name(body), "{body}");
        }
    }
}

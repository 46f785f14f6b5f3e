//! Whether a body uses a variable: a guess, made without parsing. Where it is not certain, the answer is "no".

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::body::mentions;
use crate::token::{is_ident, is_punct};

/// The body names this variable before it declares another one of the same name. Variables in format strings are not
/// found.
pub(crate) fn uses(content: TokenStream, name: &str) -> bool {
    is_used(content, name, Fields::Count)
}

/// Like [`uses`], but `name.field` does not count.
pub(crate) fn uses_without_fields(content: TokenStream, name: &str) -> bool {
    is_used(content, name, Fields::Ignore)
}

/// Whether `name.field` counts as a use of `name`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fields {
    Count,
    Ignore,
}

/// How long another variable has the name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shadow {
    None,
    /// In the rest of the block, after the statement.
    Block,
    /// In the next block: `if let Some(name) = value {}`, `for name in values {}`.
    NextBlock,
    /// In a closure, or in an arm of a `match`.
    Expression,
}

fn is_used(content: TokenStream, name: &str, fields: Fields) -> bool {
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    let mut search = Search {
        name,
        fields,
        shadow: Shadow::None,
        in_parameters: false,
    };
    let mut answers = (0..tokens.len()).filter_map(|index| {
        let (before, after) = tokens.split_at(index);
        search.visit(before, after)
    });
    answers.next().unwrap_or(false)
}

/// The search for a variable in the tokens of one block or group, from the first to the last.
struct Search<'a> {
    name: &'a str,
    fields: Fields,
    shadow: Shadow,
    /// The next token is among the parameters of a closure.
    in_parameters: bool,
}

impl Search<'_> {
    /// Whether the variable is used, as soon as the next token shows it.
    fn visit(&mut self, before: &[TokenTree], after: &[TokenTree]) -> Option<bool> {
        let token = after.first()?;
        let ends_statement = is_punct(token, ';');
        if ends_statement && self.shadow == Shadow::Block {
            return Some(false);
        }
        if ends_statement || is_punct(token, ',') && !self.in_parameters {
            self.in_parameters = false;
            if self.shadow == Shadow::Expression {
                self.shadow = Shadow::None;
            }
        }
        if self.skips(token, before, after) || !self.names(token) {
            return None;
        }
        if let Some(shadow) = shadow(before, after, is_block(token)) {
            self.shadow = shadow;
            return None;
        }
        if before.last().is_some_and(|word| is_ident(word, "fn")) {
            return Some(false);
        }
        let is_used = match token {
            TokenTree::Group(group) => is_used(group.stream(), self.name, self.fields),
            _ => {
                !(names_no_variable(before, after) || self.fields == Fields::Ignore && is_field_access(after))
            }
        };
        is_used.then_some(true)
    }

    /// The token is among the parameters of a closure, or in code where another variable has the name.
    fn skips(&mut self, token: &TokenTree, before: &[TokenTree], after: &[TokenTree]) -> bool {
        if is_punct(token, '|') && (self.in_parameters || begins_closure(before, after)) {
            self.in_parameters = !self.in_parameters;
            return true;
        }
        if self.in_parameters {
            if self.names(token) {
                self.shadow = Shadow::Expression;
            }
            return true;
        }
        match self.shadow {
            Shadow::Expression => {
                if is_block(token) && is_arrow(before) {
                    self.shadow = Shadow::None;
                }
                true
            }
            Shadow::NextBlock if is_block(token) => {
                self.shadow = Shadow::None;
                true
            }
            _ => false,
        }
    }

    fn names(&self, token: &TokenTree) -> bool {
        match token {
            TokenTree::Group(group) => mentions(group.stream(), self.name),
            token => is_ident(token, self.name),
        }
    }
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// `|` at the start of an expression. The empty `||` does not count.
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

/// How long another variable has the name, if the token declares it: as a name, or in a pattern.
fn shadow(before: &[TokenTree], after: &[TokenTree], is_block: bool) -> Option<Shadow> {
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
            return Some(Shadow::NextBlock);
        }
        if is_ident(token, "let") {
            let condition = index.checked_sub(1).and_then(|index| before.get(index));
            let is_condition = condition.is_some_and(|word| {
                is_punct(word, '&') || ["if", "while"].iter().any(|keyword| is_ident(word, keyword))
            });
            return Some(if is_condition {
                Shadow::NextBlock
            } else {
                Shadow::Block
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
fn names_no_variable(before: &[TokenTree], after: &[TokenTree]) -> bool {
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

//! Whether a body assigns to `self`: a guess, made without parsing. Where it is not certain, the answer is "yes".

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::body::mentions;
use crate::early_return::is_unknown_macro;
use crate::token::{is_ident, is_punct};

/// The body assigns to `self` or to a part of it, or has a macro that may expand to such an assignment.
pub(crate) fn assigns_to_self(content: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    (0..tokens.len()).any(|index| {
        let (_, after) = tokens.split_at(index);
        match after {
            [TokenTree::Group(group), behind @ ..] => {
                assigns_to_self(group.stream()) || begins_assignment(behind) && mentions_self(group.stream())
            }
            [word, behind @ ..] if is_ident(word, "self") => begins_assignment(behind_place(behind)),
            [_, _, TokenTree::Group(group), ..] => is_unknown_macro(after) && mentions_self(group.stream()),
            _ => false,
        }
    })
}

fn mentions_self(content: TokenStream) -> bool {
    mentions(content, "self")
}

/// The tokens after `.field[index]`.
fn behind_place(mut tokens: &[TokenTree]) -> &[TokenTree] {
    loop {
        tokens = match tokens {
            [dot, TokenTree::Ident(_) | TokenTree::Literal(_), behind @ ..] if is_punct(dot, '.') => behind,
            [TokenTree::Group(index), behind @ ..] if index.delimiter() == Delimiter::Bracket => behind,
            _ => return tokens,
        };
    }
}

/// `=`, or an operator such as `+=` and `<<=`, but no comparison and no `=>`.
fn begins_assignment(tokens: &[TokenTree]) -> bool {
    let is_one_of = |token: &TokenTree, operators: &str| operators.chars().any(|one| is_punct(token, one));
    match tokens {
        [equals, next, ..] if is_punct(equals, '=') => !is_one_of(next, "=>"),
        [operator, equals, ..] if is_one_of(operator, "+-*/%^&|") => is_punct(equals, '='),
        [shift, same, equals, ..] if is_one_of(shift, "<>") => is_one_of(same, "<>") && is_punct(equals, '='),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::assigns_to_self;

    fn assigns(body: &str) -> bool {
        assigns_to_self(body.parse().expect("tokens"))
    }

    #[test]
    fn an_assignment_to_self_or_a_part_of_it_is_seen() {
        for body in [
            "self = other;",
            "self.open = false;",
            "self.0 = 1",
            "self.counts[0].1 += 1;",
            "self.x <<= 2;",
            "self.x ^= 2;",
            "if close { self.open = false; }",
            "match x { 0 => self.open = false, _ => {} }",
            "(self.a, self.b) = (1, 2);",
            "[self.a, _] = x;",
            "close!(self);",
            "(|| self.x = 1)()",
        ] {
            assert!(assigns(body), "{body}");
        }
    }

    #[test]
    fn a_comparison_a_call_and_another_place_are_none() {
        for body in [
            "self.open == false",
            "self.open != false",
            "self.x <= 1 && self.x >= 1",
            "self.x < 1",
            "let x = self.x;",
            "other.x = self.x;",
            "self.set(1);",
            "match self.x { x => 1 }",
            "Self { x: 1 } == self",
            "println!(\"{}\", self.x);",
            "f(self.x, y = 1)",
        ] {
            assert!(!assigns(body), "{body}");
        }
    }
}

//! The patterns of parameters, which `#[async_trait]` moves into the future. It calls the parameters `__arg1`.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::Pat;
use syn::parse::Parser;

use crate::binding::{self, Binding};
use crate::token::{is_ident, is_punct};

/// The content of a future, split where tags can use the patterns.
pub(crate) struct FutureContent {
    pub(crate) patterns: TokenStream,
    pub(crate) rest: TokenStream,
}

/// Replaces `__arg1` by the variables of its pattern.
pub(crate) fn unpack(content: TokenStream, bindings: Vec<Binding>) -> (FutureContent, Vec<Binding>) {
    let tokens: Vec<TokenTree> = content.into_iter().collect();
    let mut end = 0;
    let mut unpacked = Vec::new();
    for binding in bindings {
        match pattern_of(&tokens, &binding) {
            Some((pattern, behind)) => {
                end = end.max(behind);
                unpacked.extend(binding::of_pattern(&pattern).into_iter().map(|inner| Binding {
                    cfgs: [binding.cfgs.clone(), inner.cfgs].concat(),
                    in_future: true,
                    ..inner
                }));
            }
            None => unpacked.push(binding),
        }
    }
    let (patterns, rest) = tokens.split_at_checked(end).unwrap_or((&[], &tokens));
    let future = FutureContent {
        patterns: patterns.iter().cloned().collect(),
        rest: rest.iter().cloned().collect(),
    };
    (future, unpacked)
}

/// Finds `let PATTERN = { let __arg1 = __arg1; __arg1 };`, or `let __arg1 = __arg1;` for `_`, and where it ends.
fn pattern_of(tokens: &[TokenTree], binding: &Binding) -> Option<(Pat, usize)> {
    let name = binding.name();
    let number = name.strip_prefix("__arg")?;
    if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let is_end = |end: &[TokenTree]| {
        matches!(end, [equals, value, semicolon]
            if is_punct(equals, '=') && evaluates_to(value, &name) && is_punct(semicolon, ';'))
    };
    let equals = tokens.windows(3).position(is_end)?;
    let before = tokens.get(..equals)?;
    let start = before.iter().rposition(|token| is_ident(token, "let"))?;
    let pattern = match before.get(start + 1..)? {
        [same] if is_ident(same, &name) => quote!(_),
        pattern => pattern.iter().cloned().collect(),
    };
    Some((Pat::parse_multi.parse2(pattern).ok()?, equals + 3))
}

/// The argument, or a block that ends with it.
fn evaluates_to(value: &TokenTree, name: &str) -> bool {
    match value {
        TokenTree::Group(block) => {
            let last = block.stream().into_iter().last();
            last.is_some_and(|last| is_ident(&last, name))
        }
        value => is_ident(value, name),
    }
}

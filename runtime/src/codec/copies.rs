//! Equal copies of one text. Proxies and frameworks that add a header twice, or join both with a comma, change nothing about
//! what the sender wrote.

/// The text without its equal copies; `None` if the parts between commas differ.
pub(crate) fn one_of_copies(text: &str) -> Option<&str> {
    let Some((first, rest)) = text.split_once(',') else {
        return Some(text);
    };
    rest.split(',')
        .all(|part| part.trim() == first.trim())
        .then_some(first)
}

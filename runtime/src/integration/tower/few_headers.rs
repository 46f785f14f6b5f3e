//! Looks for headers of which most messages have none.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Up to so many headers are compared, instead of hashing the name.
const FEW: usize = 8;

/// The first value of a header.
pub(super) fn find<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    if headers.keys_len() <= FEW && !headers.keys().any(|key| key == name) {
        return None;
    }
    headers.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_is_found_among_few_headers_and_among_many() {
        let name = HeaderName::from_static("x-wanted");
        let mut headers = HeaderMap::new();
        for number in 0..2 * FEW {
            assert_eq!(find(&headers, &name), None);
            let mut with = headers.clone();
            with.append(&name, HeaderValue::from_static("first"));
            with.append(&name, HeaderValue::from_static("second"));
            assert_eq!(find(&with, &name).unwrap(), "first");
            let other: HeaderName = format!("x-other-{number}").parse().unwrap();
            headers.insert(other, HeaderValue::from_static("other"));
        }
    }
}

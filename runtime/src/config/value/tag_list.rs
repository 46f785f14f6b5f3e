//! Tags in one text, the format of the variable `JAEGER_TAGS`.

use crate::model::error::config::ConfigError;
use crate::model::tag::Tag;

/// Reads `key=value, key=${VARIABLE:default}`: the value is the text after the first `=`, or the value of a
/// variable, or the default if the variable is empty.
pub(crate) fn read(
    name: &str,
    text: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Tag>, ConfigError> {
    let mut tags: Vec<Tag> = Vec::new();
    for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let pair = entry
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
            .filter(|(key, _)| !key.is_empty());
        let Some((key, value)) = pair else {
            return Err(ConfigError::value(
                name,
                format_args!("{entry:?}"),
                "is not a tag; write key=value, and commas between several",
            ));
        };
        tags.retain(|tag| tag.key != key);
        tags.push(Tag::new(key.to_owned(), substituted(value, &variable)));
    }
    Ok(tags)
}

fn substituted(value: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let Some(inside) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
        return value.to_owned();
    };
    let (name, default) = inside.split_once(':').unwrap_or((inside, ""));
    variable(name)
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| default.to_owned())
}

#[cfg(test)]
mod tests {
    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let variable = |name: &str| match name {
            "SET" => Some("from variable".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let tags = super::read("JAEGER_TAGS", text, variable).map_err(|error| error.to_string())?;
        let pairs = tags.into_iter();
        Ok(pairs
            .map(|tag| (tag.key.to_string(), tag.value.as_str().unwrap().to_owned()))
            .collect())
    }

    #[test]
    fn a_tag_is_a_key_and_all_behind_the_first_equals_sign() {
        for (text, expected) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("a=1", &[("a", "1")]),
            (" a = 1 , b=c d,", &[("a", "1"), ("b", "c d")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a=", &[("a", "")]),
            ("a=1,a=2", &[("a", "2")]),
            ("a=${SET:x}", &[("a", "from variable")]),
            ("a=${SET}", &[("a", "from variable")]),
            ("a=${EMPTY:x}", &[("a", "x")]),
            ("a=${UNSET:http://host:80/}", &[("a", "http://host:80/")]),
            ("a=${UNSET:}", &[("a", "")]),
            ("a=${UNSET}", &[("a", "")]),
            ("a=${SET", &[("a", "${SET")]),
            ("a=${", &[("a", "${")]),
            ("a=${}", &[("a", "")]),
            ("a=x${SET:y}", &[("a", "x${SET:y}")]),
        ] {
            let expected = expected
                .iter()
                .map(|(key, value)| (key.to_string(), value.to_string()));
            assert_eq!(read(text).unwrap(), expected.collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn what_is_no_tag_is_an_error_that_shows_it() {
        for (text, entry) in [("a", "a"), ("a=1,b", "b"), ("=1", "=1"), ("a=${UNSET:x,y}", "y}")] {
            assert_eq!(
                read(text).unwrap_err(),
                format!("JAEGER_TAGS: {entry:?} is not a tag; write key=value, and commas between several")
            );
        }
    }
}

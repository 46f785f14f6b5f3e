//! Entries that admit every server.

use regex::bytes::RegexSet;

/// Names that nothing but their dots has in common. An entry that admits them all is not about any of them.
const STRANGERS: [&str; 5] = [
    "evil.example",
    "7.k2.a-b.test",
    "xn--80ak6aa92e.zz",
    "matrix.qj4w.org",
    "p9.net",
];

/// The places of the expressions that admit whoever comes.
pub(super) fn admitting_everybody(regexes: &RegexSet) -> Vec<usize> {
    let [first, others @ ..] = STRANGERS.map(|name| regexes.matches(name.as_bytes()));
    let admits_all = |index: &usize| others.iter().all(|matches| matches.matched(*index));
    first.iter().filter(admits_all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_admits_any_name_is_found_and_one_about_names_is_not() {
        let regexes = [
            r"\A(?:.*)\z",
            r"\A(?:.*\.org)\z",
            r"\A(?:.+)",
            r"\A(?:(a|b)?.*$)",
            r"\A(?:matrix.*)",
            r"\A(?:[^.]+\..*)\z",
            r"\A(?:.*\.(org|net))\z",
        ];
        assert_eq!(
            admitting_everybody(&RegexSet::new(regexes).unwrap()),
            [0, 2, 3, 5]
        );
        assert_eq!(admitting_everybody(&RegexSet::empty()), [0; 0]);
    }
}

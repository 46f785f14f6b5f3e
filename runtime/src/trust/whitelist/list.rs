//! The whitelist: its construction and its matching.

use std::collections::HashSet;
use std::slice;
use std::sync::Arc;

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::doubt::{Doubt, doubt_of, doubt_of_prefix};
use super::everybody::admitting_everybody;
use super::lookalike::lookalike_of;
use super::pattern::{Pattern, Problem, UNICODE, in_our_syntax, prefix_regex};
use super::server_name::{MAX_SERVER_NAME, ServerName, in_lower_case};
use crate::model::error::whitelist::{WhitelistError, character_at};
use crate::util::diagnostics;

/// The most regular expressions in a whitelist; plain names are not limited.
pub(super) const MAX_REGEXES: usize = 1000;
/// The most bytes of memory for all compiled regular expressions together.
const MAX_AUTOMATON_BYTES: usize = 8 * 1024 * 1024;

/// The homeservers that may see our traces, and whose traces we continue.
///
/// An entry is one of these:
///
/// * **A server name**, with or without a leading `*.`: it matches the name itself and all its sub-domains.
///   Any entry made only of the characters of server names (`A-Z a-z 0-9 . : - [ ]`) is read this way, so
///   that a dot is a dot. An IP address matches only itself.
/// * **A regular expression** in the syntax of the [`regex`] crate, without look-around and back-references.
///   It must match the whole name. Its character classes are ASCII only. `\Z` is the end, as in Python.
///
/// An entry is compared with the whole server name, and with the server name without its port. ASCII case is
/// ignored: the Matrix specification calls server names case-sensitive, but domain names are not. Text that
/// is not a server name by the grammar of Matrix matches no entry, not even `.*`.
///
/// [`prefix_match`](Self::prefix_match) reads the same list like Synapse.
///
/// Clones are cheap and share the list.
///
/// ```
/// use fedtrace::whitelist::Whitelist;
///
/// let whitelist = Whitelist::new([
///     "mytrustedhomeserver.org",
///     "*.myotherhomeservers.com",
///     r"synapse\d+\.example\.net",
/// ])?;
/// assert!(whitelist.allows("mytrustedhomeserver.org:8448"));
/// assert!(whitelist.allows("chat.myotherhomeservers.com"));
/// assert!(whitelist.allows("synapse2.example.net"));
/// assert!(!whitelist.allows("mytrustedhomeserver.org.evil.example"));
/// # Ok::<(), fedtrace::whitelist::WhitelistError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Whitelist {
    entries: Option<Arc<Entries>>,
    prefix_match: bool,
}

#[derive(Debug)]
struct Entries {
    domains: HashSet<String>,
    addresses: HashSet<String>,
    regexes: RegexSet,
}

impl Whitelist {
    /// A whitelist that admits no server.
    pub const fn empty() -> Self {
        Self {
            entries: None,
            prefix_match: false,
        }
    }

    /// A whitelist of these entries. Space around an entry is ignored.
    ///
    /// # Errors
    ///
    /// Names the first entry that is empty, that is neither a server name nor a regular expression, or that
    /// is too large. It is also an error to have more than 1,000 regular expressions, or ones that need more
    /// than 8 MiB together.
    pub fn new<I, S>(patterns: I) -> Result<Self, WhitelistError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut domains = HashSet::new();
        let mut addresses = HashSet::new();
        let mut regexes = Vec::new();
        for (index, entry) in patterns.into_iter().enumerate() {
            let entry = entry.as_ref();
            match Pattern::parse(entry.trim()).map_err(|problem| error(entry, index, problem))? {
                Pattern::Domain(name) => drop(domains.insert(name)),
                Pattern::Address(name) => drop(addresses.insert(name)),
                Pattern::Regex(anchored) => {
                    warn_of(doubt_of(entry), entry, index);
                    regexes.push(Regex {
                        index,
                        entry: entry.to_owned(),
                        anchored,
                    });
                }
            }
        }
        if domains.is_empty() && addresses.is_empty() && regexes.is_empty() {
            return Ok(Self::empty());
        }
        let automaton = automaton(&regexes, true)?;
        warn_of_everybody(&automaton, &regexes);
        Ok(Self {
            entries: Some(Arc::new(Entries {
                domains,
                addresses,
                regexes: automaton,
            })),
            prefix_match: false,
        })
    }

    /// A whitelist that admits the same servers as Synapse's: every entry is a regular expression that must
    /// match the **beginning** of the server name, case-sensitively.
    ///
    /// So `matrix\.org` also admits `matrix.org.evil.example`, which anyone can register, unless a `$` ends
    /// it; and `matrix.org` admits `matrixxorg.evil.example`. This is logged as a warning. Text that is not a
    /// server name by the grammar of Matrix still matches no entry.
    ///
    /// ```
    /// use fedtrace::whitelist::Whitelist;
    ///
    /// let whitelist = Whitelist::prefix_match([r"matrix\.org", r".*\.example\.com$"])?;
    /// assert!(whitelist.allows("matrix.org:8448"));
    /// assert!(whitelist.allows("matrix.org.evil.example"));
    /// assert!(!whitelist.allows("chat.matrix.org"));
    /// assert!(!whitelist.allows("chat.example.com.evil.example"));
    /// # Ok::<(), fedtrace::whitelist::WhitelistError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new). An entry such as `*.example.com` is an error, because it is not a regular
    /// expression.
    pub fn prefix_match<I, S>(patterns: I) -> Result<Self, WhitelistError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut regexes = Vec::new();
        for (index, entry) in patterns.into_iter().enumerate() {
            let entry = entry.as_ref();
            let anchored = prefix_regex(entry.trim()).map_err(|problem| error(entry, index, problem))?;
            warn_of(doubt_of_prefix(entry), entry, index);
            regexes.push(Regex {
                index,
                entry: entry.to_owned(),
                anchored,
            });
        }
        let mut whitelist = Self {
            entries: None,
            prefix_match: true,
        };
        if !regexes.is_empty() {
            let automaton = automaton(&regexes, false)?;
            let everybody = warn_of_everybody(&automaton, &regexes);
            whitelist.entries = Some(Arc::new(Entries {
                domains: HashSet::new(),
                addresses: HashSet::new(),
                regexes: automaton,
            }));
            whitelist.warn_of_prefixes(&regexes, &everybody);
        }
        Ok(whitelist)
    }

    /// A whitelist of other entries, read in the same way.
    pub(crate) fn with_entries<I, S>(&self, patterns: I) -> Result<Self, WhitelistError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        match self.prefix_match {
            true => Self::prefix_match(patterns),
            false => Self::new(patterns),
        }
    }

    /// `everybody` are the places of entries of which the log has been told already that they admit strangers.
    fn warn_of_prefixes(&self, regexes: &[Regex], everybody: &[usize]) {
        let all_end = regexes.iter().all(Regex::ends_itself);
        let mut places = regexes.iter().enumerate();
        let stranger = places.find_map(|(place, regex)| {
            if everybody.contains(&place) {
                return None;
            }
            let entry = regex.entry.trim();
            let stranger = lookalike_of(&in_our_syntax(entry)).filter(|name| self.admits_by(place, name))?;
            Some(format!(
                ": `{entry}` also lets `{stranger}` through, which anyone can register"
            ))
        });
        let told = match stranger {
            None if all_end => ", unless they end with `$`, as they do".to_owned(),
            stranger => stranger.unwrap_or_default() + "; end them with `$`, or turn it off",
        };
        diagnostics::warn(format_args!(
            "opentracing.fedtrace.prefix_match is on, so entries of homeserver_whitelist are compared with the \
             beginning of a server name only{told}"
        ));
    }

    /// Whether it admits this server by the expression at this place.
    fn admits_by(&self, place: usize, server_name: &str) -> bool {
        let entries = self.entries.as_ref();
        let matches = entries.map(|entries| entries.regexes.matches(server_name.as_bytes()));
        ServerName::parse(server_name).is_some() && matches.is_some_and(|matches| matches.matched(place))
    }

    /// Whether the whitelist admits this server.
    ///
    /// `server_name` is the name of the server, such as `matrix.org` or `[::1]:8448`, not the host that a
    /// connection is made to.
    ///
    /// With plain names it does not allocate or lock, and takes the same time for any number of them. Regular
    /// expressions use working memory that threads share and that grows occasionally.
    pub fn allows(&self, server_name: &str) -> bool {
        let Some(entries) = &self.entries else {
            return false;
        };
        if self.prefix_match {
            return ServerName::parse(server_name).is_some()
                && entries.regexes.is_match(server_name.as_bytes());
        }
        let mut room = [0; MAX_SERVER_NAME];
        in_lower_case(server_name, &mut room)
            .and_then(ServerName::parse)
            .is_some_and(|name| entries.allow(name))
    }
}

/// Returns the places of the entries that were warned of.
fn warn_of_everybody(automaton: &RegexSet, regexes: &[Regex]) -> Vec<usize> {
    let everybody = admitting_everybody(automaton);
    for Regex { entry, index, .. } in everybody.iter().filter_map(|place| regexes.get(*place)) {
        diagnostics::warn(format_args!(
            "homeserver_whitelist[{index}]: `{entry}` lists every homeserver, so anyone sees your traces and adds to them; \
             write the names of those that you trust"
        ));
    }
    everybody
}

/// Not an error, because the entry may be meant that way.
fn warn_of(doubt: Option<Doubt>, entry: &str, index: usize) {
    if let Some(doubt) = doubt {
        diagnostics::warn(format_args!(
            "homeserver_whitelist[{index}]: `{entry}`, character {}: {}",
            character_at(entry, doubt.position),
            doubt.text
        ));
    }
}

impl Entries {
    fn allow(&self, name: ServerName<'_>) -> bool {
        let mut forms = [Some(name.text()), name.without_port()].into_iter().flatten();
        let by_name = match name.is_address() {
            true => forms.clone().any(|form| self.addresses.contains(form)),
            false => name.domains().any(|domain| self.domains.contains(domain)),
        };
        // Even a search in an empty set would allocate.
        by_name || (!self.regexes.is_empty() && forms.any(|form| self.regexes.is_match(form.as_bytes())))
    }
}

struct Regex {
    index: usize,
    entry: String,
    anchored: String,
}

fn automaton(regexes: &[Regex], any_case: bool) -> Result<RegexSet, WhitelistError> {
    if let Some(excess) = regexes.get(MAX_REGEXES) {
        let text = format!("there are more than {MAX_REGEXES} regular expressions");
        return Err(excess.error(text, "write server names as such where you can"));
    }
    compile(regexes, any_case).or_else(|error| match first_without_room(regexes, any_case) {
        Some(regex) if compile(slice::from_ref(regex), any_case).is_err() => {
            Err(regex.error(error.to_string(), "use fewer or smaller repetitions"))
        }
        Some(regex) => Err(regex.error(
            format!("up to this one, the regular expressions are too large together: {error}"),
            "write server names as such where you can",
        )),
        None => Ok(RegexSet::empty()),
    })
}

/// The first expression with which they become too large. A trial takes long, so this is a binary search.
fn first_without_room(regexes: &[Regex], any_case: bool) -> Option<&Regex> {
    let (mut fit, mut rest) = (0, regexes.len());
    while rest > 0 {
        let half = rest / 2;
        let trial = regexes.get(..=fit + half)?;
        if compile(trial, any_case).is_ok() {
            fit += half + 1;
            rest -= half + 1;
        } else {
            rest = half;
        }
    }
    regexes.get(fit)
}

fn compile(regexes: &[Regex], any_case: bool) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(regexes.iter().map(|regex| &regex.anchored))
        .unicode(UNICODE)
        .case_insensitive(any_case)
        .size_limit(MAX_AUTOMATON_BYTES)
        .build()
}

impl Regex {
    /// Whether its last sign is the end of the name.
    fn ends_itself(&self) -> bool {
        let entry = self.entry.trim();
        [r"$", r"\Z", r"\z"].iter().any(|end| entry.ends_with(end))
    }

    fn error(&self, text: String, fix: &'static str) -> WhitelistError {
        let problem = Problem {
            position: None,
            text: text.into(),
            fix: Some(fix.into()),
        };
        error(&self.entry, self.index, problem)
    }
}

fn error(entry: &str, index: usize, problem: Problem) -> WhitelistError {
    let leading_space = entry.len() - entry.trim_start().len();
    WhitelistError {
        pattern: entry.to_owned(),
        index,
        position: problem.position.map(|position| position + leading_space),
        problem: problem.text,
        fix: problem.fix,
    }
}

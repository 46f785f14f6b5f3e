use std::collections::HashSet;
use std::slice;
use std::sync::Arc;

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::lookalike::lookalike_of;
use super::pattern::{Pattern, Problem, UNICODE, prefix_regex, unescaped_dot};
use super::server_name::{MAX_SERVER_NAME, ServerName, in_lower_case};
use crate::model::error::whitelist::WhitelistError;
use crate::util::diagnostics;

/// The most regular expressions in a whitelist; there is no limit for plain names.
pub(super) const MAX_REGEXES: usize = 1000;
/// The most bytes of memory for all regular expressions together, before they are used.
const MAX_AUTOMATON_BYTES: usize = 8 * 1024 * 1024;

/// The homeservers that may see our traces, and whose traces we continue.
///
/// An entry is one of these:
///
/// * **A server name**, with or without a leading `*.`: the name itself and all its sub-domains. Any entry made
///   only of the characters of server names (`A-Z a-z 0-9 . : - [ ]`) is taken this way, so that a dot is a
///   dot. An IP address stands for itself alone.
/// * **A regular expression** in the syntax of the [`regex`] crate, without look-around and back-references.
///   It must match the whole name. Its classes are those of ASCII.
///
/// An entry matches the server name as a whole, or the server name without its port. Names are compared without
/// regard to ASCII case; the Matrix specification calls them case-sensitive, but nobody can hold one domain
/// twice. What is not a server name by the grammar of Matrix matches nothing, not even `.*`.
///
/// [`prefix_match`](Self::prefix_match) reads the same list as Synapse does.
///
/// A clone is cheap and shares the list.
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
    /// A whitelist that admits nobody.
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
    /// The first entry that is empty, neither a server name nor a regular expression, or too large; also when
    /// there are more than 1,000 regular expressions, or when they need more than 8 MiB together.
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
                    warn_of_doubtful_dot(entry, index);
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
        Ok(Self {
            entries: Some(Arc::new(Entries {
                domains,
                addresses,
                regexes: automaton(&regexes, true)?,
            })),
            prefix_match: false,
        })
    }

    /// A whitelist that admits what Synapse's does, for those who depend on it: every entry is a regular expression
    /// that must match the **beginning** of the server name, with regard to case.
    ///
    /// So `matrix\.org` admits `matrix.org.evil.example` too, which anybody can register, unless a `$` ends it; and
    /// `matrix.org` admits `matrixxorg.evil.example`. A warning says so. What is not a server name by the grammar of
    /// Matrix still matches nothing.
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
    /// As for [`new`](Self::new). An entry such as `*.example.com` is no regular expression.
    pub fn prefix_match<I, S>(patterns: I) -> Result<Self, WhitelistError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut regexes = Vec::new();
        for (index, entry) in patterns.into_iter().enumerate() {
            let entry = entry.as_ref();
            let anchored = prefix_regex(entry.trim()).map_err(|problem| error(entry, index, problem))?;
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
            whitelist.entries = Some(Arc::new(Entries {
                domains: HashSet::new(),
                addresses: HashSet::new(),
                regexes: automaton(&regexes, false)?,
            }));
            whitelist.warn_of_prefixes(&regexes);
        }
        Ok(whitelist)
    }

    /// A whitelist of other entries that are read in the same way.
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

    fn warn_of_prefixes(&self, regexes: &[Regex]) {
        let stranger = regexes.iter().find_map(|regex| {
            let entry = regex.entry.trim();
            let stranger = lookalike_of(entry).filter(|stranger| self.allows(stranger))?;
            Some(format!(
                ": `{entry}` also lets `{stranger}` through, which anybody can register"
            ))
        });
        diagnostics::warn(format_args!(
            "opentracing.fedtrace.prefix_match is on, so entries of homeserver_whitelist are compared with the \
             beginning of a server name only{}; end them with `$`, or turn it off",
            stranger.unwrap_or_default()
        ));
    }

    /// Whether the whitelist admits this server.
    ///
    /// Takes the server's name, as in `matrix.org` or `[::1]:8448`, not the host that a connection is made to.
    ///
    /// With plain names it allocates nothing and takes no lock, and their number does not matter for the time that it
    /// takes. Regular expressions have working memory that threads share, which grows now and then.
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

/// A regular expression may mean it, so it is no error.
fn warn_of_doubtful_dot(entry: &str, index: usize) {
    if let Some(position) = unescaped_dot(entry) {
        diagnostics::warn(format_args!(
            "homeserver_whitelist[{index}]: `{entry}`, character {}: `.` is any character in a regular expression; \
             write `\\.` for a dot",
            position + 1
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
        // Also a search in a set of no expressions would allocate.
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

/// The one with which they become too large. Each trial takes long, so there are as few as can be.
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

//! The least important level of spans that start, by target.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::model::error::levels::ParseLevelsError;
use crate::model::level::LevelFilter;

const NO_LEVEL: &str = "is not a level; write off, error, warn, info, debug or trace";
const NO_TARGET: &str = "has no target before the `=`; write target=level, or a level for all other targets";
const TWICE: &str = "is there twice; keep one";

/// The minimum level of spans with a level, by target.
///
/// It is written as `info,homeserver::db=debug,homeserver::federation=off`: a level for all targets that are not named,
/// and others for single targets. The target of a span is the path of the module of its function, unless the attribute
/// names another; a target counts for the modules inside it, and the longest one that fits decides. Without a level for
/// other targets, their spans all start.
///
/// It is for functions whose attribute has a level, such as `#[trace(level = "debug")]`. A span without a level always
/// starts.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let levels: fedtrace::Levels = "info,homeserver::db=debug".parse()?;
/// assert_eq!(levels.to_string(), "info,homeserver::db=debug");
/// assert!("info,homeserver::db=verbose".parse::<fedtrace::Levels>().is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`ParseLevelsError`] if a part of the text is not a level, or if a target is there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    others: Option<LevelFilter>,
    /// The longest first.
    targets: Vec<(String, LevelFilter)>,
}

impl Levels {
    fn of(&self, target: &str) -> LevelFilter {
        let mut targets = self.targets.iter();
        let found = targets.find(|(known, _)| is_inside(target, known));
        found
            .map(|(_, level)| *level)
            .or(self.others)
            .unwrap_or(LevelFilter::TRACE)
    }
}

fn is_inside(target: &str, outer: &str) -> bool {
    let rest = target.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

impl FromStr for Levels {
    type Err = ParseLevelsError;

    fn from_str(text: &str) -> Result<Self, ParseLevelsError> {
        let mut levels = Self {
            others: None,
            targets: Vec::new(),
        };
        for part in text.split(',').map(str::trim) {
            let wrong = |problem| ParseLevelsError {
                part: part.to_owned(),
                problem,
            };
            let (target, level) = match part.split_once('=') {
                Some((target, level)) => (Some(target.trim()), level.trim()),
                None => (None, part),
            };
            let level = LevelFilter::parse(level).ok_or_else(|| wrong(NO_LEVEL))?;
            let is_known = match target {
                Some("") => return Err(wrong(NO_TARGET)),
                Some(target) => {
                    let is_known = levels.targets.iter().any(|(known, _)| known == target);
                    levels.targets.push((target.to_owned(), level));
                    is_known
                }
                None => levels.others.replace(level).is_some(),
            };
            if is_known {
                return Err(wrong(TWICE));
            }
        }
        levels
            .targets
            .sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Ok(levels)
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        if let Some(level) = self.others {
            f.write_str(level.name())?;
            comma = ",";
        }
        for (target, level) in &self.targets {
            write!(f, "{comma}{target}={}", level.name())?;
            comma = ",";
        }
        Ok(())
    }
}

/// Whether any tracer has levels, so that a process without them does not look for them.
///
/// `Relaxed` is enough: it is set before the levels have a tracer, and a thread reaches the tracer through what
/// synchronises.
static USED: AtomicBool = AtomicBool::new(false);

/// The number of the next levels; zero is that of none.
static NEXT: AtomicU64 = AtomicU64::new(1);

#[inline]
pub(crate) fn is_used() -> bool {
    USED.load(Ordering::Relaxed)
}

/// The levels of a tracer, with a number that no others have.
#[derive(Debug)]
pub(crate) struct NumberedLevels {
    levels: Levels,
    number: u64,
}

impl NumberedLevels {
    pub(crate) fn new(levels: Levels) -> Self {
        USED.store(true, Ordering::Relaxed);
        Self {
            levels,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Whether a span of this level starts. The place remembers the last answer, which is right for these levels only.
    pub(crate) fn admit(&self, level: u8, target: &str, answer: &AtomicU64) -> bool {
        let known = answer.load(Ordering::Relaxed);
        if known >> 1 == self.number {
            return known & 1 == 1;
        }
        let admitted = self.levels.of(target).admits(level);
        answer.store(self.number << 1 | u64::from(admitted), Ordering::Relaxed);
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Levels, String> {
        text.parse().map_err(|error: ParseLevelsError| error.to_string())
    }

    #[test]
    fn the_longest_target_around_a_module_decides() {
        let levels = parse(" a=warn , INFO, a::b = trace,a::b::c=off").unwrap();
        for (target, level) in [
            ("a", "warn"),
            ("a::x", "warn"),
            ("a::b", "trace"),
            ("a::b::x", "trace"),
            ("a::b::c::d", "off"),
            ("ab", "info"),
            ("z", "info"),
        ] {
            assert_eq!(levels.of(target).name(), level, "{target}");
        }
        assert_eq!(parse("a=off").unwrap().of("b").name(), "trace");
    }

    #[test]
    fn what_is_no_level_is_named_with_what_to_write() {
        for (text, error) in [
            (
                "",
                "\"\" is not a level; write off, error, warn, info, debug or trace",
            ),
            (
                "info,a=loud",
                "\"a=loud\" is not a level; write off, error, warn, info, debug or trace",
            ),
            (
                "=info",
                "\"=info\" has no target before the `=`; write target=level, or a level for all other targets",
            ),
            ("info,debug", "\"debug\" is there twice; keep one"),
            ("a=info,a=debug", "\"a=debug\" is there twice; keep one"),
        ] {
            assert_eq!(parse(text), Err(error.to_owned()), "{text}");
        }
    }

    #[test]
    fn an_answer_is_remembered_for_the_levels_that_gave_it() {
        let [quiet, loud] = ["off", "trace"].map(|text| NumberedLevels::new(text.parse().unwrap()));
        let answer = AtomicU64::new(0);
        for _ in 0..2 {
            assert!(!quiet.admit(1, "a", &answer));
            assert!(!quiet.admit(1, "a", &answer));
            assert!(loud.admit(1, "a", &answer));
        }
    }
}

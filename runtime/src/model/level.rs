//! How much a span matters, from errors to every detail.

/// The least important level that is let through: 0 for none, 1 for `error` to 5 for `trace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LevelFilter(u8);

const NAMES: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

impl LevelFilter {
    pub(crate) const OFF: Self = Self(0);
    const ERROR: Self = Self(1);
    const WARN: Self = Self(2);
    const INFO: Self = Self(3);
    const DEBUG: Self = Self(4);
    pub(crate) const TRACE: Self = Self(5);

    /// A name in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let index = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        u8::try_from(index).ok().map(Self)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Whether a span of this level is let through.
    #[inline]
    pub(crate) const fn admits(self, level: u8) -> bool {
        level <= self.0
    }
}

/// What is compiled. Of several features the one that leaves out most counts, and those for releases come first, as in
/// the crates `log` and `tracing`: crates of one program may ask for different ones.
pub(crate) const COMPILED: LevelFilter = match cfg!(debug_assertions) {
    false if cfg!(feature = "release-max-level-off") => LevelFilter::OFF,
    false if cfg!(feature = "release-max-level-error") => LevelFilter::ERROR,
    false if cfg!(feature = "release-max-level-warn") => LevelFilter::WARN,
    false if cfg!(feature = "release-max-level-info") => LevelFilter::INFO,
    false if cfg!(feature = "release-max-level-debug") => LevelFilter::DEBUG,
    false if cfg!(feature = "release-max-level-trace") => LevelFilter::TRACE,
    _ if cfg!(feature = "max-level-off") => LevelFilter::OFF,
    _ if cfg!(feature = "max-level-error") => LevelFilter::ERROR,
    _ if cfg!(feature = "max-level-warn") => LevelFilter::WARN,
    _ if cfg!(feature = "max-level-info") => LevelFilter::INFO,
    _ if cfg!(feature = "max-level-debug") => LevelFilter::DEBUG,
    _ => LevelFilter::TRACE,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_lets_through_what_matters_at_least_as_much() {
        let info = LevelFilter::parse("INFO").unwrap();
        assert!(info.admits(1) && info.admits(3));
        assert!(!info.admits(4));
        assert!(!LevelFilter::OFF.admits(1));
        assert_eq!(LevelFilter::parse("verbose"), None);
        for name in NAMES {
            assert_eq!(LevelFilter::parse(name).map(LevelFilter::name), Some(name));
        }
    }
}

//! Tables by letters.

/// The place of a letter in a table of 32, in either case.
pub(crate) const fn place(letter: u8) -> usize {
    (letter & 0x1f) as usize
}

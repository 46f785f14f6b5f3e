//! The tags with which a sampler explains its decision.

use std::ptr;
use std::sync::Arc;

use super::tag::Tag;

/// Tags that many roots share. Two words, which are passed in registers.
#[derive(Debug, Clone, Default)]
pub(crate) enum DecisionTags {
    #[default]
    None,
    /// Those of a sampler without parameters. They cost no counting of references.
    Static(&'static [Tag; 2]),
    Shared(Arc<Vec<Tag>>),
}

impl DecisionTags {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[Tag] {
        match self {
            Self::None => &[],
            Self::Static(tags) => *tags,
            Self::Shared(tags) => tags,
        }
    }

    #[inline]
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether both are the same list.
    #[inline]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Static(one), Self::Static(other)) => ptr::eq(*one, *other),
            _ => ptr::eq(self.as_slice(), other.as_slice()),
        }
    }
}

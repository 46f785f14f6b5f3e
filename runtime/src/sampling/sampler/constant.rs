//! The sampler that records every trace or none.

use std::borrow::Cow;

use super::decision::{Decision, Sampler};
use crate::model::id::TraceId;
use crate::model::tag::{Tag, TagValue, tags};

/// The tags of a trace that is recorded.
static TAGS: [Tag; 2] = [
    Tag {
        key: Cow::Borrowed(tags::SAMPLER_TYPE),
        value: TagValue::from_static("const"),
    },
    Tag {
        key: Cow::Borrowed(tags::SAMPLER_PARAM),
        value: TagValue::Bool(true),
    },
];

/// Records every trace, or none: Jaeger's `const`.
#[derive(Debug, Clone)]
pub struct ConstSampler {
    decision: Decision,
}

impl ConstSampler {
    pub(super) const RECORD: Decision = Decision::record_with(&TAGS);

    /// Records every trace if `sampled` is true, else none.
    pub fn new(sampled: bool) -> Self {
        Self {
            decision: match sampled {
                true => Self::RECORD,
                false => Decision::drop(),
            },
        }
    }
}

impl Sampler for ConstSampler {
    fn sample(&self, _: TraceId, _: &str) -> Decision {
        self.decision.clone()
    }

    fn constant(&self) -> Option<Decision> {
        Some(self.decision.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn const_1_records_every_trace_and_const_0_none() {
        let id = TraceId::new(1).unwrap();
        assert!(ConstSampler::new(true).sample(id, "op").is_sampled());
        assert!(!ConstSampler::new(false).sample(id, "op").is_sampled());
    }

    #[test]
    fn the_root_of_a_recorded_trace_tells_its_sampler() {
        let decision = ConstSampler::new(true).sample(TraceId::new(1).unwrap(), "op");
        let expected = [Tag::new("sampler.type", "const"), Tag::new("sampler.param", true)];
        assert_eq!(decision.tags(), expected);
    }
}

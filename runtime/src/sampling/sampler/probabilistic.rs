//! The sampler that records a share of all traces.

use std::sync::Arc;

use super::decision::{Decision, Sampler, decision_tags};
use crate::model::id::TraceId;
use crate::model::tag::Tag;

/// Records a share of all traces: Jaeger's `probabilistic`.
///
/// It decides on the [lower 64 bits](TraceId::low) of the trace id, so all processes with the same rate make
/// the same decision about a trace.
///
/// ```
/// use fedtrace::sampler::ProbabilisticSampler;
///
/// let builder = fedtrace::Tracer::builder("example.org").sampler(ProbabilisticSampler::new(0.01));
/// # drop(builder);
/// ```
#[derive(Debug, Clone)]
pub struct ProbabilisticSampler {
    sampling_rate: f64,
    /// Traces whose id is below it are recorded.
    boundary: u128,
    tags: Arc<Vec<Tag>>,
}

impl ProbabilisticSampler {
    /// Records a trace with this probability, from 0 to 1. A value above 1 counts as 1; a negative value or
    /// NaN counts as 0.
    pub fn new(sampling_rate: f64) -> Self {
        let sampling_rate = probability(sampling_rate);
        Self {
            sampling_rate,
            // Exact: multiplying by a power of two changes only the exponent.
            boundary: (sampling_rate * 2_f64.powi(64)).ceil() as u128,
            tags: decision_tags("probabilistic", sampling_rate),
        }
    }

    /// The probability.
    pub fn sampling_rate(&self) -> f64 {
        self.sampling_rate
    }
}

impl Sampler for ProbabilisticSampler {
    fn sample(&self, trace_id: TraceId, _: &str) -> Decision {
        match u128::from(trace_id.low()) < self.boundary {
            true => Decision::sampled(&self.tags),
            false => Decision::drop(),
        }
    }
}

/// Clamps a number to a probability.
pub(super) fn probability(number: f64) -> f64 {
    // `clamp` would keep NaN.
    if number > 0.0 { number.min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(low: u64) -> TraceId {
        TraceId::new(1 << 64 | u128::from(low)).unwrap()
    }

    fn sampled(rate: f64, low: u64) -> bool {
        ProbabilisticSampler::new(rate).sample(id(low), "op").is_sampled()
    }

    /// `low < rate * 2^64` in whole numbers: the rate is `mantissa * 2^exponent`.
    fn by_definition(rate: f64, low: u64) -> bool {
        let bits = rate.to_bits();
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32 & 0x7ff);
        let (mantissa, exponent) = match exponent {
            0 => (fraction, -1074 + 64),
            _ => (fraction | 1 << 52, exponent - 1075 + 64),
        };
        let (mantissa, low) = (u128::from(mantissa), u128::from(low));
        match u32::try_from(-exponent) {
            // `low` times such a power is greater than any mantissa, unless `low` is zero.
            Ok(places) if places >= 64 => low == 0 && mantissa > 0,
            Ok(places) => low << places < mantissa,
            Err(_) => low < mantissa << exponent,
        }
    }

    proptest! {
        #[test]
        fn it_decides_as_defined_on_the_low_64_bits(rate in 0.0..=1.0, low: u64, high: u64) {
            let expected = by_definition(rate, low);
            prop_assert_eq!(sampled(rate, low), expected);
            let Some(id) = TraceId::new(u128::from(high) << 64 | u128::from(low)) else { return Ok(()) };
            prop_assert_eq!(ProbabilisticSampler::new(rate).sample(id, "op").is_sampled(), expected);
        }

        #[test]
        fn it_decides_as_defined_next_to_the_boundary(exponent in 0_i32..70, offset in -3_i64..4) {
            let rate = 2_f64.powi(-exponent);
            let low = ((rate * 2_f64.powi(64)) as u64).saturating_add_signed(offset);
            prop_assert_eq!(sampled(rate, low), by_definition(rate, low));
        }

        #[test]
        fn any_number_is_a_rate_from_0_to_1(rate: f64) {
            let rate = ProbabilisticSampler::new(rate).sampling_rate();
            prop_assert!((0.0..=1.0).contains(&rate));
        }
    }

    #[test]
    fn rate_0_records_none_and_rate_1_all() {
        for low in [0, 1, 1 << 63, u64::MAX] {
            assert!(!sampled(0.0, low));
            assert!(sampled(1.0, low));
        }
        assert!(!sampled(f64::NAN, 0));
        assert!(!sampled(-1.0, 0));
        assert!(sampled(7.0, u64::MAX));
    }

    #[test]
    fn half_of_the_ids_are_those_below_the_middle() {
        assert!(sampled(0.5, (1 << 63) - 1));
        assert!(!sampled(0.5, 1 << 63));
    }

    #[test]
    fn the_root_tells_the_rate_as_a_double() {
        let decision = ProbabilisticSampler::new(1.0).sample(id(1), "op");
        let expected = [
            Tag::new("sampler.type", "probabilistic"),
            Tag::new("sampler.param", 1.0),
        ];
        assert_eq!(decision.tags(), expected);
        assert!(
            ProbabilisticSampler::new(0.0)
                .sample(id(1), "op")
                .tags()
                .is_empty()
        );
    }
}

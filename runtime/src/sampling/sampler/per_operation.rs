//! The sampler with a strategy for each operation.

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::sync::{Arc, PoisonError, RwLock};

use arc_swap::ArcSwap;

use super::decision::{Decision, Sampler};
use super::lower_bound::LowerBound;
use super::probabilistic::ProbabilisticSampler;
use super::stats::SamplerStats;
use crate::model::id::TraceId;

/// The default limit on the operations that are told apart; it is Jaeger's.
const MAX_OPERATIONS: usize = 2000;
/// The longest name, in bytes, of an operation without a strategy that is remembered. The name may contain
/// untrusted input.
const MAX_LEARNT_NAME: usize = 1024;

/// The strategy by which a [`PerOperationSampler`] samples one operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperationStrategy {
    sampling_rate: f64,
    lower_bound: Option<f64>,
}

impl OperationStrategy {
    /// Records each trace with this probability, from 0 to 1.
    pub fn new(sampling_rate: f64) -> Self {
        Self {
            sampling_rate,
            lower_bound: None,
        }
    }

    /// Records at least this many traces per second, if there are that many, instead of the common lower
    /// bound of all operations. 0 means no lower bound.
    pub fn lower_bound(mut self, traces_per_second: f64) -> Self {
        self.lower_bound = Some(traces_per_second);
        self
    }
}

/// Records each operation with its own probability, and at least a number of its traces per second. This is
/// Jaeger's per-operation (adaptive) sampling, with strategies that the program sets.
///
/// The operation of a trace is the name of its root at the start. The default sampler decides about an
/// operation without a strategy, and the common lower bound applies to it.
///
/// ```
/// use fedtrace::sampler::{OperationStrategy, PerOperationSampler};
///
/// // One trace in a hundred, but at least one of each operation every ten minutes. Few traces of `/sync`, and every
/// // trace of `send_join`.
/// let sampler = PerOperationSampler::new(0.01)
///     .lower_bound(1.0 / 600.0)
///     .operation("/sync", OperationStrategy::new(0.001))
///     .operation("/health", OperationStrategy::new(0.0).lower_bound(0.0))
///     .operation("send_join", OperationStrategy::new(1.0));
/// let builder = fedtrace::Tracer::builder("example.org").sampler(sampler);
/// # drop(builder);
/// ```
#[doc(alias = "AdaptiveSampler")]
#[doc(alias = "GuaranteedThroughputProbabilisticSampler")]
pub struct PerOperationSampler {
    default: Arc<dyn Sampler>,
    default_probability: Option<f64>,
    lower_bound: f64,
    max_operations: usize,
    set: Operations,
    /// Replaced in the child process of a fork, where its lock may be held forever.
    learnt: ArcSwap<RwLock<Operations>>,
}

type Operations = HashMap<Box<str>, Arc<Operation>>;

struct Operation {
    strategy: Option<OperationStrategy>,
    sampler: Arc<dyn Sampler>,
    lower_bound: Option<LowerBound>,
}

impl PerOperationSampler {
    /// Records operations without a strategy with this probability, from 0 to 1.
    pub fn new(default_sampling_rate: f64) -> Self {
        let default = ProbabilisticSampler::new(default_sampling_rate);
        Self {
            default_probability: Some(default.sampling_rate()),
            ..Self::with_default(default)
        }
    }

    /// Lets another sampler decide about operations without a strategy.
    pub fn with_default(default: impl Sampler + 'static) -> Self {
        Self {
            default: Arc::new(default),
            default_probability: None,
            lower_bound: 0.0,
            max_operations: MAX_OPERATIONS,
            set: HashMap::new(),
            learnt: ArcSwap::default(),
        }
    }

    /// That of the default sampler, if it is a probabilistic one.
    #[cfg(feature = "http-client")]
    pub(crate) fn default_probability(&self) -> Option<f64> {
        self.default_probability
    }

    /// Sets the strategy of an operation, replacing an earlier one. Strategies set here are always kept, even
    /// beyond [`max_operations`](Self::max_operations).
    pub fn operation(mut self, name: impl AsRef<str>, strategy: OperationStrategy) -> Self {
        let operation = Arc::new(Operation::new(strategy, self.lower_bound));
        self.set.insert(name.as_ref().into(), operation);
        self
    }

    /// Sets the minimum number of traces per second that are recorded of each operation, if there are that
    /// many; a strategy may override it. 0.5 is one trace in two seconds. 0, the default, means no lower
    /// bound.
    pub fn lower_bound(mut self, traces_per_second: f64) -> Self {
        self.lower_bound = traces_per_second;
        for operation in self.set.values_mut() {
            if let Some(strategy) = operation.strategy {
                *operation = Arc::new(Operation::new(strategy, traces_per_second));
            }
        }
        self
    }

    /// Sets the maximum number of operations that each have a lower bound; 2,000 by default. The default
    /// sampler alone decides about further operations, and about those with a name of more than 1,024 bytes.
    pub fn max_operations(mut self, operations: usize) -> Self {
        self.max_operations = operations;
        self
    }

    /// Takes over the fill levels of the lower bounds of the operations that both samplers know.
    #[cfg(feature = "http-client")]
    pub(super) fn take_over(&self, before: &Self) {
        let learnt = before.learnt.load();
        let learnt = learnt.read().unwrap_or_else(PoisonError::into_inner);
        for (name, operation) in &self.set {
            let before = before.set.get(name).or_else(|| learnt.get(name));
            let before = before.and_then(|before| before.lower_bound.as_ref());
            if let (Some(bound), Some(before)) = (&operation.lower_bound, before) {
                bound.take_over(before);
            }
        }
    }

    fn of(&self, name: &str) -> Option<Arc<Operation>> {
        if let Some(operation) = self.set.get(name) {
            return Some(Arc::clone(operation));
        }
        let learnt = self.learnt.load();
        let known = learnt.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(operation) = known.get(name) {
            return Some(Arc::clone(operation));
        }
        // Without a lower bound, there is nothing to remember about the operation.
        let is_worth_it = name.len() <= MAX_LEARNT_NAME && !LowerBound::is_none(self.lower_bound);
        if self.set.len() + known.len() >= self.max_operations || !is_worth_it {
            return None;
        }
        drop(known);
        let mut known = learnt.write().unwrap_or_else(PoisonError::into_inner);
        if self.set.len() + known.len() >= self.max_operations && !known.contains_key(name) {
            return None;
        }
        let operation = known.entry(name.into()).or_insert_with(|| {
            Arc::new(Operation {
                strategy: None,
                sampler: Arc::clone(&self.default),
                lower_bound: LowerBound::new(self.lower_bound, self.default_probability),
            })
        });
        Some(Arc::clone(operation))
    }
}

impl Operation {
    fn new(strategy: OperationStrategy, common_lower_bound: f64) -> Self {
        let sampler = ProbabilisticSampler::new(strategy.sampling_rate);
        let rate = strategy.lower_bound.unwrap_or(common_lower_bound);
        Self {
            strategy: Some(strategy),
            lower_bound: LowerBound::new(rate, Some(sampler.sampling_rate())),
            sampler: Arc::new(sampler),
        }
    }
}

impl Sampler for PerOperationSampler {
    fn sample(&self, trace_id: TraceId, operation: &str) -> Decision {
        let Some(known) = self.of(operation) else {
            return self.default.sample(trace_id, operation);
        };
        let decision = known.sampler.sample(trace_id, operation);
        // Taken in any case: traces that are recorded anyway count towards the bound.
        let guaranteed = known.lower_bound.as_ref().and_then(LowerBound::sample);
        match decision.is_sampled() {
            true => decision,
            false => guaranteed.unwrap_or(decision),
        }
    }

    fn stats(&self) -> SamplerStats {
        self.default.stats()
    }

    fn after_fork_in_child(&self) {
        self.default.after_fork_in_child();
        let bounds = self
            .set
            .values()
            .filter_map(|operation| operation.lower_bound.as_ref());
        bounds.for_each(LowerBound::after_fork_in_child);
        // Never dropped, because it may be half changed.
        mem::forget(self.learnt.swap(Arc::default()));
    }
}

impl fmt::Debug for PerOperationSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerOperationSampler")
            .field("lower_bound", &self.lower_bound)
            .field("max_operations", &self.max_operations)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tag::Tag;
    use crate::sampling::sampler::constant::ConstSampler;
    use crate::sampling::sampler::rate_limiting::RateLimitingSampler;

    impl PerOperationSampler {
        fn known(&self) -> usize {
            self.set.len() + self.learnt.load().read().unwrap().len()
        }
    }

    fn id(low: u64) -> TraceId {
        TraceId::new(u128::from(low)).unwrap()
    }

    fn sampled(sampler: &PerOperationSampler, operation: &str) -> usize {
        let ids = (1..=100).map(|n| id(n << 57));
        ids.filter(|id| sampler.sample(*id, operation).is_sampled())
            .count()
    }

    /// The tags of the decision on an id that no probability below 1 records.
    fn tags(sampler: &PerOperationSampler, operation: &str) -> Option<Vec<Tag>> {
        let decision = sampler.sample(id(u64::MAX), operation);
        decision.is_sampled().then(|| decision.tags().to_vec())
    }

    fn told(kind: &'static str, param: f64) -> Option<Vec<Tag>> {
        Some(vec![
            Tag::new("sampler.type", kind),
            Tag::new("sampler.param", param),
        ])
    }

    #[test]
    fn each_operation_has_its_own_probability() {
        let sampler = PerOperationSampler::new(0.5)
            .operation("/sync", OperationStrategy::new(0.0))
            .operation("send_join", OperationStrategy::new(1.0));
        assert_eq!(sampled(&sampler, "/sync"), 0);
        assert_eq!(sampled(&sampler, "send_join"), 100);
        assert_eq!(sampled(&sampler, "other"), 63);
    }

    #[test]
    fn the_lower_bound_records_what_the_probability_does_not() {
        let sampler = PerOperationSampler::new(0.0)
            .operation("own", OperationStrategy::new(0.25).lower_bound(0.5))
            .lower_bound(0.001);
        assert_eq!(tags(&sampler, "own"), told("lowerbound", 0.25));
        assert_eq!(tags(&sampler, "own"), None);
        assert_eq!(tags(&sampler, "new"), told("lowerbound", 0.0));
        assert_eq!(tags(&sampler, "new"), None);
    }

    #[test]
    fn what_is_recorded_anyway_counts_for_the_lower_bound() {
        let sampler =
            PerOperationSampler::new(0.5).operation("op", OperationStrategy::new(0.5).lower_bound(0.001));
        let decision = sampler.sample(id(1), "op");
        assert_eq!(Some(decision.tags().to_vec()), told("probabilistic", 0.5));
        assert_eq!(tags(&sampler, "op"), None);
    }

    #[test]
    fn a_lower_bound_of_0_is_none() {
        for none in [0.0, -1.0, f64::NAN] {
            let sampler = PerOperationSampler::new(0.0)
                .lower_bound(none)
                .operation("op", OperationStrategy::new(0.0).lower_bound(none));
            assert_eq!(sampled(&sampler, "op") + sampled(&sampler, "new"), 0);
        }
        let sampler = PerOperationSampler::new(0.0)
            .lower_bound(5.0)
            .operation("op", OperationStrategy::new(0.0).lower_bound(0.0));
        assert_eq!(sampled(&sampler, "op"), 0);
    }

    #[test]
    fn the_order_of_the_settings_does_not_matter() {
        let strategy = OperationStrategy::new(0.0);
        let before = PerOperationSampler::new(0.0)
            .lower_bound(1.0)
            .operation("op", strategy);
        let after = PerOperationSampler::new(0.0)
            .operation("op", strategy)
            .lower_bound(1.0);
        assert_eq!((sampled(&before, "op"), sampled(&after, "op")), (1, 1));
    }

    #[test]
    fn above_max_operations_the_default_sampler_decides_alone() {
        let sampler = PerOperationSampler::new(0.5).lower_bound(0.001).max_operations(2);
        assert_eq!(tags(&sampler, "1"), told("lowerbound", 0.5));
        assert_eq!(tags(&sampler, "2"), told("lowerbound", 0.5));
        assert_eq!(tags(&sampler, "3"), None);
        assert_eq!(sampled(&sampler, "3"), 63);
        assert_eq!(sampler.known(), 2);
    }

    #[test]
    fn a_long_name_is_not_remembered_unless_it_was_set() {
        let longest = "o".repeat(MAX_LEARNT_NAME);
        let set = "s".repeat(MAX_LEARNT_NAME + 1);
        let too_long = "t".repeat(MAX_LEARNT_NAME + 1);
        let strategy = OperationStrategy::new(0.5);
        let sampler = PerOperationSampler::new(0.5)
            .lower_bound(0.001)
            .operation(&set, strategy);
        assert_eq!(tags(&sampler, &longest), told("lowerbound", 0.5));
        assert_eq!(tags(&sampler, &set), told("lowerbound", 0.5));
        assert_eq!(tags(&sampler, &too_long), None);
        assert_eq!(sampler.known(), 2);
    }

    #[test]
    fn a_thousand_names_are_not_remembered_without_a_lower_bound() {
        let sampler = PerOperationSampler::new(0.5);
        for name in 0..1000 {
            sampler.sample(id(1), &name.to_string());
        }
        assert_eq!(sampler.known(), 0);
    }

    #[test]
    fn any_sampler_can_be_the_default() {
        let limited = PerOperationSampler::with_default(RateLimitingSampler::new(2.0))
            .operation("always", OperationStrategy::new(1.0));
        assert_eq!(
            (sampled(&limited, "always"), sampled(&limited, "other")),
            (100, 2)
        );
        let off = PerOperationSampler::with_default(ConstSampler::new(false)).lower_bound(0.001);
        assert_eq!(
            tags(&off, "op").unwrap(),
            [Tag::new("sampler.type", "lowerbound")]
        );
    }
}

//! The budget of traces that other servers may make us record.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::model::id::TraceId;
use crate::util::diagnostics::{NowAndThen, warn_now_and_then};
use crate::util::fork_safe::ForkMutex;
use crate::util::leaky_bucket::LeakyBucket;

/// The most origins with separate budgets; further ones share one.
const MAX_ORIGINS: usize = 1024;
/// The shortest interval between two searches for origins that can be forgotten.
const CLEANING_INTERVAL: Duration = Duration::from_secs(1);

/// Limits on the contexts per second whose flag "sampled" is honoured, from homeservers on the whitelist; see
/// [`TracerBuilder::max_remote_sampled_traces_per_second`](crate::TracerBuilder::max_remote_sampled_traces_per_second).
///
/// `f64::INFINITY` means no limit. With zero, a negative value or NaN, our own sampler always decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxRemoteSampledTraces {
    /// Contexts per second from one homeserver; 10 by default.
    pub per_origin: f64,
    /// Contexts per second from all homeservers together; 100 by default.
    pub total: f64,
}

impl Default for MaxRemoteSampledTraces {
    fn default() -> Self {
        Self {
            per_origin: 10.0,
            total: 100.0,
        }
    }
}

/// The budget's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spending {
    /// The flag is honoured.
    Honoured,
    /// The flag is not honoured, because the origin or all origins together have spent their budget.
    OverBudget,
    /// The flag is not honoured, because there is no budget.
    NoBudget,
}

/// The budgets of all origins.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: MaxRemoteSampledTraces,
    accounts: ForkMutex<Accounts>,
    keys: RandomState,
    /// The number of ids made for our own sampler. `Relaxed` is enough: each `fetch_add` returns another
    /// number.
    asked: AtomicU64,
    warned: NowAndThen,
}

#[derive(Debug)]
struct Accounts {
    total: LeakyBucket,
    origins: HashMap<Box<str>, Account>,
    others: Account,
    cleaned: Option<Instant>,
}

#[derive(Debug)]
struct Account {
    bucket: LeakyBucket,
    over_budget: u64,
}

impl Accounts {
    fn new(limits: MaxRemoteSampledTraces, now: Instant) -> Self {
        Self {
            total: LeakyBucket::new(limits.total, now),
            origins: HashMap::new(),
            others: Account::new(limits, now),
            cleaned: None,
        }
    }
}

impl Account {
    fn new(limits: MaxRemoteSampledTraces, now: Instant) -> Self {
        Self {
            bucket: LeakyBucket::new(limits.per_origin, now),
            over_budget: 0,
        }
    }
}

impl Budget {
    pub(crate) fn new(limits: MaxRemoteSampledTraces) -> Self {
        let now = Instant::now();
        Self {
            limits,
            accounts: ForkMutex::new(Accounts::new(limits, now)),
            keys: RandomState::new(),
            asked: AtomicU64::new(0),
            warned: NowAndThen::new(),
        }
    }

    /// Spends one, for a context with the flag "sampled" from this homeserver.
    pub(crate) fn spend(&self, origin: &str) -> Spending {
        let spending = self.spend_at(origin, Instant::now());
        if spending == Spending::OverBudget {
            warn_now_and_then(&self.warned, || {
                let MaxRemoteSampledTraces { per_origin, total } = self.limits;
                format!(
                    "{origin} sent a sampled trace above opentracing.fedtrace.max_remote_sampled_traces_per_second \
                     (per_origin: {per_origin}, total: {total}); our own sampler decides about it"
                )
            });
        }
        spending
    }

    pub(crate) fn spend_at(&self, origin: &str, now: Instant) -> Spending {
        if !(self.limits.per_origin > 0.0 && self.limits.total > 0.0) {
            return Spending::NoBudget;
        }
        let origin = match origin.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(origin.to_ascii_lowercase()),
            false => Cow::Borrowed(origin),
        };
        self.accounts.with(|accounts| {
            let total_has_one = accounts.total.has_one(now);
            let account = accounts.of(&origin, self.limits, now);
            if total_has_one && account.bucket.has_one(now) {
                account.bucket.take();
                accounts.total.take();
                Spending::Honoured
            } else {
                account.over_budget += 1;
                Spending::OverBudget
            }
        })
    }

    /// Resets all budgets in the child process of a fork.
    pub(crate) fn after_fork_in_child(&self) {
        self.accounts
            .replace_in_child(Accounts::new(self.limits, Instant::now()));
    }

    /// The id on which our own sampler decides instead of the one that the sender chose.
    ///
    /// It differs each time: our requests reveal the decision to the sender, which could otherwise reuse an
    /// id that was sampled once.
    pub(crate) fn id_for_our_sampler(&self, trace_id: TraceId) -> TraceId {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        TraceId::from_low(self.keys.hash_one((trace_id, asked)))
    }

    /// The number of contexts over the budget by origin, highest first. The contexts of forgotten origins
    /// have no name.
    pub(crate) fn over_budget(&self) -> Vec<(Option<String>, u64)> {
        let mut counts: Vec<_> = self.accounts.with(|accounts| {
            let origins = accounts.origins.iter();
            origins
                .map(|(name, account)| (Some(name.to_string()), account.over_budget))
                .chain([(None, accounts.others.over_budget)])
                .filter(|(_, count)| *count > 0)
                .collect()
        });
        counts.sort_by_key(|(_, count)| Reverse(*count));
        counts
    }

    #[cfg(test)]
    pub(crate) fn origins(&self) -> usize {
        self.accounts.with(|accounts| accounts.origins.len())
    }
}

impl Accounts {
    fn of(&mut self, origin: &str, limits: MaxRemoteSampledTraces, now: Instant) -> &mut Account {
        let is_new = !self.origins.contains_key(origin);
        if is_new && self.origins.len() >= MAX_ORIGINS {
            self.clean(now);
        }
        if is_new && self.origins.len() >= MAX_ORIGINS {
            return &mut self.others;
        }
        self.origins
            .entry(origin.into())
            .or_insert_with(|| Account::new(limits, now))
    }

    /// Forgets origins whose bucket is full. Their contexts over the budget stay in the sum.
    fn clean(&mut self, now: Instant) {
        let was_lately = |cleaned| now.saturating_duration_since(cleaned) < CLEANING_INTERVAL;
        if self.cleaned.is_some_and(was_lately) {
            return;
        }
        self.cleaned = Some(now);
        let others = &mut self.others;
        self.origins.retain(|_, account| {
            let is_full = account.bucket.is_full(now);
            if is_full {
                others.over_budget += account.over_budget;
            }
            !is_full
        });
    }
}

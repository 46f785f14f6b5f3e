//! Tests of the budget of sampled contexts.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::trust::budget::{Budget, MaxRemoteSampledTraces, Spending};

fn limits(per_origin: f64, total: f64) -> MaxRemoteSampledTraces {
    MaxRemoteSampledTraces { per_origin, total }
}

fn honoured(budget: &Budget, origin: &str, now: Instant, tries: usize) -> usize {
    (0..tries)
        .filter(|_| budget.spend_at(origin, now) == Spending::Honoured)
        .count()
}

#[test]
fn each_origin_has_its_budget_and_all_together_have_one() {
    let (budget, now) = (Budget::new(limits(10.0, 25.0)), Instant::now());
    assert_eq!(honoured(&budget, "a.example", now, 100), 10);
    assert_eq!(honoured(&budget, "B.example", now, 4), 4);
    assert_eq!(honoured(&budget, "b.EXAMPLE", now, 100), 6);
    assert_eq!(honoured(&budget, "c.example", now, 100), 5);
    assert_eq!(
        honoured(&budget, "a.example", now + Duration::from_secs(1), 100),
        10
    );
    let expected = [("a.example", 180), ("c.example", 95), ("b.example", 94)];
    let expected = expected.map(|(name, count)| (Some(name.to_owned()), count));
    assert_eq!(budget.over_budget(), expected);
}

#[test]
fn a_refused_context_costs_nobody_anything() {
    let (budget, now) = (Budget::new(limits(1.0, 2.0)), Instant::now());
    assert_eq!(honoured(&budget, "a.example", now, 50), 1);
    assert_eq!(honoured(&budget, "b.example", now, 50), 1);
    assert_eq!(honoured(&budget, "c.example", now, 50), 0);
    let later = now + Duration::from_millis(500);
    assert_eq!(honoured(&budget, "c.example", later, 50), 1);
}

#[test]
fn zero_means_that_we_always_decide_and_is_no_excess() {
    for limits in [limits(0.0, 100.0), limits(10.0, 0.0), limits(f64::NAN, 1.0)] {
        let budget = Budget::new(limits);
        assert_eq!(budget.spend_at("a.example", Instant::now()), Spending::NoBudget);
        assert_eq!(budget.over_budget(), []);
    }
}

#[test]
fn unlimited_honours_everything() {
    let (budget, now) = (Budget::new(limits(f64::INFINITY, f64::INFINITY)), Instant::now());
    assert_eq!(honoured(&budget, "a.example", now, 100_000), 100_000);
}

#[test]
fn origins_beyond_the_first_1024_share_one_budget() {
    let (budget, now) = (Budget::new(limits(2.0, f64::INFINITY)), Instant::now());
    let name = |index: usize| format!("server{index}.example.com");
    for index in 0..1024 {
        assert_eq!(honoured(&budget, &name(index), now, 5), 2);
    }
    let others: usize = (1024..5000)
        .map(|index| honoured(&budget, &name(index), now, 5))
        .sum();
    assert_eq!((others, budget.origins()), (2, 1024));
    let over_budget: u64 = budget.over_budget().iter().map(|(_, count)| count).sum();
    assert_eq!(over_budget, 1024 * 3 + (5000 - 1024) * 5 - 2);

    // Once all buckets are full again, there is room for new origins, and the sum is unchanged.
    let later = now + Duration::from_secs(3600);
    assert_eq!(honoured(&budget, &name(9999), later, 5), 2);
    assert_eq!(budget.origins(), 1);
    let counts = budget.over_budget();
    assert_eq!(
        counts.iter().map(|(_, count)| count).sum::<u64>(),
        over_budget + 3
    );
    assert_eq!(counts[0].0, None);
}

#[test]
fn our_sampler_decides_on_an_id_that_the_sender_cannot_know() {
    let (one, other) = (Budget::new(limits(0.0, 0.0)), Budget::new(limits(0.0, 0.0)));
    let of = |budget: &Budget, number| budget.id_for_our_sampler(TraceId::new(number).unwrap());
    assert_ne!(of(&one, 1), of(&other, 1));
    // A sender would choose low ids in order to be sampled; half of the resulting ids are above the middle.
    let high = (1..=1000).filter(|low| of(&one, *low).low() >= 1 << 63).count();
    assert!((400..=600).contains(&high), "{high}");
}

#[test]
fn an_id_that_comes_again_is_decided_anew() {
    let budget = Budget::new(limits(0.0, 0.0));
    let id = TraceId::new(1).unwrap();
    let high = (0..1000)
        .filter(|_| budget.id_for_our_sampler(id).low() >= 1 << 63)
        .count();
    assert!((400..=600).contains(&high), "{high}");
}

proptest! {
    #[test]
    fn no_sequence_of_contexts_is_honoured_beyond_the_budget(
        per_origin in 0.0..20.0f64,
        total in 0.0..40.0f64,
        steps in prop::collection::vec((0..6usize, 0..400u64), 1..400),
    ) {
        let (budget, start) = (Budget::new(limits(per_origin, total)), Instant::now());
        let mut now = start;
        let mut honoured: HashMap<usize, f64> = HashMap::new();
        for (origin, pause) in steps {
            now += Duration::from_millis(pause);
            if budget.spend_at(&format!("{origin}.example"), now) == Spending::Honoured {
                *honoured.entry(origin).or_default() += 1.0;
            }
            let seconds = now.duration_since(start).as_secs_f64();
            // The budget began a moment before the clock of this test.
            let most = |rate: f64| if rate > 0.0 { rate.max(1.0) + rate * (seconds + 0.1) } else { 0.0 };
            prop_assert!(honoured.values().all(|count| *count <= most(per_origin)));
            prop_assert!(honoured.values().sum::<f64>() <= most(total));
        }
    }
}

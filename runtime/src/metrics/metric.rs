//! A metric and its values.

use std::borrow::Cow;

use super::requests::Latencies;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

pub(super) type Labels = Vec<(&'static str, Cow<'static, str>)>;

#[derive(Debug, Clone)]
pub(super) enum Value {
    Number(u64),
    /// Boxed, because they are large and rare.
    Latencies(Box<Latencies>),
}

impl Value {
    pub(super) fn add(&mut self, more: &Self) {
        match (self, more) {
            (Self::Number(sum), Self::Number(more)) => *sum = sum.saturating_add(*more),
            (Self::Latencies(sum), Self::Latencies(more)) => sum.add_all(more),
            (Self::Number(_), Self::Latencies(_)) | (Self::Latencies(_), Self::Number(_)) => {}
        }
    }
}

/// A metric, and its values by their labels.
#[derive(Debug, Clone)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
    pub(super) values: Vec<(Labels, Value)>,
}

/// Adds the values of another tracer.
pub(super) fn add(sums: &mut Vec<Metric>, more: &[Metric]) {
    for metric in more {
        match sums.iter_mut().find(|sum| sum.name == metric.name) {
            Some(sum) => add_values(&mut sum.values, &metric.values),
            None => sums.push(metric.clone()),
        }
    }
}

fn add_values(sums: &mut Vec<(Labels, Value)>, more: &[(Labels, Value)]) {
    for (index, (labels, value)) in more.iter().enumerate() {
        // Usually both have the same labels in the same order.
        let is_same = sums.get(index).is_some_and(|(known, _)| known == labels);
        let index = is_same
            .then_some(index)
            .or_else(|| sums.iter().position(|(known, _)| known == labels));
        match index.and_then(|index| sums.get_mut(index)) {
            Some((_, sum)) => sum.add(value),
            None => sums.push((labels.clone(), value.clone())),
        }
    }
}

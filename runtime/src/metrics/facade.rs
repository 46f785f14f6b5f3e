//! Publishes the counters to the recorder of the crate `metrics`.

use std::collections::BTreeMap;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::metrics::{Label, Unit};
use arc_swap::ArcSwapOption;

use super::metric::{Kind, Labels, Metric, Value, add};
use super::requests::Latencies;
use super::table::{TracerCounts, metrics};

/// The counts of the tracers of this process, by service: the metrics of one service cannot be told apart,
/// and the recorder may be set after the tracers started. It has no lock, because a child process would
/// inherit the lock in its state at the fork.
static SERVICES: ArcSwapOption<Vec<Arc<Service>>> = ArcSwapOption::const_empty();

/// `Relaxed` is enough: each `fetch_add` returns another number, and nothing is read because of it.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A worker, its tracer and its process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Publisher {
    process: u32,
    /// Which tracer of the process, as long as it lives.
    tracer: usize,
    /// The later of two workers has the higher one.
    number: u64,
}

impl Publisher {
    /// Whether the counts of this one have begun again, and the other one publishes them: in the child process of a fork, or in a
    /// process that was restored.
    fn is_replaced_by(&self, other: &Self) -> bool {
        self.process != other.process || (self.tracer == other.tracer && self.number < other.number)
    }
}

#[derive(Debug, Clone)]
struct Service {
    name: String,
    /// The counters of closed tracers, of the tracers of parent processes, and of those before this process was restored.
    past: Vec<Metric>,
    running: Vec<(Publisher, Vec<Metric>)>,
}

impl Service {
    fn update(&mut self, publisher: Publisher, metrics: &[Metric], is_last: bool) {
        let is_late = |(known, _): &(Publisher, _)| {
            known.process == publisher.process && publisher.is_replaced_by(known)
        };
        if self.running.iter().any(is_late) {
            return;
        }
        let mut running = Vec::new();
        for (known, metrics) in self.running.drain(..) {
            if known.is_replaced_by(&publisher) {
                add_counters(&mut self.past, &metrics);
            } else if known != publisher {
                running.push((known, metrics));
            }
        }
        if is_last {
            add_counters(&mut self.past, metrics);
        } else {
            running.push((publisher, metrics.to_vec()));
        }
        self.running = running;
    }

    fn sums(&self) -> Vec<Metric> {
        let mut sums = self.past.clone();
        self.running
            .iter()
            .for_each(|(_, metrics)| add(&mut sums, metrics));
        sums
    }
}

/// Adds the final counters of a closed tracer. Its gauges are zero, and the recorder already has its
/// histograms.
fn add_counters(sums: &mut Vec<Metric>, metrics: &[Metric]) {
    let mut left = metrics.to_vec();
    for Metric { kind, values, .. } in &mut left {
        match kind {
            Kind::Counter => {}
            Kind::Gauge => values.iter_mut().for_each(|(_, value)| *value = Value::Number(0)),
            Kind::Histogram => values.clear(),
        }
    }
    add(sums, &left);
}

/// The metrics that a worker publishes to the recorder.
#[derive(Debug)]
pub(crate) struct Publication {
    publisher: Publisher,
    /// The latencies of requests that were already published.
    told: BTreeMap<Labels, Latencies>,
}

impl Publication {
    /// For a new worker of this tracer.
    pub(crate) fn new(tracer: usize) -> Self {
        Self {
            publisher: Publisher {
                process: process::id(),
                tracer,
                number: NEXT.fetch_add(1, Ordering::Relaxed),
            },
            told: BTreeMap::new(),
        }
    }

    #[cfg(all(test, feature = "enable"))]
    pub(crate) fn of_parent(tracer: usize) -> Self {
        let mut publication = Self::new(tracer);
        publication.publisher.process = process::id().wrapping_add(1);
        publication
    }

    /// Publishes the counters of a tracer, summed with those of other tracers of the same service, to the
    /// recorder that the program has set, if any. `is_last` says that the tracer is closed.
    pub(crate) fn publish(&mut self, counted: &TracerCounts<'_>, is_last: bool) {
        let (service, metrics) = (counted.service_name, metrics(counted));
        SERVICES.rcu(|services| {
            let mut services = services.as_deref().cloned().unwrap_or_default();
            let place = services.iter().position(|known| known.name == service);
            let mut updated = match place.and_then(|place| services.get(place)) {
                Some(known) => known.as_ref().clone(),
                None => Service {
                    name: service.to_owned(),
                    past: Vec::new(),
                    running: Vec::new(),
                },
            };
            updated.update(self.publisher, &metrics, is_last);
            services.retain(|known| known.name != service);
            services.push(Arc::new(updated));
            Some(Arc::new(services))
        });
        let services = SERVICES.load_full().unwrap_or_default();
        for metric in services
            .iter()
            .filter(|known| known.name == service)
            .flat_map(|service| service.sums())
        {
            tell(service, &metric);
        }
        for metric in metrics.iter().filter(|metric| metric.kind == Kind::Histogram) {
            self.tell_latencies(service, metric);
        }
    }

    /// Publishes new latencies; the recorder adds them up. All requests of one bucket are published with
    /// their mean.
    fn tell_latencies(&mut self, service: &str, Metric { name, values, .. }: &Metric) {
        for (labels, value) in values {
            let Value::Latencies(latencies) = value else {
                continue;
            };
            let told = self.told.insert(labels.clone(), **latencies).unwrap_or_default();
            let histogram = ::metrics::histogram!(*name, all_labels(service, labels));
            for (now, told) in latencies.buckets.iter().zip(&told.buckets) {
                let requests = now.requests.saturating_sub(told.requests);
                if requests > 0 {
                    let seconds = now.time.saturating_sub(told.time).as_secs_f64();
                    histogram.record_many(seconds / requests as f64, requests as usize);
                }
            }
        }
    }
}

fn tell(service: &str, metric: &Metric) {
    let Metric {
        name,
        kind,
        help,
        values,
    } = metric;
    let (name, help) = (*name, *help);
    if values.is_empty() {
        return;
    }
    match kind {
        Kind::Counter => ::metrics::describe_counter!(name, help),
        Kind::Gauge => ::metrics::describe_gauge!(name, help),
        Kind::Histogram => ::metrics::describe_histogram!(name, Unit::Seconds, help),
    }
    for (labels, value) in values {
        let Value::Number(value) = value else { continue };
        let labels = all_labels(service, labels);
        match kind {
            Kind::Counter => ::metrics::counter!(name, labels).absolute(*value),
            Kind::Gauge => ::metrics::gauge!(name, labels).set(*value as f64),
            Kind::Histogram => {}
        }
    }
}

fn all_labels(service: &str, labels: &Labels) -> Vec<Label> {
    let mut all = vec![Label::new("service", service.to_owned())];
    all.extend(
        labels
            .iter()
            .map(|(label, value)| Label::new(*label, value.clone())),
    );
    all
}

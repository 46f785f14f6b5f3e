//! The counts of a tracer, for Prometheus and for the crate `metrics`.

use super::core::Tracer;
use crate::metrics::table::TracerCounts;

impl Tracer {
    pub(crate) fn counted(&self) -> TracerCounts<'_> {
        TracerCounts {
            service_name: self.service_name(),
            stats: self.stats(),
            requests: self.inner().requests.as_ref(),
        }
    }
}

#[cfg(feature = "prometheus")]
impl Tracer {
    /// The [`stats`](Self::stats) in Prometheus' text format 0.0.4, as the body of a response.
    ///
    /// Names that begin with `jaeger_` are those of Jaeger's client for Go; `docs/metrics.md` lists all
    /// metrics. Every value has the label `service`. For several tracers use [`prometheus_text`], because a
    /// text may describe each metric only once.
    ///
    /// The content type is `text/plain; version=0.0.4`.
    ///
    /// ```
    /// # fn main() -> Result<(), fedtrace::InitError> {
    /// let (tracer, _guard) = fedtrace::Tracer::builder("example.org main").build()?;
    /// fedtrace::with_tracer(&tracer, || drop(fedtrace::start_active_span("work")));
    /// let text = tracer.prometheus_text();
    /// assert!(text.contains(
    ///     "jaeger_tracer_traces_total{service=\"example.org main\",state=\"started\",sampled=\"y\"} 1\n"
    /// ));
    /// # Ok(())
    /// # }
    /// ```
    pub fn prometheus_text(&self) -> String {
        prometheus_text([self])
    }
}

/// The [`stats`](Tracer::stats) of several tracers as one body for Prometheus; see
/// [`Tracer::prometheus_text`]. Tracers of the same service are summed, because their values could not be
/// told apart.
#[cfg(feature = "prometheus")]
pub fn prometheus_text<'a>(tracers: impl IntoIterator<Item = &'a Tracer>) -> String {
    crate::metrics::prometheus::text(tracers.into_iter().map(Tracer::counted))
}

//! What was started, and what became of it.

use fedtrace::Stats;

pub(crate) struct Accounting {
    /// As the threads counted them.
    pub(crate) started: u64,
    pub(crate) stats: Stats,
    pub(crate) arrived_packets: u64,
}

impl Accounting {
    /// Each span that started was reported, or counted as lost, once.
    pub(crate) fn assert_complete(&self) {
        let Self { started, stats, .. } = self;
        println!(
            "{started} spans started, {} reported, {} lost, {} packets arrived",
            stats.reported_spans,
            stats.lost_spans(),
            self.arrived_packets,
        );
        assert_eq!(stats.started_sampled_spans, *started);
        assert_eq!(stats.finished_sampled_spans, *started);
        assert_eq!(stats.reported_spans + stats.lost_spans(), *started);
        // The queue may be full, but nothing else is wrong.
        assert_eq!(stats.queue_full_spans, stats.lost_spans());
        assert_eq!((stats.queued_spans, stats.queued_bytes), (0, 0));
        assert!(stats.reported_spans > 0 && self.arrived_packets > 0);
    }
}

//! To ask a sampler allocates nothing in steady state.

use std::hint::black_box;

use fedtrace::TraceId;
use fedtrace::sampler::{
    ConstSampler, OperationStrategy, PerOperationSampler, ProbabilisticSampler, RateLimitingSampler,
    RemoteSampler, Sampler,
};
use fedtrace_tests::{FakeSamplingServer, allocations_in, until};

fn allocations(sampler: &dyn Sampler) -> u64 {
    let ask = || {
        for low in 1..=1000 {
            let id = TraceId::new(low << 54).unwrap();
            for operation in ["named", "learnt", "one more"] {
                black_box(sampler.sample(id, operation));
            }
        }
    };
    ask();
    allocations_in(ask)
}

#[test]
fn no_sampler_allocates_when_it_is_asked() {
    let per_operation = PerOperationSampler::new(0.5)
        .operation("named", OperationStrategy::new(0.5).lower_bound(100.0))
        .lower_bound(100.0)
        .max_operations(2);
    let server = FakeSamplingServer::start(
        r#"{"operationSampling":{"defaultSamplingProbability":0.5,"defaultLowerBoundTracesPerSecond":100}}"#,
    );
    let remote = RemoteSampler::builder("service")
        .endpoint(server.url())
        .start()
        .unwrap();
    until("the first answer", || remote.stats().sampler_updates > 0);
    let samplers: [(&str, &dyn Sampler); 6] = [
        ("const 1", &ConstSampler::new(true)),
        ("const 0", &ConstSampler::new(false)),
        ("probabilistic", &ProbabilisticSampler::new(0.5)),
        ("ratelimiting", &RateLimitingSampler::new(1_000.0)),
        ("per operation", &per_operation),
        ("remote", &remote),
    ];
    for (name, sampler) in samplers {
        assert_eq!(allocations(sampler), 0, "{name}");
    }
}

//! Which tracer is used.

use std::time::Duration;

use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::TestTracer;
use fedtrace::{
    InitError, OpentracingConfig, Tracer, build_span, global_tracer, init_tracer, set_global_tracer, set_tag,
    start_active_span, whitelisted_homeserver, with_tracer,
};
use fedtrace_tests::alone;

/// Says which of the tracers free functions use now: each of them knows one server.
fn knows(test: &TestTracer, server_name: &str) {
    test.tracer().set_homeserver_whitelist([server_name]).unwrap();
}

#[test]
fn free_functions_use_the_tracer_of_the_active_span_else_the_scoped_one_else_the_global_one() {
    alone(|| {
        assert!(global_tracer().is_none());
        let (global, scoped, of_span) = (TestTracer::new(), TestTracer::new(), TestTracer::new());
        knows(&global, "global.example");
        knows(&scoped, "scoped.example");
        knows(&of_span, "span.example");
        assert!(
            start_active_span("before there is a global one")
                .span()
                .context()
                .is_none()
        );

        set_global_tracer(global.tracer().clone()).unwrap();
        assert!(global_tracer().is_some());
        assert!(whitelisted_homeserver("global.example"));
        drop(start_active_span("global"));
        std::thread::spawn(|| drop(start_active_span("on another thread")))
            .join()
            .unwrap();
        set_tag("no active span", "the global tracer counts it");

        with_tracer(scoped.tracer(), || {
            assert!(whitelisted_homeserver("scoped.example"));
            assert!(!whitelisted_homeserver("global.example"));
            drop(start_active_span("scoped"));
            set_tag("no active span", "the scoped tracer counts it");
            let outer = build_span("of its builder")
                .tracer(of_span.tracer())
                .start_active();
            assert!(whitelisted_homeserver("span.example"));
            assert!(!whitelisted_homeserver("scoped.example"));
            drop(start_active_span("child"));
            with_tracer(scoped.tracer(), || drop(start_active_span("child all the same")));
            drop(build_span("root").ignore_active_span().start());
            drop(outer);
            with_tracer(&Tracer::noop(), || drop(start_active_span("nobody's")));
            assert!(whitelisted_homeserver("scoped.example"));
        });
        assert!(whitelisted_homeserver("global.example"));

        // A second tracer comes back in the error, and is as good as before.
        let memory = MemoryReporter::new();
        let (second, guard) = Tracer::builder("second")
            .reporter(memory.clone())
            .build()
            .unwrap();
        let refused = set_global_tracer(second).unwrap_err();
        assert!(whitelisted_homeserver("global.example"));
        with_tracer(&refused.0, || drop(start_active_span("second")));
        guard.shutdown(Duration::from_secs(10)).unwrap();
        assert_eq!(memory.len(), 1);
        let mut config = OpentracingConfig::default();
        assert!(init_tracer(&config, "example.org").is_ok(), "it is off");
        config.enabled = true;
        let error = init_tracer(&config, "example.org").unwrap_err();
        assert!(matches!(error, InitError::AlreadySet), "{error}");

        global.tree().assert_eq("global\non another thread");
        scoped.tree().assert_eq("scoped\nroot");
        of_span
            .tree()
            .assert_eq("of its builder\n  child\n  child all the same");
        let missing = |test: &TestTracer| test.tracer().stats().missing_active_spans;
        assert_eq!((missing(&global), missing(&scoped), missing(&of_span)), (1, 1, 0));
    });
}

#[test]
fn a_global_tracer_that_is_closed_can_be_replaced_and_an_open_one_cannot() {
    alone(|| {
        let mut config = OpentracingConfig::default();
        config.enabled = true;
        for round in 0..3 {
            let memory = MemoryReporter::new();
            let (tracer, guard) = Tracer::builder(format!("round {round}"))
                .reporter(memory.clone())
                .build()
                .unwrap();
            set_global_tracer(tracer).unwrap();
            assert!(set_global_tracer(Tracer::noop()).is_err());
            assert!(init_tracer(&config, "example.org").is_err());
            drop(start_active_span("span"));
            guard.shutdown(Duration::from_secs(10)).unwrap();
            assert_eq!(memory.len(), 1);
            assert_eq!(global_tracer().unwrap().service_name(), format!("round {round}"));

            let guard = init_tracer(&config, "example.org").unwrap();
            assert_eq!(global_tracer().unwrap().service_name(), "example.org main");
            let of_thread = std::thread::spawn(|| start_active_span("span").span().context().is_some());
            assert!(of_thread.join().unwrap());
            guard.shutdown(Duration::from_secs(10)).unwrap();
        }
    });
}

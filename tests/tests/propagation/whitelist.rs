//! The whitelist as an operator meets it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use fedtrace::reporter::MemoryReporter;
use fedtrace::testing::TestTracer;
use fedtrace::whitelist::Whitelist;
use fedtrace::{Tracer, whitelisted_homeserver, with_tracer};

#[test]
fn the_sample_of_synapses_documentation_is_a_valid_whitelist() {
    let whitelist = Whitelist::new(["mytrustedhomeserver.org", "*.myotherhomeservers.com"]).unwrap();
    for admitted in [
        "mytrustedhomeserver.org",
        "mytrustedhomeserver.org:8448",
        "MyTrustedHomeserver.org",
        "a.myotherhomeservers.com",
    ] {
        assert!(whitelist.allows(admitted), "{admitted}");
    }
    for refused in [
        "mytrustedhomeserver.org.evil.example",
        "mytrustedhomeserverxorg",
        "evilmyotherhomeservers.com",
        "evil.example",
    ] {
        assert!(!whitelist.allows(refused), "{refused}");
    }
}

#[test]
fn an_unusable_entry_is_an_error_that_says_where_and_what_to_write() {
    let error = Whitelist::new(["a.example", r"*.(b|c)\.example"]).unwrap_err();
    assert_eq!((error.index(), error.position()), (1, Some(0)));
    assert!(error.to_string().contains(r"`.*\.` instead of `*.`"), "{error}");
}

#[test]
fn each_tracer_has_its_own_whitelist_and_without_one_nobody_is_on_it() {
    let listing = |name: &str| {
        let whitelist = Whitelist::new([name]).unwrap();
        Tracer::builder("test")
            .reporter(MemoryReporter::new())
            .homeserver_whitelist(whitelist)
            .build()
            .unwrap()
    };
    let ((one, _guard_one), (two, _guard_two)) = (listing("one.example"), listing("two.example"));
    let (none, _guard_none) = Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .build()
        .unwrap();
    let both = || ["one.example", "two.example"].map(whitelisted_homeserver);
    assert_eq!(with_tracer(&one, both), [true, false]);
    assert_eq!(with_tracer(&two, both), [false, true]);
    assert_eq!(with_tracer(&none, both), [false, false]);
    assert_eq!(both(), [false, false]);
}

#[test]
fn a_whitelist_can_be_replaced_and_a_wrong_one_leaves_the_old_one() {
    let (tracer, _guard) = Tracer::builder("test")
        .reporter(MemoryReporter::new())
        .build()
        .unwrap();
    let admits = |patterns: &[&str]| {
        let replaced = tracer.set_homeserver_whitelist(patterns).is_ok();
        let listed = ["one.example", "two.example"].map(|name| tracer.is_whitelisted(name));
        (replaced, listed)
    };
    assert_eq!(admits(&["one.example"]), (true, [true, false]));
    assert_eq!(admits(&["two.example"]), (true, [false, true]));
    assert_eq!(admits(&["one.example", "("]), (false, [false, true]));
    assert_eq!(admits(&[]), (true, [false, false]));
}

#[test]
fn a_change_while_others_ask_lets_nobody_through_or_down_in_between() {
    let test = TestTracer::new();
    let tracer = test.tracer();
    tracer
        .set_homeserver_whitelist(["always.example", "first.example"])
        .unwrap();
    let changing = AtomicBool::new(true);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while changing.load(Ordering::Relaxed) {
                    assert!(tracer.is_whitelisted("always.example"));
                    assert!(!tracer.is_whitelisted("never.example"));
                }
            });
        }
        let writer = |name: &'static str| {
            move || {
                for _ in 0..500 {
                    tracer.set_homeserver_whitelist(["always.example", name]).unwrap();
                    assert!(tracer.set_homeserver_whitelist(["always.example", "("]).is_err());
                }
            }
        };
        let writers = [
            scope.spawn(writer("first.example")),
            scope.spawn(writer("second.example")),
        ];
        let results = writers.map(|writer| writer.join());
        changing.store(false, Ordering::Relaxed);
        results.into_iter().for_each(Result::unwrap);
    });
    let is_listed = |name: &str| tracer.is_whitelisted(name);
    assert!(is_listed("first.example") != is_listed("second.example"));
}

//! A program that forks: the child has ids and workers of its own, and loses nothing.
#![allow(unsafe_code)]

#[cfg(unix)]
fn main() {
    unix::run();
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
#[path = "fork/continuing.rs"]
mod continuing;

#[cfg(unix)]
mod unix {
    use std::any::Any;
    use std::collections::HashSet;
    use std::net::UdpSocket;
    use std::os::unix::fs::MetadataExt;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, OnceLock};
    use std::time::{Duration, Instant};

    use fedtrace::reporter::{
        CompositeReporter, ConsoleReporter, HttpReporter, JaegerJsonReporter, LoggingReporter, Process,
        Report, Reporter, Spans, UdpReporter,
    };
    use fedtrace::sampler::{
        Decision, OperationStrategy, PerOperationSampler, RateLimitingSampler, RemoteSampler,
        RemoteSamplerBuilder, Sampler,
    };
    use fedtrace::throttler::RemoteThrottler;
    use fedtrace::whitelist::Whitelist;
    use fedtrace::{
        Origin, TraceId, Tracer, TracerBuilder, TracerGuard, active_span, build_span, extract,
        start_active_span, trace_id, with_tracer,
    };
    use fedtrace_tests::{
        Answer, Behaviour, EmittedBatch, FakeAgent, FakeCollector, FakeSamplingServer, tag, until,
    };
    use rustracing_jaeger::thrift::jaeger::Tag;

    use super::continuing::{self, Continuing};

    const PATIENCE: Duration = Duration::from_secs(20);
    /// More than this program has open.
    const MOST_DESCRIPTORS: i32 = 400;
    const ALWAYS: &str = r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1}}"#;

    /// Declares the tests and a function that runs all of them, so that none is forgotten.
    macro_rules! tests {
        ($(fn $name:ident() $body:block)*) => {
            pub(super) fn run() {
                let tests: &[(&str, fn())] = &[$((stringify!($name), $name)),*];
                for (name, test) in tests {
                    println!("test {name}");
                    test();
                }
                println!("a program that forks: {} passed", tests.len());
            }

            $(fn $name() $body)*
        };
    }

    /// Runs `work` in a child process, and waits for its end. Only the thread that forks is in the child, so `work`
    /// prints nothing; `false` and panics are the exit status.
    fn in_child(work: impl FnOnce() -> bool) {
        in_copy(Made::Fork, work);
    }

    /// How a child process is made.
    enum Made {
        Fork,
        /// By the system call, which runs no handler of a fork: it stands for a snapshot of the process.
        Clone,
    }

    fn in_copy(made: Made, work: impl FnOnce() -> bool) {
        // SAFETY: the test harness is not in use, so this is the main thread, and the others of this process hold
        // no lock for longer than an instant. The child ends without running what is registered for the end.
        let child = match made {
            Made::Fork => unsafe { libc::fork() },
            Made::Clone => unsafe { clone() },
        };
        assert!(child >= 0, "no child");
        if child == 0 {
            // SAFETY: one that waits for ever is ended by a signal.
            unsafe { libc::alarm(30) };
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            // SAFETY: it only ends the process.
            unsafe { libc::_exit(i32::from(!done.unwrap_or(false))) };
        }
        let mut status = 0;
        // SAFETY: the child is ours, and `status` is there while it is written.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        assert_eq!((waited, status), (child, 0), "the child failed");
    }

    #[cfg(target_os = "linux")]
    unsafe fn clone() -> libc::pid_t {
        let nothing: libc::c_long = 0;
        // SAFETY: as for `fork`. Without flags, the memory is copied and everything else too.
        unsafe {
            libc::syscall(
                libc::SYS_clone,
                libc::c_long::from(libc::SIGCHLD),
                nothing,
                nothing,
                nothing,
                nothing,
            ) as libc::pid_t
        }
    }

    #[cfg(not(target_os = "linux"))]
    unsafe fn clone() -> libc::pid_t {
        // SAFETY: as there. It shows less.
        unsafe { libc::fork() }
    }

    /// A trace of two spans.
    fn work(tracer: &Tracer, name: &'static str) {
        with_tracer(tracer, || {
            let _outer = start_active_span(name);
            drop(start_active_span("inner"));
        });
    }

    fn ended_well(tracer: &Tracer, guard: TracerGuard, spans: u64) -> bool {
        let flushed = guard.flush(PATIENCE).is_ok();
        let stats = tracer.stats();
        let counted = stats.reported_spans == spans && stats.lost_spans() == 0;
        flushed && counted && guard.shutdown(PATIENCE).is_ok()
    }

    fn sending_to(agent: &FakeAgent) -> TracerBuilder {
        Tracer::builder("forks").reporter(UdpReporter::new(agent.host(), agent.port()))
    }

    /// A sampler that asks the server once in each process.
    fn asking_once(server: &FakeSamplingServer) -> RemoteSamplerBuilder {
        RemoteSampler::builder("forks")
            .endpoint(server.url())
            .refresh_interval(Duration::from_secs(3_600))
    }

    /// A reporter that is at work until it is let go.
    struct Busy {
        reporter: UdpReporter,
        has_spare: bool,
        at_work: Sender<()>,
        go: Receiver<()>,
    }

    impl Reporter for Busy {
        fn report(&mut self, process: &Process, spans: Spans<'_>) -> Report {
            self.at_work.send(()).unwrap();
            self.go.recv().unwrap();
            self.reporter.report(process, spans)
        }

        fn for_child(&self) -> Option<Box<dyn Reporter>> {
            self.reporter.for_child().filter(|_| self.has_spare)
        }
    }

    /// A sampler that uses its own tracer when it is told of the fork.
    struct Curious(OnceLock<Tracer>);

    impl Sampler for Curious {
        fn sample(&self, _: TraceId, _: &str) -> Decision {
            Decision::drop()
        }

        fn after_fork_in_child(&self) {
            let tracer = self.0.get().unwrap();
            tracer.stats();
            work(tracer, "forked");
        }
    }

    /// Every reporter that holds a descriptor, with what it needs to be useful.
    fn holding_descriptors() -> Vec<(Box<dyn Reporter>, Box<dyn Any>)> {
        let agents = [FakeAgent::start(), FakeAgent::start(), FakeAgent::start()];
        let [compact, binary, one_of_two] = &agents;
        let collectors = [
            FakeCollector::start(),
            FakeCollector::start(),
            FakeCollector::start(),
        ];
        let [thrift, otlp, other_of_two] = collectors.each_ref().map(FakeCollector::endpoint);
        let file = tempfile("of-the-parent").unwrap();
        let composite = CompositeReporter::new()
            .with(UdpReporter::new(one_of_two.host(), one_of_two.port()))
            .with(HttpReporter::new(&other_of_two).unwrap())
            .with(ConsoleReporter::to(file));
        let reporters: Vec<Box<dyn Reporter>> = vec![
            Box::new(UdpReporter::new(compact.host(), compact.port())),
            Box::new(UdpReporter::binary(binary.host(), binary.port())),
            Box::new(HttpReporter::new(&thrift).unwrap()),
            Box::new(HttpReporter::otlp(&otlp).unwrap()),
            Box::new(composite),
        ];
        let mut servers: Vec<Box<dyn Any>> = vec![Box::new((agents, collectors))];
        let reporters = reporters.into_iter().map(|reporter| {
            let servers = servers.pop().unwrap_or_else(|| Box::new(()));
            (reporter, servers)
        });
        reporters.collect()
    }

    fn tempfile(name: &str) -> std::io::Result<std::fs::File> {
        let path = std::env::temp_dir().join(format!("fedtrace-{}-{name}", std::process::id()));
        let file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path);
        std::fs::remove_file(path).and(file)
    }

    /// A file of the child process, under a number that the parent may have used for something else.
    struct File {
        file: std::fs::File,
        id: (u64, u64),
    }

    impl File {
        fn id(file: &std::fs::File) -> Option<(u64, u64)> {
            let status = file.metadata().ok()?;
            Some((status.dev(), status.ino()))
        }

        fn is_untouched(&self) -> bool {
            let is_empty = self.file.metadata().is_ok_and(|status| status.len() == 0);
            Self::id(&self.file) == Some(self.id) && is_empty
        }
    }

    /// Does what daemons do: closes all that the parent had open, and then opens files of its own.
    fn reopen_everything() -> Vec<File> {
        for descriptor in 3..MOST_DESCRIPTORS {
            // SAFETY: nothing of the parent is used after this but by the tracer that is tested.
            unsafe { libc::close(descriptor) };
        }
        let open = |number: i32| {
            let file = tempfile(&number.to_string()).unwrap();
            let id = File::id(&file).unwrap();
            File { file, id }
        };
        (3..MOST_DESCRIPTORS).map(open).collect()
    }

    tests! {
        fn a_child_process_sends_its_own_spans_under_ids_of_its_own() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            work(&tracer, "before");
            guard.flush(PATIENCE).unwrap();
            let (of_parent, child_guard) = (tracer.clone(), guard);
            with_tracer(&tracer, || {
                let open = start_active_span("open");
                let open_trace = trace_id();
                // Twice the same state to begin with.
                for _ in 0..2 {
                    let guard = &child_guard;
                    in_child(|| {
                        // What is open at the fork is the parent's.
                        let begins_anew =
                            start_active_span("child").span().context().is_some() && trace_id() != open_trace;
                        work(&of_parent, "child");
                        let done = guard.flush(PATIENCE).is_ok();
                        let stats = of_parent.stats();
                        begins_anew && done && stats.reported_spans == 3 && stats.lost_spans() == 0
                    });
                }
                drop(open);
            });
            work(&tracer, "after");
            assert!(ended_well(&tracer, child_guard, 5), "{:?}", tracer.stats());
            let spans = agent.spans_within(11, PATIENCE);
            assert_eq!(spans.len(), 11);
            let ids: HashSet<_> = spans.iter().map(|span| span.span_id).collect();
            assert_eq!(ids.len(), 11, "an id was used twice");
            let traces: HashSet<_> = spans.iter().map(|span| span.trace_id_low).collect();
            assert_eq!(traces.len(), 7, "a trace id was used twice");
        }

        fn a_detached_span_that_is_entered_at_the_fork_is_left_and_entered_in_the_child_process() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            let span = build_span("detached").tracer(&tracer).start_detached();
            let entered = span.enter();
            let span = &span;
            in_child(move || {
                let was_forgotten = active_span().is_none();
                drop(entered);
                let trace = span.in_scope(|| {
                    drop(start_active_span("of the child process"));
                    trace_id()
                });
                was_forgotten && trace.is_some() && active_span().is_none() && {
                    guard.flush(PATIENCE).is_ok() && tracer.stats().reported_spans == 1
                }
            });
        }

        fn both_processes_give_the_children_of_a_span_that_was_open_at_the_fork_ids_of_their_own() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            let span = build_span("open at the fork").tracer(&tracer).start_detached();
            let children = || {
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        for _ in 0..10 {
                            span.in_scope(|| drop(start_active_span("child")));
                        }
                    });
                });
                guard.flush(PATIENCE).is_ok()
            };
            for made in [Made::Fork, Made::Clone] {
                in_copy(made, || {
                    fedtrace::after_restore();
                    children()
                });
            }
            assert!(children());
            let spans = agent.spans_within(30, PATIENCE);
            let traces: HashSet<_> = spans.iter().map(|span| span.trace_id_low).collect();
            let ids: HashSet<_> = spans.iter().map(|span| span.span_id).collect();
            assert_eq!((spans.len(), traces.len(), ids.len()), (30, 1, 30));
            drop((span, guard));
        }

        fn whatever_continues_in_a_child_process_has_its_span_there_from_the_beginning() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            for (name, continuing) in with_tracer(&tracer, continuing::all) {
                println!("    {name}");
                let Continuing { trace, spans, go_on } = continuing;
                assert!(trace.is_some(), "{name} has begun nothing");
                let mut go_on = Some(go_on);
                in_child(|| {
                    let inside = go_on.take().and_then(|go_on| go_on());
                    let flushed = guard.flush(PATIENCE).is_ok();
                    let stats = tracer.stats();
                    inside == trace && flushed && (stats.reported_spans, stats.lost_spans()) == (spans, 0)
                });
                // Nothing of it ends in the parent, too.
                std::mem::forget(go_on);
            }
            drop(guard);
        }

        fn a_child_process_uses_no_connection_of_its_parent() {
            let collector = FakeCollector::start();
            let (tracer, guard) = Tracer::builder("forks")
                .reporter(HttpReporter::new(&collector.endpoint()).unwrap())
                .build()
                .unwrap();
            work(&tracer, "before");
            guard.flush(PATIENCE).unwrap();
            let before = collector.connections();
            in_child(|| {
                work(&tracer, "child");
                guard.flush(PATIENCE).is_ok() && tracer.stats().reported_spans == 2
            });
            assert_eq!(collector.connections(), before + 1);
            work(&tracer, "after");
            assert!(ended_well(&tracer, guard, 4), "{:?}", tracer.stats());
            assert_eq!(collector.spans().len(), 6);
        }

        fn a_child_process_writes_its_traces_to_a_file_of_its_own() {
            let folder = std::env::temp_dir().join(format!("fedtrace-{}-traces", std::process::id()));
            let path = folder.join("trace.json");
            let (tracer, guard) = Tracer::builder("forks")
                .reporter(JaegerJsonReporter::file(&path))
                .build()
                .unwrap();
            work(&tracer, "before");
            guard.flush(PATIENCE).unwrap();
            in_child(|| {
                work(&tracer, "child");
                let of_child = folder.join(format!("trace.{}.json", std::process::id()));
                guard.flush(PATIENCE).is_ok()
                    && std::fs::read_to_string(of_child)
                        .is_ok_and(|json| json.contains("child") && !json.contains("before"))
            });
            work(&tracer, "after");
            assert!(ended_well(&tracer, guard, 4), "{:?}", tracer.stats());
            let json = std::fs::read_to_string(&path).unwrap();
            assert!(json.contains("before") && json.contains("after") && !json.contains("child"));
            std::fs::remove_dir_all(folder).unwrap();
        }

        fn a_child_process_is_another_client_of_the_agent_unless_its_id_was_set() {
            for set in [None, Some("mine")] {
                let agent = FakeAgent::start();
                let mut builder = sending_to(&agent);
                if let Some(id) = set {
                    builder = builder.process_tag("client-uuid", id);
                }
                let (tracer, guard) = builder.build().unwrap();
                work(&tracer, "before");
                guard.flush(PATIENCE).unwrap();
                for _ in 0..2 {
                    in_child(|| {
                        work(&tracer, "child");
                        guard.flush(PATIENCE).is_ok()
                    });
                }
                agent.spans_within(6, PATIENCE);
                let batches = agent.batches().into_iter();
                let client = |batch: EmittedBatch| match tag(&batch.process.tags, "client-uuid") {
                    Some(Tag::String { value, .. }) => value.clone(),
                    other => panic!("{other:?}"),
                };
                let clients: HashSet<_> = batches.map(client).collect();
                match set {
                    None => assert_eq!(clients.len(), 3, "{clients:?}"),
                    Some(id) => assert_eq!(clients, HashSet::from([id.to_owned()])),
                }
                drop(guard);
            }
        }

        fn a_child_process_sends_to_the_agent_from_a_socket_of_its_own_and_counts_its_batches_from_one() {
            let agent = UdpSocket::bind("127.0.0.1:0").unwrap();
            agent.set_read_timeout(Some(PATIENCE)).unwrap();
            let received = || {
                let mut packet = vec![0; 65_000];
                let (size, sender) = agent.recv_from(&mut packet).unwrap();
                let batch = EmittedBatch::from_packet(&packet[..size]).unwrap();
                (sender, batch.sequence_number)
            };
            let (tracer, guard) = Tracer::builder("forks")
                .reporter(UdpReporter::new("127.0.0.1", agent.local_addr().unwrap().port()))
                .build()
                .unwrap();
            let send = || {
                work(&tracer, "span");
                guard.flush(PATIENCE).is_ok()
            };
            assert!(send() && send());
            in_child(send);
            assert!(send());
            let [first, second, of_child, third] = [received(), received(), received(), received()];
            assert_eq!(
                [first.1, second.1, of_child.1, third.1],
                [Some(1), Some(2), Some(1), Some(3)]
            );
            assert!(
                first.0 == third.0 && first.0 != of_child.0,
                "{first:?} {of_child:?}"
            );
            drop(guard);
        }

        fn a_child_process_asks_the_sampling_server_for_itself_and_has_the_last_strategy_until_then() {
            let never = r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0}}"#;
            let server = FakeSamplingServer::start(ALWAYS);
            let agent = FakeAgent::start();
            let sampler = asking_once(&server).initial_sampling_rate(0.0).start().unwrap();
            let (tracer, guard) = sending_to(&agent).sampler(sampler).build().unwrap();
            until("an update", || tracer.stats().sampler_updates == 1);
            // So that the first trace of the child comes before the answer.
            server.set(Behaviour::Slowly(never.to_owned(), Duration::from_millis(5)));
            in_child(|| {
                work(&tracer, "child");
                let first = guard.flush(PATIENCE).is_ok() && tracer.stats().reported_spans == 2;
                until("an update", || tracer.stats().sampler_updates == 1);
                work(&tracer, "child");
                let stats = tracer.stats();
                first && guard.flush(PATIENCE).is_ok() && stats.reported_spans == 2 && stats.sampler_queries == 1
            });
            assert_eq!(tracer.stats().sampler_queries, 1);
            // The thread of the parent does not end with the child.
            work(&tracer, "after");
            assert!(ended_well(&tracer, guard, 2), "{:?}", tracer.stats());
        }

        fn a_child_process_asks_the_sampling_server_for_itself_also_where_single_operations_have_strategies() {
            let server = FakeSamplingServer::start(ALWAYS);
            let agent = FakeAgent::start();
            let remote = asking_once(&server).start().unwrap();
            let sampler =
                PerOperationSampler::with_default(remote).operation("/sync", OperationStrategy::new(0.0));
            let (tracer, guard) = sending_to(&agent).sampler(sampler).build().unwrap();
            until("an update", || tracer.stats().sampler_updates == 1);
            in_child(|| {
                work(&tracer, "child");
                until("an update", || tracer.stats().sampler_updates == 1);
                tracer.stats().sampler_queries == 1
            });
            assert_eq!(server.requests().len(), 2);
            drop(guard);
        }

        fn a_child_process_asks_for_credit_for_itself_under_a_name_of_its_own() {
            let server = FakeSamplingServer::start(r#"{"balances":[{"operation":"forced","balance":1000}]}"#);
            let agent = FakeAgent::start();
            let throttler = RemoteThrottler::builder("forks")
                .endpoint(server.url())
                .refresh_interval(Duration::from_millis(20))
                .start()
                .unwrap();
            let (tracer, guard) = sending_to(&agent).throttler(throttler).build().unwrap();
            let is_forced = || {
                with_tracer(&tracer, || {
                    let scope = start_active_span("forced");
                    fedtrace::force_tracing();
                    scope.span().context().is_some_and(|context| context.is_forced())
                })
            };
            until("credit", is_forced);
            in_child(|| {
                // What the parent has is the parent's.
                let begins_without = !is_forced();
                until("credit", is_forced);
                begins_without && tracer.stats().throttler_updates > 0
            });
            let requests = server.requests();
            let clients: HashSet<_> = requests
                .iter()
                .filter_map(|line| line.split("&uuid=").nth(1)?.split('&').next())
                .collect();
            assert_eq!(clients.len(), 2, "{requests:?}");
            drop(guard);
        }

        fn a_collector_that_is_being_sent_to_at_the_fork_gets_the_spans_of_the_child_by_another_connection() {
            let collector = FakeCollector::answering([Answer::Never], Answer::Accept);
            let reporter = HttpReporter::new(&collector.endpoint()).unwrap();
            let reporter = reporter
                .bearer_auth("t0ken")
                .unwrap()
                .timeout(Duration::from_secs(2));
            // With the reporters of a configuration that logs spans.
            let reporter = CompositeReporter::new()
                .with(reporter)
                .with(LoggingReporter::new());
            let (tracer, guard) = Tracer::builder("forks")
                .reporter(reporter)
                .flush_interval(Duration::from_millis(1))
                .build()
                .unwrap();
            work(&tracer, "before");
            until("a request", || collector.requests().len() == 1);
            in_child(|| {
                work(&tracer, "child");
                guard.flush(PATIENCE).is_ok() && tracer.stats().reported_spans == 2
            });
            let requests = collector.requests();
            assert_eq!(requests[1].header("authorization"), ["Bearer t0ken"]);
            assert!(ended_well(&tracer, guard, 2), "{:?}", tracer.stats());
            assert_eq!(collector.spans().len(), 4);
        }

        fn a_reporter_at_work_at_the_fork_is_replaced_by_its_spare_and_without_one_nothing_is_traced() {
            for has_spare in [true, false] {
                let agent = FakeAgent::start();
                let ((at_work, is_at_work), (go, gone)) = (channel(), channel());
                let (tracer, guard) = Tracer::builder("forks")
                    .reporter(Busy {
                        reporter: UdpReporter::binary(agent.host(), agent.port()),
                        has_spare,
                        at_work,
                        go: gone,
                    })
                    .build()
                    .unwrap();
                work(&tracer, "before");
                std::thread::scope(|scope| {
                    let flushed = scope.spawn(|| guard.flush(PATIENCE));
                    is_at_work.recv().unwrap();
                    in_child(|| {
                        work(&tracer, "child");
                        let flushed = guard.flush(PATIENCE).is_ok();
                        let reported = tracer.stats().reported_spans;
                        flushed && (reported, tracer.is_enabled()) == (if has_spare { 2 } else { 0 }, has_spare)
                    });
                    go.send(()).unwrap();
                    flushed.join().unwrap().unwrap();
                });
                assert!(ended_well(&tracer, guard, 2), "{:?}", tracer.stats());
                let expected = if has_spare { 4 } else { 2 };
                assert_eq!(agent.spans_within(expected, PATIENCE).len(), expected);
            }
        }

        fn a_child_process_leaves_every_descriptor_alone_that_it_has_opened_itself() {
            for reporter in holding_descriptors() {
                let server = FakeSamplingServer::start(ALWAYS);
                let throttler = RemoteThrottler::builder("forks").endpoint(server.url()).start().unwrap();
                let (tracer, guard) = Tracer::builder("forks")
                    .reporter(reporter.0)
                    .sampler(asking_once(&server).initial_sampling_rate(1.0).start().unwrap())
                    .throttler(throttler)
                    .build()
                    .unwrap();
                work(&tracer, "before");
                guard.flush(PATIENCE).unwrap();
                in_child(|| {
                    let files = reopen_everything();
                    work(&tracer, "child");
                    let flushed = guard.flush(PATIENCE).is_ok();
                    let untouched = files.iter().all(File::is_untouched);
                    let ended = guard.shutdown(PATIENCE).is_ok();
                    flushed && untouched && ended && files.iter().all(File::is_untouched)
                });
                std::mem::forget(reporter.1);
            }
        }

        fn a_reporter_at_work_at_the_fork_and_its_spare_leave_every_descriptor_alone() {
            let agent = FakeAgent::start();
            let ((at_work, is_at_work), (go, gone)) = (channel(), channel());
            let (tracer, guard) = Tracer::builder("forks")
                .reporter(Busy {
                    reporter: UdpReporter::new(agent.host(), agent.port()),
                    has_spare: true,
                    at_work,
                    go: gone,
                })
                .build()
                .unwrap();
            for _ in 0..2 {
                work(&tracer, "before");
                std::thread::scope(|scope| {
                    let flushed = scope.spawn(|| guard.flush(PATIENCE));
                    is_at_work.recv().unwrap();
                    in_child(|| {
                        let files = reopen_everything();
                        work(&tracer, "child");
                        guard.flush(PATIENCE).is_ok() && files.iter().all(File::is_untouched)
                    });
                    go.send(()).unwrap();
                    flushed.join().unwrap().unwrap();
                });
            }
            assert!(ended_well(&tracer, guard, 4), "{:?}", tracer.stats());
        }

        fn the_random_numbers_of_the_program_are_its_own_also_in_a_child_process() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            work(&tracer, "before");
            let numbers = || {
                fastrand::seed(7);
                work(&tracer, "between");
                [fastrand::u64(..), fastrand::u64(..)]
            };
            fastrand::seed(7);
            let expected = [fastrand::u64(..), fastrand::u64(..)];
            let undisturbed = numbers() == expected;
            in_child(|| numbers() == expected);
            assert!(undisturbed);
            drop(guard);
        }

        fn a_copy_that_no_fork_made_has_other_ids_and_a_worker_after_the_call_that_says_so() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            work(&tracer, "before");
            guard.flush(PATIENCE).unwrap();
            for _ in 0..2 {
                in_copy(Made::Clone, || {
                    let files = reopen_everything();
                    fedtrace::after_restore();
                    work(&tracer, "copy");
                    let flushed = guard.flush(PATIENCE).is_ok();
                    let stats = tracer.stats();
                    let is_whole = stats.reported_spans == 2 && stats.lost_spans() == 0;
                    flushed && is_whole && files.iter().all(File::is_untouched)
                });
            }
            work(&tracer, "after");
            assert!(ended_well(&tracer, guard, 4), "{:?}", tracer.stats());
            let spans = agent.spans_within(8, PATIENCE);
            let ids: HashSet<_> = spans.iter().map(|span| span.span_id).collect();
            let traces: HashSet<_> = spans.iter().map(|span| span.trace_id_low).collect();
            assert_eq!((spans.len(), ids.len(), traces.len()), (8, 8, 4));
        }

        fn a_copy_with_all_its_threads_has_one_worker_and_loses_no_span_of_theirs() {
            let agent = FakeAgent::start();
            let server = FakeSamplingServer::start(ALWAYS);
            let sampler = RemoteSampler::builder("forks")
                .endpoint(server.url())
                .refresh_interval(Duration::from_millis(50));
            let (tracer, guard) = sending_to(&agent)
                .sampler(sampler.initial_sampling_rate(1.0).start().unwrap())
                .build()
                .unwrap();
            let threads = |name: &str| {
                let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
                let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
                // The system keeps fifteen characters.
                names.filter(|running| name.starts_with(running.trim())).count()
            };
            let is_linux = cfg!(target_os = "linux");
            let now = || [threads("fedtrace-worker"), threads("fedtrace-sampling")];
            if is_linux {
                // A thread names itself, and may not have done so yet.
                until("one thread of each kind", || now() == [1, 1]);
            }
            let ((go, gone), (done, is_done)) = (channel::<()>(), channel());
            std::thread::scope(|scope| {
                let tracer = &tracer;
                scope.spawn(move || {
                    while gone.recv().is_ok() {
                        work(tracer, "other thread");
                        done.send(()).unwrap();
                    }
                });
                let both = || {
                    go.send(()).unwrap();
                    is_done.recv().unwrap();
                    work(tracer, "this thread");
                    guard.flush(PATIENCE).unwrap();
                    tracer.stats()
                };
                assert_eq!(both().reported_spans, 4);
                for _ in 0..3 {
                    fedtrace::after_restore();
                    let stats = both();
                    let counted = (stats.reported_spans, stats.lost_spans(), stats.queued_spans);
                    assert_eq!(counted, (4, 0, 0));
                }
                drop(go);
            });
            if is_linux {
                until("the end of the old threads", || now() == [1, 1]);
            }
            assert!(ended_well(&tracer, guard, 4), "{:?}", tracer.stats());
            let spans = agent.spans_within(16, PATIENCE);
            let ids: HashSet<_> = spans.iter().map(|span| span.span_id).collect();
            assert_eq!((spans.len(), ids.len()), (16, 16));
        }

        fn a_thread_whose_first_span_in_a_copy_is_alone_in_its_trace_does_not_lose_it() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            let ((go, gone), (done, is_done)) = (channel::<()>(), channel());
            std::thread::scope(|scope| {
                let tracer = &tracer;
                scope.spawn(move || {
                    while gone.recv().is_ok() {
                        with_tracer(tracer, || drop(start_active_span("alone")));
                        done.send(()).unwrap();
                    }
                });
                let reported = || {
                    go.send(()).unwrap();
                    is_done.recv().unwrap();
                    guard.flush(PATIENCE).unwrap();
                    tracer.stats().reported_spans
                };
                assert_eq!(reported(), 1);
                fedtrace::after_restore();
                assert_eq!(reported(), 1);
                drop(go);
            });
            assert!(ended_well(&tracer, guard, 1), "{:?}", tracer.stats());
            assert_eq!(agent.spans_within(2, PATIENCE).len(), 2);
        }

        fn a_child_process_in_which_nothing_is_traced_ends_at_once() {
            let agent = FakeAgent::start();
            let (tracer, guard) = sending_to(&agent).build().unwrap();
            let mut guard = Some(guard);
            in_child(|| {
                let start = Instant::now();
                drop(guard.take());
                start.elapsed() < Duration::from_secs(4)
            });
            work(&tracer, "after");
            assert!(ended_well(&tracer, guard.take().unwrap(), 2));
        }

        fn a_child_process_goes_on_whatever_threads_had_locked_at_the_fork() {
            let agent = FakeAgent::start();
            let operation = OperationStrategy::new(0.5).lower_bound(1e9);
            let sampler = PerOperationSampler::with_default(RateLimitingSampler::new(1e9))
                .operation("busy", operation)
                .lower_bound(1e9);
            let (tracer, guard) = sending_to(&agent)
                .sampler(sampler)
                .homeserver_whitelist(Whitelist::new(["*.example.org"]).unwrap())
                .build()
                .unwrap();
            let mut headers = http::HeaderMap::new();
            headers.insert("uber-trace-id", "1:2:0:1".parse().unwrap());
            let all = |operation: u32| {
                // Before the first span, too.
                tracer.stats();
                tracer.over_budget_origins();
                work(&tracer, "busy");
                with_tracer(&tracer, || {
                    drop(start_active_span(format!("learnt {}", operation % 1_000)));
                    extract(&headers, Origin::AuthenticatedHomeserver("a.example.org"))
                });
                tracer.stats();
            };
            let is_over = AtomicBool::new(false);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        (0..)
                            .take_while(|_| !is_over.load(Ordering::Relaxed))
                            .for_each(&all)
                    });
                }
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        drop(Tracer::builder("short").build().unwrap());
                    }
                });
                let forks = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    for _ in 0..200 {
                        in_child(|| {
                            all(0);
                            true
                        });
                    }
                }));
                is_over.store(true, Ordering::Relaxed);
                forks.unwrap();
            });
            drop(guard);
        }

        fn a_handle_that_another_thread_was_using_at_the_fork_is_that_of_a_finished_span_in_the_child_process() {
            let (tracer, guard) = Tracer::builder("forks").build().unwrap();
            let span = build_span("handle").tracer(&tracer).start();
            let is_over = AtomicBool::new(false);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        while !is_over.load(Ordering::Relaxed) {
                            span.set_tag("key", "a value that takes a while to copy");
                        }
                    });
                }
                let forks = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    for _ in 0..100 {
                        in_child(|| {
                            span.set_tag("key", "value");
                            span.log_kv([("event", "forked")]);
                            drop(start_active_span("resumes"));
                            span.set_tag("key", "value");
                            span.context().is_some()
                        });
                    }
                }));
                is_over.store(true, Ordering::Relaxed);
                forks.unwrap();
            });
            drop((span, guard));
        }

        fn what_a_sampler_traces_when_it_is_told_of_the_fork_is_not_waited_for() {
            let sampler = Arc::new(Curious(OnceLock::new()));
            let (tracer, guard) = Tracer::builder("forks")
                .sampler(Arc::clone(&sampler))
                .build()
                .unwrap();
            sampler.0.set(tracer.clone()).unwrap();
            in_child(|| {
                work(&tracer, "child");
                let stats = tracer.stats();
                (stats.started_unsampled_traces, stats.contained_panics) == (1, 0)
            });
            drop(guard);
        }

        fn a_tracer_made_in_a_child_process_is_not_taken_for_one_of_the_parent() {
            let agent = FakeAgent::start();
            let (_of_parent, guard) = Tracer::builder("parent").build().unwrap();
            in_child(|| {
                let (tracer, guard) = Tracer::builder("child")
                    .reporter(UdpReporter::new(agent.host(), agent.port()))
                    .build()
                    .unwrap();
                let workers = || {
                    // Only Linux tells.
                    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
                };
                let before = workers();
                work(&tracer, "child");
                workers() == before && ended_well(&tracer, guard, 2)
            });
            drop(guard);
        }
    }
}

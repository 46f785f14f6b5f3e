//! Ids in records of the crate `log`.

use std::sync::Mutex;

use fedtrace::log_with_trace_ids;
use fedtrace::testing::TestTracer;
use fedtrace::with_tracer;
use log::kv::{Key, VisitSource};
use log::{Level, Log, Metadata, Record};

/// Keeps the key-values of records.
#[derive(Debug, Default)]
struct Records(Mutex<Vec<Vec<(String, String)>>>);

struct Pairs(Vec<(String, String)>);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: Key<'kvs>, value: log::kv::Value<'kvs>) -> Result<(), log::kv::Error> {
        self.0.push((key.to_string(), value.to_string()));
        Ok(())
    }
}

impl Log for &Records {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut pairs = Pairs(Vec::new());
        record.key_values().visit(&mut pairs).unwrap();
        assert_eq!(record.key_values().count(), pairs.0.len());
        for (key, value) in &pairs.0 {
            let got = record.key_values().get(Key::from_str(key)).unwrap();
            assert_eq!(&got.to_string(), value);
        }
        self.0.lock().unwrap().push(pairs.0);
    }

    fn flush(&self) {}
}

#[test]
fn records_inside_a_span_have_its_ids_behind_their_own_key_values() {
    let records = Records::default();
    let logger = log_with_trace_ids(&records);
    let write = || {
        let own = [("room", "!a")];
        let record = Record::builder().level(Level::Info).key_values(&own).build();
        logger.log(&record);
    };
    let test = TestTracer::new();
    write();
    with_tracer(test.tracer(), || {
        let _scope = fedtrace::start_active_span("scope");
        write();
    });
    let span = test.finished_span("scope");
    let pair = |key: &str, value: &dyn ToString| (key.to_owned(), value.to_string());
    assert_eq!(
        *records.0.lock().unwrap(),
        [
            vec![pair("room", &"!a")],
            vec![
                pair("room", &"!a"),
                pair("trace_id", &span.trace_id),
                pair("span_id", &span.span_id),
            ],
        ]
    );
}

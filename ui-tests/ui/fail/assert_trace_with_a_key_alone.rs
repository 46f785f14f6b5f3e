use fedtrace::testing::{TestTracer, assert_trace};

fn main() {
    let test = TestTracer::new();
    assert_trace!(test, { "a" [user_id] });
}

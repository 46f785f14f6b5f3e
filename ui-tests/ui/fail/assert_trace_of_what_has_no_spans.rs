use fedtrace::testing::assert_trace;

fn main() {
    assert_trace!(5, { "a" });
}

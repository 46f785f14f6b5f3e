use fedtrace::testing::TestTracer;

#[fedtrace::test]
fn request(test: TestTracer) {}

fn main() {}

#[fedtrace::test(flavor = "multi_thread")]
fn request() {}

fn main() {}

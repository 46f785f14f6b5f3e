#[fedtrace::test(seed = "seven")]
fn request() {}

fn main() {}

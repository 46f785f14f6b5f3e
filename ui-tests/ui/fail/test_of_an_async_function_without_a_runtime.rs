#[fedtrace::test]
async fn request() {}

fn main() {}

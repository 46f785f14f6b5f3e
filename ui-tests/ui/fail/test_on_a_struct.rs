#[fedtrace::test]
struct Request;

fn main() {}

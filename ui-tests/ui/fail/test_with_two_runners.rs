#[fedtrace::test(tokio::test)]
#[tokio::test]
async fn request() {}

fn main() {}

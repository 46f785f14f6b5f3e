#[fedtrace::trace(parent = span.await)]
async fn send() {}

fn main() {
    drop(send());
}

#[fedtrace::trace(enter_on_poll = true)]
async fn send() {}

fn main() {
    drop(send());
}

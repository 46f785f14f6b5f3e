#[fedtrace::trace(follows_from = 1)]
fn send() {}

fn main() {
    send();
}

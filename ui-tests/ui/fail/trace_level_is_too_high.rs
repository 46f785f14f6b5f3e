#[fedtrace::trace(level = 6)]
fn send() {}

fn main() {
    send();
}

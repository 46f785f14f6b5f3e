#[fedtrace::trace(level = "verbose")]
fn send() {}

fn main() {
    send();
}

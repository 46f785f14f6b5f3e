#[fedtrace::trace(level = "info", level = "debug")]
fn send() {}

fn main() {
    send();
}

#[fedtrace::trace(level = "info", target = target())]
fn send() {}

fn main() {
    send();
}

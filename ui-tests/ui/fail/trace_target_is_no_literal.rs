#[fedtrace::trace(level = "info", target = TARGET)]
fn send() {}

fn main() {
    send();
}

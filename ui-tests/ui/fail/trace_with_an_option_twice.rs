#[fedtrace::trace(crate = fedtrace, crate = fedtrace)]
fn send() {}

fn main() {
    send();
}

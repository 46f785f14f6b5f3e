#[fedtrace::trace(crate)]
fn send() {}

fn main() {
    send();
}

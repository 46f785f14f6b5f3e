#[fedtrace::trace(level)]
fn send() {}

fn main() {
    send();
}

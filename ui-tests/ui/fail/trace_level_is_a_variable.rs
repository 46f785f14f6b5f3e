#[fedtrace::trace(level = LEVEL)]
fn send() {}

fn main() {
    send();
}

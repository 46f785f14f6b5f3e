#[fedtrace::trace(parent = "span")]
fn send() {}

fn main() {
    send();
}

#[fedtrace::trace(root = true)]
fn send() {}

fn main() {
    send();
}

#[fedtrace::trace(target = "database")]
fn send() {}

fn main() {
    send();
}

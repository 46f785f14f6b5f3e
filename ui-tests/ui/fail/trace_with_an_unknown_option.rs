#[fedtrace::trace(colour = "red")]
fn send() {}

fn main() {
    send();
}

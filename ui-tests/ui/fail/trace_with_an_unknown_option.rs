#[fedtrace::trace(name = "send")]
fn send() {}

fn main() {
    send();
}

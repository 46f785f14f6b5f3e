#[fedtrace::trace(name = "send", err)]
fn send() {}

fn main() {
    send();
}

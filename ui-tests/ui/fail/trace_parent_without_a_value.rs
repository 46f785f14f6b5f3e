#[fedtrace::trace(parent)]
fn send() {}

fn main() {
    send();
}

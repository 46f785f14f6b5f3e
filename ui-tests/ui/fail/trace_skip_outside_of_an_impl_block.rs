#[fedtrace::trace(skip)]
fn send() {}

fn main() {
    send();
}

#[fedtrace::trace(fields(a = 1))]
fn send() {}

fn main() {
    send();
}

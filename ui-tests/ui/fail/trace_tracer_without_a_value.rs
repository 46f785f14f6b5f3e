#[fedtrace::trace(tracer)]
fn send() {}

fn main() {
    send();
}

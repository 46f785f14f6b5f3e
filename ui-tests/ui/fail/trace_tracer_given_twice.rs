#[fedtrace::trace(tracer = a, tracer = b)]
fn send() {}

fn main() {
    send();
}

#[fedtrace::trace(tracer = find()?)]
fn send() {}

fn main() {
    send();
}

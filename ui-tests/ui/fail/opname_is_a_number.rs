#[fedtrace::trace_with_opname(7)]
fn send() {}

fn main() {
    send();
}

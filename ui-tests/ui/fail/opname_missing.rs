#[fedtrace::trace_with_opname]
fn send() {}

fn main() {
    send();
}

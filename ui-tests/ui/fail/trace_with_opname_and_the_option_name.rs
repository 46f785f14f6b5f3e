#[fedtrace::trace_with_opname(name = "send")]
fn send() {}

fn main() {
    send();
}

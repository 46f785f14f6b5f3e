#[fedtrace::trace_with_opname(format!("send"))]
fn send() {}

fn main() {
    send();
}

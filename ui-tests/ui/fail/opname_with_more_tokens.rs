#[fedtrace::trace_with_opname("send" "receive")]
fn send() {}

fn main() {
    send();
}

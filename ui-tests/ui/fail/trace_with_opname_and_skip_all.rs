#[fedtrace::trace_with_opname("send", skip_all = true)]
fn send() {}

fn main() {
    send();
}

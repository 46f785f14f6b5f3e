#[fedtrace::trace_with_opname("send", prefix = "Client::")]
fn send() {}

fn main() {
    send();
}

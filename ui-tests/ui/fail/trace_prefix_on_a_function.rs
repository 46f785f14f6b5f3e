#[fedtrace::trace(prefix = "Client::")]
fn send() {}

fn main() {
    send();
}

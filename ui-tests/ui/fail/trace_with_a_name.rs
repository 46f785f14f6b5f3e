#[fedtrace::trace("send")]
fn send() {}

fn main() {
    send();
}

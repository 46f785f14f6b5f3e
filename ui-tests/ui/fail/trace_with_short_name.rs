#[fedtrace::trace(short_name = true)]
fn send() {}

fn main() {
    send();
}

const NAME: &str = "send";

#[fedtrace::trace(NAME)]
fn send() {}

fn main() {
    send();
    let _ = NAME;
}

#[fedtrace::trace(properties = { "a": "{a}" })]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}

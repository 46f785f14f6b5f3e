#[fedtrace::trace(skip(a, b))]
fn send(a: u32, b: u32) {
    let _ = a + b;
}

fn main() {
    send(1, 2);
}

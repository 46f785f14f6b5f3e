#[fedtrace::trace(skip_all)]
fn send(a: u32) {
    let _ = a;
}

fn main() {
    send(1);
}
